package io.blinkreactor.completion;

import java.time.Instant;
import reactor.core.Disposable;

/**
 * Something that the vendor can call. It alone holds keys: it makes the targets that the vendor is
 * given and lets through only calls that prove to know one. The callback server of this project is
 * one; a program may bring its own.
 */
public interface CallbackReceiver {

  /**
   * Makes the target for one run.
   *
   * @param scope what the run belongs to, such as a workspace; a call made for one scope must not
   *     pass in another
   * @param correlationId our id of the run, 22 characters of base64url
   * @param expiry when the target stops being valid
   * @return what the vendor is to call
   */
  CallbackTarget target(String scope, String correlationId, Instant expiry);

  /**
   * Connects a scope's sink.
   *
   * @param scope the scope; one sink a scope
   * @param sink takes the authenticated calls of that scope
   * @return disconnects it
   * @throws IllegalStateException if the scope has a sink already
   */
  Disposable attach(String scope, CallbackSink sink);
}
