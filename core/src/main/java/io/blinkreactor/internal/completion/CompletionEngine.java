package io.blinkreactor.internal.completion;

import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.internal.completion.Transitions.Event;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/** Keeps the runs of one scope that have not ended, and hands callbacks to them. */
public final class CompletionEngine<T> implements AutoCloseable {

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Beyond the deadline, so that a late callback is still ours and answered as a duplicate. */
  private static final Duration EXPIRY_MARGIN = Duration.ofHours(1);

  private final TimeSource time;
  private final CompletionOptions options;
  private final String scope;
  private final @Nullable CallbackReceiver receiver;
  private final ConcurrentMap<String, Run<T>> runs = new ConcurrentHashMap<>();
  private final Finished finished = new Finished();
  private final CompletionMetrics metrics;
  private final PendingRuns pendingRuns;
  private final Disposable attachment;
  private volatile boolean closed;

  /**
   * An engine that takes the scope's callbacks from the receiver, or without one only looks by
   * itself.
   */
  public CompletionEngine(
      TimeSource time,
      CompletionOptions options,
      String scope,
      @Nullable CallbackReceiver receiver,
      PendingRuns pendingRuns,
      @Nullable MeterRegistry meters) {
    this.time = time;
    this.options = options;
    this.scope = scope;
    this.receiver = receiver;
    this.metrics = new CompletionMetrics(meters);
    this.pendingRuns = pendingRuns;
    this.attachment =
        receiver == null ? Disposables.disposed() : receiver.attach(scope, this::accept);
  }

  /**
   * Registers a run, then starts it.
   *
   * @param what the run in words, for messages
   * @param vendor looks at it
   * @param start starts it, given what the vendor is to call
   */
  public Mono<RunHandle<T>> start(
      String what, Vendor<T> vendor, Function<@Nullable CallbackTarget, Mono<String>> start) {
    return register(what, vendor, start, run -> {});
  }

  /** Takes up a run that was started elsewhere and may have ended, so it is looked at at once. */
  public Mono<RunHandle<T>> adopt(String what, Vendor<T> vendor, String executionId) {
    return register(what, vendor, target -> Mono.just(executionId), Run::due);
  }

  private Mono<RunHandle<T>> register(
      String what,
      Vendor<T> vendor,
      Function<@Nullable CallbackTarget, Mono<String>> start,
      Consumer<Run<T>> onceStarted) {
    return Mono.defer(
        () -> {
          Run<T> run = new Run<>(this, vendor, newCorrelationId(), what);
          index(run);
          if (closed) {
            // Looked at behind the indexing: closing sweeps what is indexed before.
            run.on(new Event.Cancelled());
          }
          if (!run.on(new Event.Requested())) {
            return Mono.error(
                new IllegalStateException("Closed: no runs can be started any more."));
          }
          run.armDeadline();
          return request(run, start)
              .doOnCancel(() -> run.on(new Event.Cancelled()))
              .onErrorResume(
                  error -> {
                    if (run.on(new Event.StartFailed())) {
                      run.end(null, error);
                    }
                    return Mono.error(error);
                  })
              .flatMap(run::started)
              .doOnNext(handle -> onceStarted.accept(run));
        });
  }

  private Mono<String> request(Run<T> run, Function<@Nullable CallbackTarget, Mono<String>> start) {
    return Mono.defer(
        () ->
            start.apply(
                receiver == null
                    ? null
                    : receiver.target(
                        scope,
                        run.correlationId(),
                        time.now().plus(options.timeout()).plus(EXPIRY_MARGIN))));
  }

  /** How many runs have not ended. */
  public int pending() {
    return runs.size();
  }

  /** What is waited for, as execution ids; runs whose id is not known yet are left out. */
  public List<String> pendingExecutions() {
    return runs.values().stream()
        .flatMap(run -> Stream.ofNullable(run.state().executionId()))
        .toList();
  }

  /** Stops waiting for all runs; their waiters see a cancellation. */
  @Override
  public void close() {
    closed = true;
    attachment.dispose();
    runs.values().forEach(run -> run.on(new Event.Cancelled()));
  }

  private Mono<CallbackReceipt> accept(String correlationId, UntrustedPayload payload) {
    return Mono.fromSupplier(
        () -> {
          Run<T> run = runs.get(correlationId);
          if (run != null) {
            return run.signal(payload);
          }
          return finished.contains(correlationId)
              ? CallbackReceipt.DUPLICATE
              : CallbackReceipt.ORPHAN;
        });
  }

  /**
   * Keeps the run findable for callbacks or not, as its state wants it; the last caller sees the
   * latest state.
   */
  void index(Run<T> run) {
    runs.compute(
        run.correlationId(),
        (id, before) -> {
          Phase phase = run.state().phase();
          Run<T> now = phase.isTerminal() || phase == Phase.RELEASED ? null : run;
          pendingRuns.add((now == null ? 0 : 1) - (before == null ? 0 : 1));
          return now;
        });
  }

  void finished(Run<T> run) {
    finished.add(run.correlationId());
    index(run);
  }

  boolean hasReceiver() {
    return receiver != null;
  }

  TimeSource time() {
    return time;
  }

  CompletionOptions options() {
    return options;
  }

  CompletionMetrics metrics() {
    return metrics;
  }

  /** A fifth to either side, so that runs started together are not looked at together. */
  Duration jittered(Duration interval) {
    double factor = 0.8 + ThreadLocalRandom.current().nextDouble() * 0.4;
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }

  /** 128 random bits: not to be guessed, and never given twice. */
  private static String newCorrelationId() {
    byte[] id = new byte[16];
    RANDOM.nextBytes(id);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }
}
