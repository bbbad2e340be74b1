package io.blinkreactor.callback;

import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.Disposable;

/** A server that remembers the targets it made. */
final class RecordingReceiver implements CallbackReceiver {

  record Made(String scope, String correlationId, CallbackTarget target) {}

  final List<Made> made = new CopyOnWriteArrayList<>();
  private final CallbackServer server;

  RecordingReceiver(CallbackServer server) {
    this.server = server;
  }

  @Override
  public CallbackTarget target(String scope, String correlationId, Instant expiry) {
    CallbackTarget target = server.target(scope, correlationId, expiry);
    made.add(new Made(scope, correlationId, target));
    return target;
  }

  @Override
  public Disposable attach(String scope, CallbackSink sink) {
    return server.attach(scope, sink);
  }

  /** A request to a target, with the seal of this one or another. */
  static String request(CallbackTarget to, CallbackTarget sealedFor) {
    return "POST "
        + to.url().getPath()
        + " HTTP/1.1\r\nHost: h\r\nX-Callback-Auth: "
        + sealedFor.headers().get("X-Callback-Auth")
        + "\r\nContent-Length: 2\r\n\r\n{}";
  }
}
