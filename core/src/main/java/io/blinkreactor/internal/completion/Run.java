package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.RunException;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.Observation;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.internal.completion.Transitions.Event;
import io.blinkreactor.internal.completion.Transitions.Sight;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One run: its state, and what each transition sets going. The thread whose compare-and-set won
 * acts, so no two ever act on one transition. There may be a million of them, so it has few fields.
 */
final class Run<T> extends Timed implements RunHandle<T> {

  private static final Logger log = LoggerFactory.getLogger(Run.class);

  /** A list may show a run late, and so may the API a run that was just started. */
  static final Duration GRACE = Duration.ofMinutes(5);

  private final CompletionEngine<T> engine;
  private final String target;
  private final String correlationId;

  /** By the monotonic clock. */
  private final long registeredAt;

  private final long deadlineAt;

  private final Waiters<T> waiters = new Waiters<>(this);
  private volatile RunState state = RunState.NEW;

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<Run, RunState> STATE =
      AtomicReferenceFieldUpdater.newUpdater(Run.class, RunState.class, "state");

  private volatile @Nullable UntrustedPayload payload;

  /** What looks have seen so far, once there was one without the end. */
  private volatile @Nullable Sightings sightings;

  Run(
      CompletionEngine<T> engine,
      String target,
      String correlationId,
      long registeredAt,
      long deadlineAt) {
    this.engine = engine;
    this.target = target;
    this.correlationId = correlationId;
    this.registeredAt = registeredAt;
    this.deadlineAt = deadlineAt;
  }

  @Override
  public String correlationId() {
    return correlationId;
  }

  @Override
  public @Nullable String executionId() {
    return state.executionId();
  }

  @Override
  public Mono<Completion<T>> completion() {
    return waiters;
  }

  /** Completes when the run has ended in any way, which counts as telling nobody. */
  Mono<Void> over() {
    return waiters.unnoticed().onErrorComplete().then();
  }

  @Override
  public Flux<Observation> watch() {
    return Flux.defer(() -> observed().flux())
        .mergeWith(completion().then(Mono.<Observation>empty()))
        .publishOn(engine.time().workers());
  }

  @Override
  public Mono<Void> cancel() {
    return Mono.defer(
        () -> {
          String id = executionId();
          return id == null
              ? Mono.error(
                  new IllegalStateException(
                      "It is not known yet under which id " + what() + " goes on, if it does."))
              : engine.vendor().cancel(target, id).doOnSuccess(done -> lookNow(state));
        });
  }

  String target() {
    return target;
  }

  RunState state() {
    return state;
  }

  long registeredAt() {
    return registeredAt;
  }

  /** When it was registered, by the wall clock as it was when the start broke or was taken up. */
  Instant registeredByClock() {
    Sightings seen = sightings;
    Instant noted = seen == null ? null : seen.registered;
    return noted == null ? engine.time().now().minus(engine.time().since(registeredAt)) : noted;
  }

  /** Notes it, since the wall clock may jump before the run is found. */
  void noteRegistration(Instant at) {
    observed().registered = at;
  }

  /**
   * Notes the execution id that a callback claimed, not to be believed.
   *
   * @param claimed null if it claimed none
   * @return whether that is news
   */
  boolean hint(@Nullable String claimed) {
    return claimed != null && observed().hint(claimed);
  }

  /** The execution ids that callbacks claimed, not to be believed. */
  List<String> hints() {
    return observed().hints();
  }

  String what() {
    return engine.vendor().describe(target);
  }

  CompletionEngine<T> engine() {
    return engine;
  }

  private Sightings observed() {
    Sightings known = sightings;
    if (known == null) {
      synchronized (this) {
        known = sightings;
        if (known == null) {
          known = new Sightings();
          sightings = known;
        }
      }
    }
    return known;
  }

  // What happens to it.

  /** A waiter came, the first one since there was none. */
  void subscribed() {
    on(engine.isClosed() ? new Event.Cancelled() : new Event.Subscribed());
  }

  /** The last waiter left. */
  void released() {
    if (on(new Event.Released()) && waiters.any()) {
      // Somebody subscribed in between and found the run still watched.
      on(new Event.Subscribed());
    }
  }

  /** The waiters have been told. */
  void told() {
    engine.told(this);
  }

  /** The handle, once the vendor has answered; or how the run ended before. */
  Mono<RunHandle<T>> started(String executionId) {
    if (on(new Event.Started(executionId))) {
      return Mono.just(this);
    }
    // Over before the answer came: cancelled, or timed out. The id must not be lost with it.
    return waiters
        .<RunHandle<T>>flatMap(ended -> Mono.empty())
        .onErrorMap(
            DeadlineException.class,
            late ->
                timeout(
                    what()
                        + ", execution "
                        + executionId
                        + ", which had not been confirmed by then"));
  }

