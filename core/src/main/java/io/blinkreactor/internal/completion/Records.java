package io.blinkreactor.internal.completion;

import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.PendingRun;
import io.blinkreactor.completion.PendingStore;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What the store knows of one scope's runs. Only a run that is not registered must not begin; once
 * it goes on, a store that fails can't make a failure of it. Without a store, all is done at once.
 */
final class Records {

  private static final Logger log = LoggerFactory.getLogger(Records.class);

  private final @Nullable PendingStore store;
  private final String scope;
  private final TimeSource time;

  /** Whether the last answer was a failure: a store that fails is told of once, not by each run. */
  private volatile boolean failing;

  Records(@Nullable PendingStore store, String scope, TimeSource time) {
    this.store = store;
    this.scope = scope;
    this.time = time;
  }

  /** Whether they outlive this process. */
  boolean areKept() {
    return store != null;
  }

  Mono<Void> register(Run<?> run, @Nullable String executionId, Duration timeout) {
    if (store == null) {
      return Mono.empty();
    }
    Instant now = time.now();
    PendingRun.Builder record =
        PendingRun.builder(scope, run.correlationId(), run.target(), now, now.plus(timeout));
    if (executionId != null) {
      record.executionId(executionId);
    }
    return store.register(record.build());
  }

  Mono<Void> started(Run<?> run, String executionId) {
    return store == null
        ? Mono.empty()
        : Mono.defer(() -> store.started(run.correlationId(), executionId))
            .doOnSuccess(known -> failing = false)
            .onErrorResume(
                error -> {
                  failed("Execution " + executionId + " goes on, but its id is not stored", error);
                  return Mono.empty();
                })
            .then();
  }

  Mono<Void> startUnknown(Run<?> run) {
    return store == null
        ? Mono.empty()
        : Mono.defer(() -> store.startUnknown(run.correlationId()))
            .doOnError(error -> failed("That " + run.what() + " may go on is not stored", error))
            .onErrorComplete()
            .then();
  }

  /**
   * Stores a callback, unless it is known to come again.
   *
   * @param here what the callback is to this process
   * @return what it is, once it is stored
   */
  Mono<CallbackReceipt> signal(String correlationId, CallbackReceipt here, @Nullable String hint) {
    return store == null || here == CallbackReceipt.DUPLICATE
        ? Mono.just(here)
        : store.signal(correlationId, time.now(), hint);
  }

  /**
   * Lets the record go.
   *
   * @return whether it went: a failure is logged
   */
  Mono<Boolean> finish(Run<?> run) {
    return store == null
        ? Mono.just(true)
        : store
            .finish(run.correlationId(), time.now())
            .thenReturn(true)
            .doOnNext(gone -> failing = false)
            .onErrorResume(
                error -> {
                  failed(run.what() + " has ended, but its record stays and comes back", error);
                  return Mono.just(false);
                });
  }

  private void failed(String what, Throwable error) {
    if (failing) {
      log.debug("{}: {}", what, error.toString());
    } else {
      failing = true;
      log.warn("{}; more of the kind are told at DEBUG until the store works again", what, error);
    }
  }

  Flux<PendingRun> pending() {
    return store == null
        ? Flux.error(
            new IllegalStateException(
                "There is no store to recover from: runs are kept in memory alone."))
        : store.pending(scope);
  }

  /**
   * Whether an execution may be another run's by the store alone.
   *
   * @param rival which other records may be of it
   * @param created when it was, at the earliest
   */
  Mono<Boolean> hasRival(
      Run<?> run, String executionId, Predicate<PendingRun> rival, Instant created) {
    return store == null
        ? Mono.just(false)
        : store
            .pending(scope)
            .any(
                record ->
                    !record.correlationId().equals(run.correlationId())
                        && (executionId.equals(record.executionId()) || rival.test(record)))
            .flatMap(there -> there ? Mono.just(true) : store.hasEnded(executionId, created));
  }
}
