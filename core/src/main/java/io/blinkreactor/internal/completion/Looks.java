package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.AuthenticationException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.PermissionException;
import io.blinkreactor.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Looks at runs, so many at once. Runs that a callback names come first. Those that are merely due
 * share calls where many are, and are held to a number of calls a second. A refused credential
 * stops all looks for a while, since every further one would be refused too.
 */
final class Looks<T> {

  private static final Logger log = LoggerFactory.getLogger(Looks.class);

  static final int AT_ONCE = 16;

  /** Fewer are looked at one by one. */
  static final int ENOUGH_TO_SHARE = 4;

  static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  /** Reactor's key; what arrives as its look is cancelled has been overtaken, not lost. */
  private static final String VALUE_DROPPED = "reactor.onNextDropped.local";

  private static final Consumer<Object> OVERTAKEN = value -> {};

  /** A look that a run asked for in one of its states. */
  record Ask<T>(Run<T> run, int version, Reason reason) {

    /** It has no more reason than time. */
    boolean isDue() {
      return reason == Reason.DUE || reason == Reason.RESUME;
    }

    boolean isVoid() {
      return run.state().version() != version;
    }
  }

  private final Vendor<T> vendor;
  private final TimeSource time;
  private final Timers timers;
  private final String scope;
  private final long nanosPerCall;

  private final Queue<Ask<T>> urgent = new ConcurrentLinkedQueue<>();
  private final Queue<Ask<T>> due = new ConcurrentLinkedQueue<>();

  /** What is due and was not taken back; whoever removes it has it. */
  private final Set<Ask<T>> queued = ConcurrentHashMap.newKeySet();

  private final AtomicInteger work = new AtomicInteger();
  private final AtomicInteger inFlight = new AtomicInteger();

  /** When the next call without a callback may be made; touched by the one who drains. */
  private long nextDue;

  /** Whether the vendor has refused to tell of several runs at once. */
  private volatile boolean alone;

  /** What was refused, while that holds everything up. */
  private volatile @Nullable Throwable refusal;

  /** How long the next pause would be; zero while looks succeed. */
  private volatile Duration pause = Duration.ZERO;

  private final Timed nextCall =
      new Timed() {
        @Override
        void due() {
          drain();
        }
      };

  private final Timed resumption =
      new Timed() {
        @Override
        void due() {
          refusal = null;
          drain();
        }
      };

  Looks(Vendor<T> vendor, TimeSource time, Timers timers, String scope, int callsPerSecond) {
    this.vendor = vendor;
    this.time = time;
    this.timers = timers;
    this.scope = scope;
    this.nanosPerCall = Duration.ofSeconds(1).toNanos() / callsPerSecond;
    this.nextDue = time.nanos();
  }

  void ask(Ask<T> ask) {
    Throwable refused = refusal;
    if (refused != null && ask.run().state().expired()) {
      // Its time is up, and a look now would be refused.
      ask.run().sawNothing(ask, refused);
      return;
    }
    if (ask.isDue()) {
      queue(ask);
    } else {
      urgent.add(ask);
    }
    drain();
  }

  private void queue(Ask<T> ask) {
    queued.add(ask);
    due.add(ask);
  }

  /** Takes back what merely was due; answers false if it was not, or if the look has begun. */
  boolean takeBack(Ask<T> ask) {
    return queued.remove(ask);
  }

  /** The deadline of a run has passed that is being looked at, or is to be. */
  void expired(Run<T> run, int version, Reason reason) {
    Throwable refused = refusal;
    if (refused != null) {
      run.sawNothing(new Ask<>(run, version, reason), refused);
    }
  }

  /** Whether a refused credential holds everything up. */
  boolean isPaused() {
    return refusal != null;
  }

  private void drain() {
    if (work.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      while (refusal == null && inFlight.get() < (pause.isZero() ? AT_ONCE : 1) && oneMore()) {
        // Each round sets one call going.
      }
      missed = work.addAndGet(-missed);
    } while (missed != 0);
  }

