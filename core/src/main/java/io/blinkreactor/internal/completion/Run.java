package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.internal.completion.Transitions.Event;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One run: its state, and what each transition sets going. The thread whose compare-and-set won
 * acts, so no two ever act on one transition.
 */
final class Run<T> implements RunHandle<T> {

  private static final Logger log = LoggerFactory.getLogger(Run.class);

  /** Reactor's key; what arrives as its look is cancelled has been overtaken, not lost. */
  private static final String VALUE_DROPPED = "reactor.onNextDropped.local";

  private static final Consumer<Object> OVERTAKEN = value -> {};

  private final CompletionEngine<T> engine;
  private final Vendor<T> vendor;
  private final String correlationId;
  private final String what;
  private final long registered;
  private volatile RunState state = RunState.NEW;

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<Run, RunState> STATE =
      AtomicReferenceFieldUpdater.newUpdater(Run.class, RunState.class, "state");

  private final AtomicInteger subscribers = new AtomicInteger();
  private final AtomicInteger looks = new AtomicInteger();
  private final Sinks.One<Completion<T>> end = Sinks.one();

  /** The look in flight, or the timer of the next one. */
  private final Slot pending = new Slot();

  private final Disposable.Swap deadline = Disposables.swap();

  private volatile @Nullable UntrustedPayload payload;
  private volatile @Nullable String lastState;
  private volatile @Nullable Throwable lastFailure;

  Run(CompletionEngine<T> engine, Vendor<T> vendor, String correlationId, String what) {
    this.engine = engine;
    this.vendor = vendor;
    this.correlationId = correlationId;
    this.what = what;
    this.registered = engine.time().nanos();
  }

  @Override
  public String correlationId() {
    return correlationId;
  }

  @Override
  public String executionId() {
    return requireNonNull(state.executionId(), "a handle is given out once the id is known");
  }

  @Override
  public Mono<Completion<T>> completion() {
    return Mono.defer(
            () -> {
              if (subscribers.getAndIncrement() == 0) {
                on(new Event.Subscribed());
              }
              return end.asMono()
                  .doOnCancel(this::unsubscribed)
                  .doOnTerminate(subscribers::decrementAndGet);
            })
        .publishOn(engine.time().workers());
  }

  private void unsubscribed() {
    if (subscribers.decrementAndGet() == 0 && on(new Event.Released()) && subscribers.get() > 0) {
      // Somebody subscribed in between and found the run still watched.
      on(new Event.Subscribed());
    }
  }

  /** The handle, once the vendor has answered; or how the run ended before. */
  Mono<RunHandle<T>> started(String executionId) {
    if (on(new Event.Started(executionId))) {
      return Mono.just(this);
    }
    // Over before the answer came: cancelled, or timed out. The id must not be lost with it.
    return end.asMono()
        .<RunHandle<T>>flatMap(ended -> Mono.empty())
        .onErrorMap(
            DeadlineException.class,
            late ->
                timeout(
                    what
                        + ", execution "
                        + executionId
                        + ", which had not been confirmed by then"));
  }

  RunState state() {
    return state;
  }

  void armDeadline() {
    Duration left = engine.options().timeout().minus(engine.time().since(registered));
    deadline.update(engine.time().schedule(() -> on(new Event.Deadline()), left));
  }

  /** Has it looked at now rather than at its time. */
  void due() {
    on(new Event.Due(state.version()));
  }

  CallbackReceipt signal(UntrustedPayload body) {
    if (payload == null) {
      payload = body;
    }
    boolean news = on(new Event.Signal());
    return news || !state.phase().isTerminal()
        ? CallbackReceipt.ACCEPTED
        : CallbackReceipt.DUPLICATE;
  }

  /** Applies an event; answers whether it changed anything. */
  boolean on(Event event) {
    while (true) {
      RunState before = state;
      RunState after = Transitions.next(before, event);
      if (after == null) {
        return false;
      }
      if (STATE.compareAndSet(this, before, after)) {
        if (after.version() != before.version()) {
          entered(after);
        }
        return true;
      }
    }
  }

  private void entered(RunState now) {
    switch (now.phase()) {
      case WAITING -> arm(now, engine.jittered(engine.options().interval(now.dueLooks())));
      case LAGGING -> arm(now, engine.options().lag(now.lagLooks()));
      case VERIFYING -> look(now);
      case RELEASED -> {
        pending.put(now.version(), Disposables.disposed());
        deadline.update(Disposables.disposed());
        engine.index(this);
      }
      case TIMED_OUT -> end(null, timedOut(now));
      case CANCELLED ->
          end(null, new CancellationException("The wait for " + what + " was given up."));
      case REGISTERED, STARTING, COMPLETED, START_FAILED -> {
        // The one who caused these has the value or the error, and ends the run with it.
      }
    }
  }

  private void arm(RunState now, Duration delay) {
    pending.put(
        now.version(), engine.time().schedule(() -> on(new Event.Due(now.version())), delay));
  }

  private void look(RunState now) {
    Reason reason = requireNonNull(now.reason());
    if (reason == Reason.RESUME) {
      engine.index(this);
      armDeadline();
    }
    engine.metrics().look(reason);
    looks.incrementAndGet();
    pending.put(
        now.version(),
        vendor
            .look(requireNonNull(now.executionId()))
            .contextWrite(context -> context.put(VALUE_DROPPED, OVERTAKEN))
            .subscribe(
                look -> {
                  lastState = look.state();
                  if (!look.finished()) {
                    on(new Event.NotEnded(now.version()));
                  } else if (on(new Event.Ended(now.version()))) {
                    completed(look, reason.source());
                  }
                },
                error -> {
                  lastFailure = error;
                  log.debug("Looking at {} failed; the run stays pending", what, error);
                  on(new Event.NotEnded(now.version()));
                }));
  }

  private void completed(Look<T> look, CompletionSource source) {
    Duration elapsed = engine.time().since(registered);
    engine.metrics().completed(source.name().toLowerCase(Locale.ROOT), look.outcome(), elapsed);
    end(
        new Completion<>(correlationId, executionId(), look.execution(), source, elapsed, payload),
        null);
  }

  /**
   * Frees everything and lets the waiters go. Called once, by the winner of the transition into a
   * terminal phase.
   */
  void end(@Nullable Completion<T> value, @Nullable Throwable error) {
    engine.finished(this);
    pending.close();
    deadline.dispose();
    if (value != null) {
      end.tryEmitValue(value).orThrow();
    } else {
      end.tryEmitError(requireNonNull(error)).orThrow();
    }
  }

  private static String lastSeen(@Nullable String state) {
    if (state == null) {
      return ", which could not be read";
    }
    return state.isEmpty() ? ", last seen without a state" : ", last seen in state " + state;
  }

  private BlinkreactorException timedOut(RunState now) {
    engine.metrics().completed("none", "timeout", engine.time().since(registered));
    String id = now.executionId();
    StringBuilder waitedFor = new StringBuilder(what);
    if (id == null) {
      waitedFor.append(", which the vendor had not confirmed to have started");
    } else {
      waitedFor
          .append(", execution ")
          .append(id)
          .append(lastSeen(lastState))
          .append(", after ")
          .append(looks.get())
          .append(looks.get() == 1 ? " look" : " looks");
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
        lastFailure);
  }
}
