package io.blinkreactor.internal.completion;

import io.blinkreactor.internal.completion.RunState.Heard;
import io.blinkreactor.internal.completion.Transitions.Event.Broke;
import io.blinkreactor.internal.completion.Transitions.Event.Cancelled;
import io.blinkreactor.internal.completion.Transitions.Event.Deadline;
import io.blinkreactor.internal.completion.Transitions.Event.Due;
import io.blinkreactor.internal.completion.Transitions.Event.Ended;
import io.blinkreactor.internal.completion.Transitions.Event.Found;
import io.blinkreactor.internal.completion.Transitions.Event.NotEnded;
import io.blinkreactor.internal.completion.Transitions.Event.NotFound;
import io.blinkreactor.internal.completion.Transitions.Event.Released;
import io.blinkreactor.internal.completion.Transitions.Event.Requested;
import io.blinkreactor.internal.completion.Transitions.Event.Resumed;
import io.blinkreactor.internal.completion.Transitions.Event.Signal;
import io.blinkreactor.internal.completion.Transitions.Event.StartFailed;
import io.blinkreactor.internal.completion.Transitions.Event.Started;
import io.blinkreactor.internal.completion.Transitions.Event.Subscribed;
import io.blinkreactor.internal.completion.Transitions.Event.TakenBack;
import org.jspecify.annotations.Nullable;

/**
 * The whole state machine as one pure function: from a state and an event to the next state, or to
 * none if the event changes nothing. What has to be done on entering a state (look, search, wait,
 * emit) is the business of {@link Run}, and of the thread whose compare-and-set won.
 *
 * <pre>
 *                Requested  Started     Broke          Signal     Due        Ended      NotEnded    Found       NotFound        Deadline    Subscribed
 * REGISTERED     STARTING   -           -              remember   -          -          -           -           -               TIMED_OUT   -
 * STARTING       -          WAITING (a) START_UNKNOWN  remember   -          -          -           -           -               TIMED_OUT   -
 *                                       (a)
 * START_UNKNOWN  -          -           -              SEARCHING  SEARCHING  -          -           -           -               SEARCHING   -
 *                                                      (e)
 * SEARCHING      -          -           -              remember   -          -          -           WAITING (a) START_UNKNOWN,  remember    -
 *                                                      (e)                                                      START_LOST (c)
 * WAITING        -          -           -              VERIFYING, VERIFYING  -          -           -           -               VERIFYING   -
 *                                                      LAGGING (f)
 * VERIFYING      -          -           -              remember   -          COMPLETED  (b)         -           -               remember    -
 * LAGGING        -          -           -              remember   VERIFYING  -          -           -           -               VERIFYING   -
 * RELEASED       -          -           -              -          -          -          -           -           -               -           VERIFYING,
 *                                                                                                                                           START_UNKNOWN (d)
 * </pre>
 *
 * (a) VERIFYING, or SEARCHING where the id is not known, if a callback came first. (b) VANISHED if
 * the vendor has not known it for some time; TIMED_OUT after the deadline; LAGGING while the API
 * lags behind a callback; LAGGING or VERIFYING if a further callback came since; else WAITING. (c)
 * SEARCHING if a callback came meanwhile; START_LOST after the deadline, or if there is no hope.
 * (d) whichever the id allows. (e) unless it tells no more than one before. (f) LAGGING if looks
 * have followed a callback just now.
 *
 * <p>Resumed leads from REGISTERED to VERIFYING, or to START_UNKNOWN as Broke does. StartFailed
 * leads from STARTING to START_FAILED, TakenBack from VERIFYING to VERIFYING, Released from any
 * that waits to RELEASED, Cancelled from any to CANCELLED. A terminal phase is never left.
 */
final class Transitions {

  /**
   * Looks that follow a callback when the API does not show the end yet. A further callback that
   * comes soon gets one more, after a longer pause.
   */
  static final int LAG_LOOKS = 5;

  /** Looks in a row at which the vendor does not know the run, before it counts as vanished. */
  static final int MISSES = 3;

  private Transitions() {}

  /** What a look saw that did not show the end. */
  enum Sight {
    /** The run, going on. */
    RUN,
    /** Nothing: the look failed. */
    NOTHING,
    /** That the vendor does not know the run, which it may not do yet. */
    MISSING,
    /** That the vendor does not know the run, though it should by now. */
    GONE
  }

  /** What can happen to a run. */
  sealed interface Event {
    record Requested() implements Event {}

    record Started(String executionId) implements Event {}

    /** It is taken up again, or was started by somebody else. */
    record Resumed(@Nullable String executionId, boolean signalled) implements Event {}

    record StartFailed() implements Event {}

    /** The request to start it broke after bytes had left. */
    record Broke() implements Event {}

    /**
     * A callback came.
     *
     * @param telling whether it told something by which a search may find the run
     * @param rested whether no callback was followed by a look for some time
     */
    record Signal(boolean telling, boolean rested) implements Event {}

    /** The look of that version had not begun when a callback came, and does not begin. */
    record TakenBack(int version) implements Event {}

    /** A timer armed at that version fired. */
    record Due(int version) implements Event {}

    /** The look of that version showed the end. */
    record Ended(int version) implements Event {}

    /** The look of that version showed no end. */
    record NotEnded(int version, Sight sight) implements Event {}

    /** The search of that version found the run. */
    record Found(int version, String executionId) implements Event {}

    /** The search of that version did not find the run. */
    record NotFound(int version, boolean hopeless) implements Event {}

    record Deadline() implements Event {}

    record Released() implements Event {}

    record Subscribed() implements Event {}

    record Cancelled() implements Event {}
  }

