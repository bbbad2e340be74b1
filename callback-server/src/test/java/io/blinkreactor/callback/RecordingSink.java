package io.blinkreactor.callback;

import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.UntrustedPayload;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** A sink that remembers its calls and answers as told. */
final class RecordingSink implements CallbackSink {

  record Call(String correlationId, UntrustedPayload payload) {}

  final List<Call> calls = new CopyOnWriteArrayList<>();
  volatile Supplier<Mono<CallbackReceipt>> answer = () -> Mono.just(CallbackReceipt.ACCEPTED);

  @Override
  public Mono<CallbackReceipt> accept(String correlationId, UntrustedPayload payload) {
    calls.add(new Call(correlationId, payload));
    return answer.get();
  }
}
