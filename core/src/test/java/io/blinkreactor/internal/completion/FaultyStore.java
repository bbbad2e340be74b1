package io.blinkreactor.internal.completion;

import io.blinkreactor.StoreException;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.PendingRun;
import io.blinkreactor.completion.PendingStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A store in memory that writes down what it is asked for, and fails where it is told to. */
final class FaultyStore implements PendingStore {

  private final PendingStore store;

  /** Methods called, in their order. */
  final List<String> calls = new ArrayList<>();

  /** Methods that fail. */
  final Set<String> failing = new HashSet<>();

  FaultyStore(PendingStore store) {
    this.store = store;
  }

  private <V> Mono<V> asked(String method, Supplier<Mono<V>> change) {
    return Mono.defer(
        () -> {
          calls.add(method);
          return failing.contains(method)
              ? Mono.error(
                  new StoreException(
                      StoreException.Reason.FAILED, "The disk is full.", "Empty it.", null))
              : change.get();
        });
  }

  List<PendingRun> records() {
    return store.pending("ws").collectList().blockOptional().orElseThrow();
  }

  @Override
  public Mono<Void> register(PendingRun run) {
    return asked("register", () -> store.register(run));
  }

  @Override
  public Mono<Boolean> started(String correlationId, String executionId) {
    return asked("started", () -> store.started(correlationId, executionId));
  }

  @Override
  public Mono<Boolean> startUnknown(String correlationId) {
    return asked("startUnknown", () -> store.startUnknown(correlationId));
  }

  @Override
  public Mono<CallbackReceipt> signal(String correlationId, Instant at, @Nullable String hint) {
    return asked("signal", () -> store.signal(correlationId, at, hint));
  }

  @Override
  public Mono<Boolean> finish(String correlationId, Instant at) {
    return asked("finish", () -> store.finish(correlationId, at));
  }

  @Override
  public Mono<PendingRun> find(String correlationId) {
    return store.find(correlationId);
  }

  @Override
  public Mono<Boolean> hasEnded(String executionId, Instant since) {
    return store.hasEnded(executionId, since);
  }

  @Override
  public Flux<PendingRun> pending(String scope) {
    return store.pending(scope);
  }

  @Override
  public Mono<byte[]> secret(String name, Supplier<byte[]> generator) {
    return store.secret(name, generator);
  }

  @Override
  public Mono<Void> check() {
    return store.check();
  }

  @Override
  public void close() {
    store.close();
  }
}