  static @Nullable RunState next(RunState s, Event event) {
    Phase phase = s.phase();
    if (phase.isTerminal()) {
      return null;
    }
    if (event instanceof Requested) {
      return phase == Phase.REGISTERED ? s.to(Phase.STARTING) : null;
    } else if (event instanceof Started started) {
      return phase == Phase.STARTING ? known(s.started(started.executionId())) : null;
    } else if (event instanceof Resumed resumed) {
      return phase == Phase.REGISTERED ? resumed(s, resumed) : null;
    } else if (event instanceof StartFailed) {
      return phase == Phase.STARTING ? s.to(Phase.START_FAILED) : null;
    } else if (event instanceof Broke) {
      return phase == Phase.STARTING ? unknown(s) : null;
    } else if (event instanceof Signal signal) {
      return signalled(s, signal);
    } else if (event instanceof TakenBack takenBack) {
      return isCurrent(s, Phase.VERIFYING, takenBack.version()) ? s.verify(Reason.CALLBACK) : null;
    } else if (event instanceof Due due) {
      return due.version() != s.version()
          ? null
          : switch (phase) {
            case START_UNKNOWN -> s.search();
            case WAITING -> s.verify(Reason.DUE);
            case LAGGING -> s.verify(Reason.LAG);
            default -> null;
          };
    } else if (event instanceof Ended ended) {
      return isCurrent(s, Phase.VERIFYING, ended.version()) ? s.to(Phase.COMPLETED) : null;
    } else if (event instanceof NotEnded notEnded) {
      return isCurrent(s, Phase.VERIFYING, notEnded.version())
          ? afterFruitlessLook(s, notEnded.sight())
          : null;
    } else if (event instanceof Found found) {
      return isCurrent(s, Phase.SEARCHING, found.version())
          ? known(s.started(found.executionId()))
          : null;
    } else if (event instanceof NotFound notFound) {
      return isCurrent(s, Phase.SEARCHING, notFound.version())
          ? afterFruitlessSearch(s, notFound.hopeless())
          : null;
    } else if (event instanceof Deadline) {
      return switch (phase) {
        case REGISTERED, STARTING -> s.to(Phase.TIMED_OUT);
        case START_UNKNOWN -> s.expire().search();
        case WAITING, LAGGING -> s.verify(Reason.DEADLINE);
        case SEARCHING, VERIFYING -> s.expired() ? null : s.expire();
        default -> null;
      };
    } else if (event instanceof Released) {
      return switch (phase) {
        case START_UNKNOWN, SEARCHING, WAITING, VERIFYING, LAGGING -> s.to(Phase.RELEASED);
        default -> null;
      };
    } else if (event instanceof Subscribed) {
      return phase != Phase.RELEASED
          ? null
          : s.executionId() == null ? s.to(Phase.START_UNKNOWN) : s.verify(Reason.RESUME);
    } else if (event instanceof Cancelled) {
      return s.to(Phase.CANCELLED);
    }
    throw new AssertionError(event);
  }

  /** Only what tells more is searched by at once: a callback may be sent again without end. */
  private static @Nullable RunState signalled(RunState s, Signal signal) {
    return switch (s.phase()) {
      case WAITING -> signal.rested() ? s.verify(Reason.CALLBACK) : s.lag();
      case START_UNKNOWN -> signal.telling() || !s.signalled() ? s.signal().search() : null;
      case SEARCHING ->
          s.heard() != Heard.NEW && (signal.telling() || !s.signalled()) ? s.signal() : null;
      case REGISTERED, STARTING, VERIFYING, LAGGING -> s.signalled() ? null : s.signal();
      default -> null;
    };
  }

  private static RunState afterFruitlessSearch(RunState s, boolean hopeless) {
    if (s.heard() == Heard.NEW) {
      return s.search();
    }
    return s.to(hopeless || s.expired() ? Phase.START_LOST : Phase.START_UNKNOWN);
  }

  private static RunState known(RunState s) {
    if (s.signalled()) {
      return s.verify(Reason.CALLBACK);
    }
    return s.expired() ? s.verify(Reason.DEADLINE) : s.to(Phase.WAITING);
  }

  private static RunState unknown(RunState s) {
    return s.signalled() ? s.search() : s.to(Phase.START_UNKNOWN);
  }

  private static RunState resumed(RunState s, Resumed resumed) {
    RunState now = resumed.signalled() ? s.signal() : s;
    String id = resumed.executionId();
    if (id == null) {
      return unknown(now);
    }
    return now.started(id).verify(now.signalled() ? Reason.CALLBACK : Reason.RESUME);
  }

  private static RunState afterFruitlessLook(RunState before, Sight sight) {
    RunState s =
        sight == Sight.NOTHING
            ? before
            : before.missed(sight == Sight.MISSING || sight == Sight.GONE);
    if (sight == Sight.GONE && s.misses() >= MISSES) {
      return s.to(Phase.VANISHED);
    }
    if (s.expired()) {
      // A look that began before the deadline proves nothing about it, so one more follows.
      return s.reason() == Reason.DEADLINE ? s.to(Phase.TIMED_OUT) : s.verify(Reason.DEADLINE);
    }
    boolean followsCallback = s.reason() == Reason.CALLBACK || s.reason() == Reason.LAG;
    if (followsCallback && s.lagLooks() < LAG_LOOKS) {
      return s.signalled() ? s.lag().signal() : s.lag();
    }
    if (!s.signalled()) {
      return s.to(Phase.WAITING);
    }
    return followsCallback ? s.lag() : s.verify(Reason.CALLBACK);
  }

  private static boolean isCurrent(RunState s, Phase phase, int version) {
    return s.phase() == phase && s.version() == version;
  }
}
