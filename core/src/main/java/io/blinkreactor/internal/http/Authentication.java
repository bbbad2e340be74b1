package io.blinkreactor.internal.http;

import io.netty.handler.codec.http.HttpHeaders;
import reactor.core.publisher.Mono;

/** Where calls get what proves who we are. */
@FunctionalInterface
public interface Authentication {

  /** What the next attempt is to carry; asked before every attempt. */
  Mono<Credential> current();

  /** Always the same. */
  static Authentication of(Credential credential) {
    return () -> Mono.just(credential);
  }

  /** What one attempt carries. */
  @FunctionalInterface
  interface Credential {

    /** Sets the headers. */
    void apply(HttpHeaders headers);

    /**
     * Told that the vendor answered 401 to it.
     *
     * @return whether another may be had, so that the call is worth one more attempt
     */
    default boolean refused() {
      return false;
    }
  }
}
