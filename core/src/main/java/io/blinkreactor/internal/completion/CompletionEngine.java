package io.blinkreactor.internal.completion;

import io.blinkreactor.ApiException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.RunException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.PendingRun;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.RunsHealth;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.internal.completion.Transitions.Event;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Keeps the runs of one scope that have not ended, and hands callbacks to them. */
public final class CompletionEngine<T> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CompletionEngine.class);

  private static final SecureRandom RANDOM = random();

  /** Beyond the deadline, so that a late callback is still ours and answered as a duplicate. */
  private static final Duration EXPIRY_MARGIN = Duration.ofHours(1);

  private final TimeSource time;
  private final CompletionOptions options;
  private final String scope;
  private final Vendor<T> vendor;
  private final @Nullable CallbackReceiver receiver;
  private final Records records;
  private final Step.Observer steps;
  private final ConcurrentMap<String, Run<T>> runs = new ConcurrentHashMap<>();
  private final Ended ended = new Ended();
  private final Unclaimed unclaimed = new Unclaimed();
  private final Timers timers;
  private final Looks<T> looks;
  private final Search<T> search;
  private final Durations durations = new Durations();
  private final PathHealth path;
  private final CompletionMetrics metrics;
  private final PendingRuns pendingRuns;
  private final Disposable attachment;
  private volatile boolean closed;

  /**
   * An engine that takes the scope's callbacks from the receiver, or without one only looks by
   * itself; and keeps the runs in the store, or without one in memory alone.
   */
  public CompletionEngine(
      TimeSource time,
      CompletionOptions options,
      String scope,
      Vendor<T> vendor,
      @Nullable CallbackReceiver receiver,
      @Nullable PendingStore store,
      PendingRuns pendingRuns,
      @Nullable MeterRegistry meters,
      Step.Observer steps) {
    this.time = time;
    this.options = options;
    this.scope = scope;
    this.vendor = vendor;
    this.receiver = receiver;
    this.records = new Records(store, scope, time);
    this.steps = steps;
    this.timers = new Timers(time);
    this.looks = new Looks<>(vendor, time, timers, scope, options.looksPerSecond());
    this.search = new Search<>(this);
    this.path = new PathHealth(scope);
    this.metrics = new CompletionMetrics(meters, scope, path);
    this.pendingRuns = pendingRuns;
    pendingRuns.join(this);
    this.attachment =
        receiver == null ? Disposables.disposed() : receiver.attach(scope, new Sink());
  }

  /**
   * Registers a run, then starts it.
   *
   * @param target what is run
   * @param request starts it, given what the vendor is to call, and answers its execution id
   */
  public Mono<RunHandle<T>> start(
      String target, Function<@Nullable CallbackTarget, Mono<String>> request) {
    return Mono.defer(
        () -> {
          Run<T> run = newRun(target);
          AtomicBoolean handed = new AtomicBoolean();
          return admit(run)
              .then(Mono.defer(() -> stored(run, null)))
              .then(Mono.defer(() -> begun(run, request)))
              .doOnNext(handle -> handed.set(true))
              .doOnCancel(
                  () -> {
                    // Operators cancel also what they have had their value of.
                    if (!handed.get()) {
                      run.on(new Event.Cancelled());
                    }
                  });
        });
  }

  /** Takes up a run that was started elsewhere and may have ended, so it is looked at at once. */
  public Mono<RunHandle<T>> adopt(String target, String executionId) {
    return Mono.defer(
        () -> {
          Run<T> run = newRun(target);
          return admit(run)
              .then(Mono.defer(() -> stored(run, executionId)))
              .then(
                  Mono.fromSupplier(
                      () -> {
                        run.on(new Event.Resumed(executionId, false));
                        return run;
                      }));
        });
  }

  /**
   * Starts runs as long as fewer than so many have not ended, and hands out their handles.
   *
   * @param starts each starts a run
   */
  public Flux<RunHandle<T>> startAll(Publisher<Mono<RunHandle<T>>> starts, int concurrency) {
    return Flux.from(starts)
        .flatMapDelayError(
            start ->
                start.flatMapMany(
                    run -> Flux.just(run).concatWith(((Run<T>) run).over().then(Mono.empty()))),
            concurrency,
            concurrency);
  }

  /**
   * Takes up the runs of the store that are not in memory, and awaits them for the timeout anew:
   * that a process died is no reason to give a run up. Each is looked at at once, but for those
   * whose execution id is not known: they are searched for.
   */
  public Flux<RunHandle<T>> recover() {
    return records.pending().concatMap(this::resumed, 0);
  }

  private Mono<RunHandle<T>> resumed(PendingRun record) {
    return Mono.defer(
        () -> {
          if (runs.containsKey(record.correlationId())) {
            return Mono.empty();
          }
          long now = time.nanos();
          Instant clock = time.now();
          Run<T> run =
              new Run<>(
                  this,
                  record.target(),
                  record.correlationId(),
                  now - Duration.between(record.registeredAt(), clock).toNanos(),
                  now + options.timeout().toNanos());
          if (record.executionId() == null) {
            run.noteRegistration(record.registeredAt());
            run.hint(record.hint());
          }
          return admit(run)
              .then(
                  Mono.fromSupplier(
                      () -> {
                        run.on(
                            new Event.Resumed(record.executionId(), record.signalledAt() != null));
                        return run;
                      }));
        });
  }

  private Run<T> newRun(String target) {
    long now = time.nanos();
    return new Run<>(this, target, newCorrelationId(), now, now + options.timeout().toNanos());
  }

  private Mono<Void> admit(Run<T> run) {
    return Mono.defer(
        () -> {
          if (runs.size() >= options.maxPending()) {
            return Mono.error(tooMany(run));
          }
          index(run);
          if (closed) {
            // Looked at behind the indexing: closing sweeps what is indexed before.
            run.on(new Event.Cancelled());
            return Mono.error(
                new IllegalStateException("Closed: no runs can be started any more."));
          }
          return Mono.empty();
        });
  }

  private RunException tooMany(Run<T> run) {
    return new RunException(
        RunException.Reason.TOO_MANY,
        "There are "
            + runs.size()
            + " pending runs already, so "
            + run.what()
            + " is not awaited, and was not started here.",
        "Start runs no faster than they end, or raise 'maxPending'.",
        run.correlationId(),
        null,
        null);
  }

  /** Nothing is sent before the record is as safe as the store can make it. */
  private Mono<Void> stored(Run<T> run, @Nullable String executionId) {
    return records
        .register(run, executionId, options.timeout())
        .doOnSuccess(done -> passed(Step.REGISTERED, run))
        .doOnError(
            error -> {
              if (run.on(new Event.Cancelled())) {
                log.debug("{} could not be registered", run.what(), error);
              }
            });
  }

  private Mono<RunHandle<T>> begun(
      Run<T> run, Function<@Nullable CallbackTarget, Mono<String>> request) {
    if (!run.on(new Event.Requested())) {
      return run.completion().then(Mono.empty());
    }
    return Mono.defer(() -> request.apply(callbackTarget(run)))
        .flatMap(id -> answered(run, id))
        .onErrorResume(error -> !(error instanceof Overtaken), error -> broke(run, error))
        .onErrorMap(Overtaken.class, Throwable::getCause);
  }

  private @Nullable CallbackTarget callbackTarget(Run<T> run) {
    return receiver == null
        ? null
        : receiver.target(
            scope, run.correlationId(), time.now().plus(options.timeout()).plus(EXPIRY_MARGIN));
  }

  private Mono<RunHandle<T>> answered(Run<T> run, String executionId) {
    passed(Step.ANSWERED, run, executionId);
    return records
        .started(run, executionId)
        .then(
            Mono.defer(
                () -> {
                  passed(Step.STARTED, run, executionId);
                  return run.started(executionId).onErrorMap(Overtaken::new);
                }));
  }

  private Mono<RunHandle<T>> broke(Run<T> run, Throwable error) {
    if (!mayHaveStarted(error)) {
      if (run.on(new Event.StartFailed())) {
        run.end(null, error);
        return forgotten(run).then(Mono.error(error));
      }
      return Mono.error(error);
    }
    log.warn(
        "The request to start {} broke; it is searched for, not sent again: {}",
        run.what(),
        error.toString());
    run.failure(error);
    run.noteRegistration(run.registeredByClock());
    passed(Step.BROKE, run);
    return records
        .startUnknown(run)
        .then(Mono.defer(() -> run.on(new Event.Broke()) ? Mono.just(run) : Mono.error(error)));
  }

  /** A gateway that gave up on an answer does not know what its server did. */
  private static boolean mayHaveStarted(Throwable error) {
    if (error instanceof TransportException transport) {
      return transport.requestSent();
    } else if (error instanceof DeadlineException deadline) {
      return deadline.requestSent();
    }
    return error instanceof ApiException api && (api.status() == 502 || api.status() == 504);
  }

  /** Carries an error past the question whether the request broke. */
  private static final class Overtaken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Overtaken(Throwable cause) {
      super(null, cause, false, false);
    }
  }

  /** How many runs have not ended. */
  public int pending() {
    return runs.size();
  }

  /** What is waited for, as execution ids; runs whose id is not known yet are left out. */
  public List<String> pendingExecutions() {
    return runs.values().stream().flatMap(run -> Stream.ofNullable(run.executionId())).toList();
  }

  /** How the runs are doing. */
  public RunsHealth health() {
    return new RunsHealth(pending(), receiver == null ? null : path.share(), looks.isPaused());
  }

  /** Stops waiting for all runs; their waiters see a cancellation. What is stored stays. */
  @Override
  public void close() {
    closed = true;
    attachment.dispose();
    runs.values().forEach(run -> run.on(new Event.Cancelled()));
    timers.clear();
    metrics.close();
    pendingRuns.leave(this);
  }

  private final class Sink implements CallbackSink {

    @Override
    public Mono<CallbackReceipt> accept(String correlationId, UntrustedPayload payload) {
      return CompletionEngine.this.accept(correlationId, payload);
    }

    @Override
    public RunsHealth health() {
      return CompletionEngine.this.health();
    }
  }

  /** The waiter here is woken in any case; success is answered once the store has it, too. */
  private Mono<CallbackReceipt> accept(String correlationId, UntrustedPayload payload) {
    return Mono.defer(
        () -> {
          Run<T> run = runs.get(correlationId);
          CallbackReceipt here =
              run != null
                  ? run.signal(payload)
                  : ended.contains(correlationId)
                      ? CallbackReceipt.DUPLICATE
                      : CallbackReceipt.ORPHAN;
          return records
              .signal(correlationId, here, hint(run, payload))
              .doOnNext(
                  done -> {
                    if (run == null && done == CallbackReceipt.ACCEPTED) {
                      unclaimed.add(correlationId, payload);
                      claim(runs.get(correlationId));
                    }
                    steps.passed(
                        Step.SIGNALLED, correlationId, run == null ? null : run.executionId());
                  });
        });
  }

  /** Worth keeping while the run's id may die with this process. */
  private @Nullable String hint(@Nullable Run<T> run, UntrustedPayload payload) {
    return run == null || run.executionId() == null ? vendor.hint(payload) : null;
  }

  /** Hands a run what a callback carried that came before the run was taken up. */
  private void claim(@Nullable Run<T> run) {
    UntrustedPayload payload = run == null ? null : unclaimed.take(run.correlationId());
    if (run != null && payload != null) {
      run.signal(payload);
    }
  }

  // What runs need.

  /**
   * Keeps the run findable for callbacks or not, as its state wants it; the last caller sees the
   * latest state.
   */
  void index(Run<T> run) {
    claim(
        runs.compute(
            run.correlationId(),
            (id, before) -> {
              Phase phase = run.state().phase();
              Run<T> now = phase.isTerminal() || phase == Phase.RELEASED ? null : run;
              pendingRuns.add((now == null ? 0 : 1) - (before == null ? 0 : 1));
              return now;
            }));
  }

  void ended(Run<T> run, Look<T> look, Reason reason, Duration elapsed) {
    CompletionSource source = reason.source();
    metrics.completed(source.name().toLowerCase(Locale.ROOT), look.outcome(), elapsed);
    Duration took = look.took();
    if (took != null && !run.target().isEmpty()) {
      durations.took(run.target(), took);
    }
    // Of a run that ended while nobody listened, no callback could be taken.
    if (receiver != null && reason != Reason.RESUME) {
      path.ended(source == CompletionSource.CALLBACK);
    }
    passed(Step.ENDED, run);
  }

  /**
   * Whether a callback has nothing to tell of a run that is over. Else its record may stay, and
   * with it a callback must be stored: of a wait that was given up, or where it may be the only way
   * to the run.
   */
  boolean isSettled(Run<T> run) {
    Phase phase = run.state().phase();
    return phase != Phase.CANCELLED
        && (run.executionId() != null || phase == Phase.START_FAILED || !records.areKept());
  }

  /** The run is in a terminal phase. */
  void over(Run<T> run) {
    if (isSettled(run)) {
      ended.add(run.correlationId(), run.executionId());
    }
    index(run);
  }

  /**
   * Its waiters have been told how it ended. Only now its record goes: a process that dies before
   * has told nobody. That the wait was merely given up is no end.
   */
  void told(Run<T> run) {
    passed(Step.TOLD, run);
    if (run.state().phase() != Phase.CANCELLED) {
      forgotten(run).subscribe();
    }
  }

  private Mono<Void> forgotten(Run<T> run) {
    return records
        .finish(run)
        .filter(gone -> gone)
        .doOnNext(gone -> passed(Step.FINISHED, run))
        .then();
  }

  Search<T> search() {
    return search;
  }

  /** The run's id came to light after its start broke. */
  void found(Run<T> run, String executionId) {
    passed(Step.STARTED, run, executionId);
    records.started(run, executionId).subscribe();
  }

  /** Whether another run has that execution. */
  boolean isTaken(String executionId, Run<T> but) {
    return ended.owns(executionId)
        || runs.values().stream()
            .anyMatch(run -> run != but && executionId.equals(run.executionId()));
  }

  /**
   * Whether an execution may be another run's: one whose id is not known either, or one that is in
   * the store and has not been taken up, or has ended in an earlier process.
   */
  Mono<Boolean> hasRival(Run<T> run, String executionId, Instant created) {
    boolean here =
        runs.values().stream()
            .anyMatch(
                other ->
                    other != run
                        && other.executionId() == null
                        && other.state().phase() != Phase.REGISTERED
                        && other.target().equals(run.target())
                        && Search.mayBe(created, other.registeredByClock()));
    return here
        ? Mono.just(true)
        : records.hasRival(
            run,
            executionId,
            record ->
                record.executionId() == null
                    && !runs.containsKey(record.correlationId())
                    && record.target().equals(run.target())
                    && Search.mayBe(created, record.registeredAt()),
            created.minus(Search.CLOCK_SKEW));
  }

  /** Whether the store knows an execution to be another run's. */
  Mono<Boolean> isStored(Run<T> run, String executionId, Instant created) {
    return records.hasRival(run, executionId, record -> false, created.minus(Search.CLOCK_SKEW));
  }

  /** The pause before a look of our own: what the target's runs usually take, if that is longer. */
  Duration lookAfter(String target, int looksSoFar) {
    Duration usual = looksSoFar == 0 ? durations.p95(target) : null;
    Duration first = options.reconcileAfter();
    return options.interval(
        usual == null || usual.compareTo(first) < 0 ? first : usual, looksSoFar);
  }

  private void passed(Step step, Run<T> run) {
    passed(step, run, run.executionId());
  }

  private void passed(Step step, Run<T> run, @Nullable String executionId) {
    steps.passed(step, run.correlationId(), executionId);
  }

  boolean isClosed() {
    return closed;
  }

  boolean hasReceiver() {
    return receiver != null;
  }

  Vendor<T> vendor() {
    return vendor;
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

  Timers timers() {
    return timers;
  }

  Looks<T> looks() {
    return looks;
  }

  /** A fifth to either side, so that runs started together are not looked at together. */
  Duration jittered(Duration interval) {
    double factor = 0.8 + ThreadLocalRandom.current().nextDouble() * 0.4;
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }

  /**
   * The default one of Unix reads a file now and then, and runs are started on event loops, too;
   * this one has read all it needs before the first run.
   */
  private static SecureRandom random() {
    try {
      SecureRandom random = SecureRandom.getInstance("DRBG");
      random.nextBytes(new byte[1]);
      return random;
    } catch (NoSuchAlgorithmException notThere) {
      return new SecureRandom();
    }
  }

  /** 128 random bits: not to be guessed, and never given twice. */
  private static String newCorrelationId() {
    byte[] id = new byte[16];
    RANDOM.nextBytes(id);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
  }
}
