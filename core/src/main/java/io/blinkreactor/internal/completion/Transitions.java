package io.blinkreactor.internal.completion;

import io.blinkreactor.internal.completion.Transitions.Event.Cancelled;
import io.blinkreactor.internal.completion.Transitions.Event.Deadline;
import io.blinkreactor.internal.completion.Transitions.Event.Due;
import io.blinkreactor.internal.completion.Transitions.Event.Ended;
import io.blinkreactor.internal.completion.Transitions.Event.NotEnded;
import io.blinkreactor.internal.completion.Transitions.Event.Released;
import io.blinkreactor.internal.completion.Transitions.Event.Requested;
import io.blinkreactor.internal.completion.Transitions.Event.Signal;
import io.blinkreactor.internal.completion.Transitions.Event.StartFailed;
import io.blinkreactor.internal.completion.Transitions.Event.Started;
import io.blinkreactor.internal.completion.Transitions.Event.Subscribed;
import org.jspecify.annotations.Nullable;

/**
 * The whole state machine as one pure function: from a state and an event to the next state, or to
 * none if the event changes nothing. What has to be done on entering a state (look, arm a timer,
 * emit) is the business of {@link Run}, and of the thread whose compare-and-set won.
 *
 * <pre>
 *               Requested   Started           Signal      Due         Ended      NotEnded             Deadline          Subscribed
 * REGISTERED    STARTING    -                 remember    -           -          -                    TIMED_OUT         -
 * STARTING      -           WAITING or        remember    -           -          -                    TIMED_OUT         -
 *                           VERIFYING (a)
 * WAITING       -           -                 VERIFYING   VERIFYING   -          -                    VERIFYING         -
 * VERIFYING     -           -                 remember    -           COMPLETED  WAITING, LAGGING,    remember          -
 *                                                                                VERIFYING, TIMED_OUT (b)
 * LAGGING       -           -                 remember    VERIFYING   -          -                    VERIFYING         -
 * RELEASED      -           -                 -           -           -          -                    TIMED_OUT         VERIFYING
 * </pre>
 *
 * (a) VERIFYING if a callback came first. (b) TIMED_OUT after the deadline; LAGGING while the API
 * lags behind a callback; VERIFYING if a further callback came since; else WAITING. StartFailed
 * leads from STARTING to START_FAILED, Released from the three waiting phases to RELEASED,
 * Cancelled from any to CANCELLED. A terminal phase is never left.
 */
final class Transitions {

  /** Looks that follow a callback when the API does not show the end yet. */
  static final int LAG_LOOKS = 5;

  private Transitions() {}

  /** What can happen to a run. */
  sealed interface Event {
    record Requested() implements Event {}

    record Started(String executionId) implements Event {}

    record StartFailed() implements Event {}

    record Signal() implements Event {}

    /** A timer armed at that version fired. */
    record Due(int version) implements Event {}

    /** The look of that version showed the end. */
    record Ended(int version) implements Event {}

    /** The look of that version showed no end, or failed. */
    record NotEnded(int version) implements Event {}

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
      RunState known = s.started(started.executionId());
      if (phase != Phase.STARTING) {
        return null;
      }
      return s.signalled() ? known.verify(Reason.CALLBACK) : known.to(Phase.WAITING);
    } else if (event instanceof StartFailed) {
      return phase == Phase.STARTING ? s.to(Phase.START_FAILED) : null;
    } else if (event instanceof Signal) {
      return switch (phase) {
        case WAITING -> s.verify(Reason.CALLBACK);
        case REGISTERED, STARTING, VERIFYING, LAGGING -> s.signalled() ? null : s.signal();
        default -> null;
      };
    } else if (event instanceof Due due) {
      return due.version() != s.version()
          ? null
          : switch (phase) {
            case WAITING -> s.verify(Reason.DUE);
            case LAGGING -> s.verify(Reason.LAG);
            default -> null;
          };
    } else if (event instanceof Ended ended) {
      return isCurrentLook(s, ended.version()) ? s.to(Phase.COMPLETED) : null;
    } else if (event instanceof NotEnded notEnded) {
      return isCurrentLook(s, notEnded.version()) ? afterFruitlessLook(s) : null;
    } else if (event instanceof Deadline) {
      return switch (phase) {
        case WAITING, LAGGING -> s.verify(Reason.DEADLINE);
        case VERIFYING -> s.expire();
        default -> s.to(Phase.TIMED_OUT);
      };
    } else if (event instanceof Released) {
      return switch (phase) {
        case WAITING, VERIFYING, LAGGING -> s.to(Phase.RELEASED);
        default -> null;
      };
    } else if (event instanceof Subscribed) {
      return phase == Phase.RELEASED ? s.verify(Reason.RESUME) : null;
    } else if (event instanceof Cancelled) {
      return s.to(Phase.CANCELLED);
    }
    throw new AssertionError(event);
  }

  private static RunState afterFruitlessLook(RunState s) {
    if (s.expired()) {
      // A look that began before the deadline proves nothing about it, so one more follows.
      return s.reason() == Reason.DEADLINE ? s.to(Phase.TIMED_OUT) : s.verify(Reason.DEADLINE);
    }
    boolean followsCallback = s.reason() == Reason.CALLBACK || s.reason() == Reason.LAG;
    if (followsCallback && s.lagLooks() < LAG_LOOKS) {
      return s.signalled() ? s.lag().signal() : s.lag();
    }
    return s.signalled() ? s.verify(Reason.CALLBACK) : s.to(Phase.WAITING);
  }

  private static boolean isCurrentLook(RunState s, int version) {
    return s.phase() == Phase.VERIFYING && s.version() == version;
  }
}