  /** Sets a call going, if there is one to make by now. */
  private boolean oneMore() {
    Ask<T> ask = nextUrgent();
    if (ask != null) {
      look(ask);
      return true;
    }
    if (due.isEmpty() || !mayCall()) {
      return false;
    }
    List<Ask<T>> asks = new ArrayList<>();
    int most = alone ? 1 : vendor.mostAtOnce();
    while (asks.size() < most && (ask = nextDue()) != null) {
      asks.add(ask);
    }
    if (asks.size() >= ENOUGH_TO_SHARE) {
      share(asks);
    } else {
      nextDue += nanosPerCall * Math.max(0, asks.size() - 1);
      asks.forEach(this::look);
    }
    return !asks.isEmpty();
  }

  private @Nullable Ask<T> nextUrgent() {
    Ask<T> ask;
    do {
      ask = urgent.poll();
    } while (ask != null && ask.isVoid());
    return ask;
  }

  private @Nullable Ask<T> nextDue() {
    Ask<T> ask;
    do {
      ask = due.poll();
    } while (ask != null && (!queued.remove(ask) || ask.isVoid()));
    return ask;
  }

  /** A second's calls may be made at once after a rest. */
  private boolean mayCall() {
    long now = time.nanos();
    nextDue = Math.max(nextDue, now - Duration.ofSeconds(1).toNanos());
    if (nextDue - now > 0) {
      timers.put(nextCall, nextDue);
      return false;
    }
    nextDue += nanosPerCall;
    return true;
  }

  private void look(Ask<T> ask) {
    inFlight.incrementAndGet();
    Run<T> run = ask.run();
    run.looking(ask.reason());
    Mono.defer(() -> vendor.look(run.target(), requireNonNull(run.state().executionId())))
        .switchIfEmpty(Mono.error(() -> new IllegalStateException("A look showed nothing.")))
        .contextWrite(context -> context.put(VALUE_DROPPED, OVERTAKEN))
        .subscribe(
            look -> {
              pause = Duration.ZERO;
              run.saw(ask, look);
            },
            error -> {
              failed(List.of(ask), error);
              landed();
            },
            this::landed);
  }

  private void share(List<Ask<T>> asks) {
    inFlight.incrementAndGet();
    Mono.defer(
            () ->
                vendor.goingOn(
                    asks.stream().map(a -> requireNonNull(a.run().state().executionId())).toList()))
        .subscribe(
            goingOn -> {
              pause = Duration.ZERO;
              told(asks, goingOn);
            },
            error -> {
              if (error instanceof InvalidRequestException) {
                log.info(
                    "{}: the vendor does not tell of several runs at once: {}",
                    scope,
                    error.getMessage());
                alone = true;
                asks.forEach(this::queue);
              } else {
                failed(asks, error);
              }
              landed();
            },
            this::landed);
  }

  private void told(List<Ask<T>> asks, Set<String> goingOn) {
    for (Ask<T> ask : asks) {
      String id = requireNonNull(ask.run().state().executionId());
      if (goingOn.contains(id)) {
        ask.run().goesOn(ask);
      } else {
        urgent.add(ask);
      }
    }
  }

  private void failed(List<Ask<T>> asks, Throwable error) {
    if (error instanceof AuthenticationException || error instanceof PermissionException) {
      stop(error);
      for (Ask<T> ask : asks) {
        // The callback is not forgotten, but a deadline goes before it.
        if (ask.run().state().expired()) {
          ask.run().sawNothing(ask, error);
        } else {
          ask.run().failure(error);
          urgent.add(ask);
        }
      }
    } else {
      asks.forEach(ask -> ask.run().sawNothing(ask, error));
    }
  }

  /** Looks that were on their way when the first was refused are refused for the same reason. */
  private synchronized void stop(Throwable error) {
    if (refusal != null) {
      return;
    }
    Duration length = pause.isZero() ? FIRST_PAUSE : pause;
    Duration next = length.multipliedBy(2);
    pause = next.compareTo(LONGEST_PAUSE) < 0 ? next : LONGEST_PAUSE;
    refusal = error;
    timers.put(resumption, time.nanos() + length.toNanos());
    log.error(
        "{}: no run can be looked at, so all of them wait, and are looked at again in {} s: {}",
        scope,
        length.toSeconds(),
        error.getMessage());
  }

  private void landed() {
    inFlight.decrementAndGet();
    drain();
  }
}