  CallbackReceipt signal(UntrustedPayload body) {
    if (payload == null) {
      payload = body;
    }
    boolean telling = executionId() == null && hint(engine.vendor().hint(body));
    boolean news = on(new Event.Signal(telling, isRested()));
    hurry(state);
    if (news || !state.phase().isTerminal()) {
      return CallbackReceipt.ACCEPTED;
    }
    return engine.isSettled(this) ? CallbackReceipt.DUPLICATE : CallbackReceipt.ORPHAN;
  }

  /** Whether a callback may be followed by looks as the first one was. */
  private boolean isRested() {
    Sightings seen = sightings;
    long heardAt = seen == null ? 0 : seen.heardAt;
    return heardAt == 0
        || engine.time().since(heardAt).compareTo(CompletionOptions.LONGEST_LAG) >= 0;
  }

  /** A callback does not wait in the queue of those that are merely due. */
  private void hurry(RunState now) {
    if (now.phase() == Phase.VERIFYING
        && now.signalled()
        && engine
            .looks()
            .takeBack(new Looks.Ask<>(this, now.version(), requireNonNull(now.reason())))) {
      on(new Event.TakenBack(now.version()));
    }
  }

  @Override
  void due() {
    RunState now = state;
    long clock = engine.time().nanos();
    boolean moved = false;
    if (clock - deadlineAt >= 0 && !now.expired()) {
      moved = on(new Event.Deadline());
      RunState expired = state;
      if (expired.phase() == Phase.VERIFYING && expired.version() == now.version()) {
        engine.looks().expired(this, expired.version(), requireNonNull(expired.reason()));
      }
    } else if (now.nextAt() <= clock) {
      moved = lookNow(now);
    }
    if (!moved) {
      arm();
    }
  }

  private boolean lookNow(RunState now) {
    return on(new Event.Due(now.version()));
  }

  /** A look began. */
  void looking(Reason reason) {
    engine.metrics().look(reason);
    Sightings seen = observed();
    seen.looking();
    if (reason == Reason.CALLBACK || reason == Reason.LAG) {
      // Zero stands for never.
      seen.heardAt = engine.time().nanos() | 1;
    }
  }

  /** A look showed the run. */
  void saw(Looks.Ask<T> ask, Look<T> look) {
    observed().saw(look, engine.time().now());
    if (!look.finished()) {
      on(new Event.NotEnded(ask.version(), Sight.RUN));
    } else if (on(new Event.Ended(ask.version()))) {
      ended(look, ask.reason());
    }
  }

  /** A call for many runs told that it goes on. */
  void goesOn(Looks.Ask<T> ask) {
    on(new Event.NotEnded(ask.version(), Sight.RUN));
  }

  /** A look failed. */
  void sawNothing(Looks.Ask<T> ask, Throwable error) {
    failure(error);
    log.debug("Looking at {} failed; the run stays pending", what(), error);
    on(new Event.NotEnded(ask.version(), sight(error)));
  }

  void failure(Throwable error) {
    observed().failure = error;
  }

  /** What a search found that it may be; null if the search failed. */
  void candidates(@Nullable List<String> executionIds) {
    observed().candidates = executionIds;
  }

  @Nullable List<String> candidates() {
    return observed().candidates;
  }

  private Sight sight(Throwable error) {
    if (!(error instanceof NotFoundException)) {
      return Sight.NOTHING;
    }
    return engine.time().since(registeredAt).compareTo(GRACE) > 0 ? Sight.GONE : Sight.MISSING;
  }

  /** Applies an event; answers whether it changed anything. */
  boolean on(Event event) {
    while (true) {
      RunState before = state;
      RunState after = Transitions.next(before, event);
      if (after == null) {
        return false;
      }
      boolean moved = after.version() != before.version();
      if (moved) {
        after = after.next(nextAt(after));
      }
      if (STATE.compareAndSet(this, before, after)) {
        if (moved) {
          entered(after);
        }
        return true;
      }
    }
  }

  private long nextAt(RunState next) {
    Duration pause =
        switch (next.phase()) {
          case WAITING -> engine.jittered(engine.lookAfter(target, next.dueLooks()));
          case LAGGING -> engine.options().lag(next.lagLooks());
          case START_UNKNOWN -> engine.jittered(engine.options().search(next.dueLooks()));
          default -> null;
        };
    return pause == null ? NEVER : engine.time().nanos() + pause.toNanos();
  }

  private void entered(RunState now) {
    switch (now.phase()) {
      case VERIFYING -> {
        Reason reason = requireNonNull(now.reason());
        if (reason == Reason.RESUME) {
          engine.index(this);
        }
        arm();
        engine.looks().ask(new Looks.Ask<>(this, now.version(), reason));
      }
      case SEARCHING -> {
        arm();
        engine.search().begin(this, now.version());
      }
      case START_UNKNOWN -> {
        engine.index(this);
        arm();
      }
      case REGISTERED, STARTING, WAITING, LAGGING -> arm();
      case RELEASED -> {
        // Not plainly removed: somebody may wait again by now.
        arm();
        engine.index(this);
      }
      case TIMED_OUT -> fail(timedOut(now));
      case START_LOST -> fail(startLost());
      case VANISHED -> fail(vanished(now));
      case CANCELLED ->
          fail(new CancellationException("The wait for " + what() + " was given up."));
      case COMPLETED, START_FAILED -> {
        // The one who caused these has the value or the error, and ends the run with it.
      }
    }
  }

