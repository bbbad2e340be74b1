package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.UntrustedPayload;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** A receiver that a test calls by hand. */
final class FakeReceiver implements CallbackReceiver {

  private @Nullable CallbackSink sink;

  @Override
  public CallbackTarget target(String scope, String correlationId, Instant expiry) {
    return new CallbackTarget(
        URI.create("http://localhost/" + correlationId), "POST", Map.of(), Map.of(), Map.of());
  }

  @Override
  public Disposable attach(String scope, CallbackSink newSink) {
    sink = newSink;
    return () -> sink = null;
  }

  Mono<CallbackReceipt> accept(String correlationId, String body) {
    return requireNonNull(sink)
        .accept(
            correlationId,
            new UntrustedPayload(body.getBytes(StandardCharsets.UTF_8), "text/plain"));
  }

  CallbackReceipt call(RunHandle<String> run, String body) {
    return call(run.correlationId(), body);
  }

  CallbackReceipt call(String correlationId, String body) {
    return requireNonNull(accept(correlationId, body).block());
  }
}
