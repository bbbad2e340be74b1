package io.blinkreactor.testkit;

import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One vendor's API as the {@link Wire} needs it.
 *
 * @param <O> the vendor's operations
 */
interface Service<O extends Enum<O>> {
  Received<O> receive(String method, String uri, HttpHeaders headers, String body);

  /** One request, read but not yet carried out. */
  interface Received<O extends Enum<O>> {
    O operation();

    /** The execution that the path names, if it names one. */
    @Nullable String executionId();

    /** A header's value as it may be written down, its name in lower case. */
    String recordedHeader(String name, String value);

    /** The body as it may be written down. */
    String recordedBody();

    Mono<Answer> answer(long index, String requestId);

    Answer refusal(Fault.Kind kind, String requestId);
  }
}