  /** Has the timers call when something is due next, whatever the state has become meanwhile. */
  @SuppressWarnings("ReferenceEquality")
  private void arm() {
    RunState armed;
    do {
      armed = state;
      if (armed.phase().isTerminal() || armed.phase() == Phase.RELEASED) {
        engine.timers().remove(this);
      } else if (armed.expired()) {
        engine.timers().put(this, armed.nextAt());
      } else {
        engine.timers().put(this, Math.min(armed.nextAt(), deadlineAt));
      }
    } while (armed != state);
  }

  // How it ends.

  private void ended(Look<T> look, Reason reason) {
    Duration sinceStart = engine.time().since(registeredAt);
    // The wall clock, by which a run of an earlier process is counted, may have jumped.
    Duration elapsed = sinceStart.isNegative() ? Duration.ZERO : sinceStart;
    engine.ended(this, look, reason, elapsed);
    end(
        new Completion<>(
            correlationId,
            requireNonNull(executionId()),
            look.execution(),
            look.state(),
            look.succeeded(),
            reason.source(),
            elapsed,
            payload),
        null);
  }

  void fail(Throwable error) {
    engine.metrics().completed("none", outcome(error), engine.time().since(registeredAt));
    end(null, error);
  }

  private static String outcome(Throwable error) {
    if (error instanceof DeadlineException) {
      return "timeout";
    }
    return error instanceof RunException run
        ? run.reason().name().toLowerCase(Locale.ROOT)
        : "given_up";
  }

  /** Frees everything and lets the waiters go, by the winner of the move into a terminal phase. */
  void end(@Nullable Completion<T> value, @Nullable Throwable error) {
    engine.timers().remove(this);
    engine.over(this);
    waiters.end(value == null ? requireNonNull(error) : value);
  }

  /** {@return what is run, its ids and its phase} */
  @Override
  public String toString() {
    RunState now = state;
    return "RunHandle["
        + what()
        + ", correlationId="
        + correlationId
        + ", executionId="
        + now.executionId()
        + ", "
        + now.phase()
        + "]";
  }

  private BlinkreactorException startLost() {
    return new RunException(
        RunException.Reason.START_UNKNOWN,
        "The request to start "
            + what()
            + " broke after it was sent, and "
            + engine.search().result(this)
            + ".",
        "It was not sent again. Before you start it anew, look at the vendor for a run that was created about "
            + registeredByClock().truncatedTo(ChronoUnit.SECONDS)
            + "; here it has the correlation id "
            + correlationId
            + ".",
        correlationId,
        null,
        lastFailure());
  }

  private BlinkreactorException vanished(RunState now) {
    return new RunException(
        RunException.Reason.VANISHED,
        "The vendor does not know "
            + what()
            + ", execution "
            + now.executionId()
            + lastSeen(sightings)
            + ", any more.",
        "Runs are kept for 30 days and 100 newer ones; how it ended can't be found out here.",
        correlationId,
        now.executionId(),
        lastFailure());
  }

  private @Nullable Throwable lastFailure() {
    Sightings seen = sightings;
    return seen == null ? null : seen.failure;
  }

  private static String lastSeen(@Nullable Sightings seen) {
    String state = seen == null ? null : seen.state;
    if (state == null) {
      return ", which could not be read";
    }
    return state.isEmpty() ? ", last seen without a state" : ", last seen in state " + state;
  }

  private BlinkreactorException timedOut(RunState now) {
    String id = now.executionId();
    StringBuilder waitedFor = new StringBuilder(what());
    if (id == null) {
      waitedFor.append(", which the vendor had not confirmed to have started");
    } else {
      Sightings seen = sightings;
      int looks = seen == null ? 0 : seen.looks;
      waitedFor
          .append(", execution ")
          .append(id)
          .append(lastSeen(seen))
          .append(", after ")
          .append(looks)
          .append(looks == 1 ? " look" : " looks");
      if (engine.hasReceiver()) {
        waitedFor.append(payload == null ? ", without a callback" : ", with a callback");
      }
    }
    return timeout(waitedFor.toString());
  }

  private DeadlineException timeout(String waitedFor) {
    return new DeadlineException(
        DeadlineException.Clock.COMPLETION,
        engine.options().timeout(),
        waitedFor,
        "The run may still be going on at the vendor: look at it there, or wait longer.",
        true,
        lastFailure());
  }
}
