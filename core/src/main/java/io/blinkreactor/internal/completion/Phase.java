package io.blinkreactor.internal.completion;

/**
 * Where a run stands. A run moves only by compare-and-set on its {@link RunState}, see {@link
 * Transitions}.
 */
enum Phase {
  /** Known here and not yet asked for; a callback is possible from now on. */
  REGISTERED,
  /** The request to start it is on its way. */
  STARTING,
  /** The request broke after bytes had left: nobody knows whether the vendor has started it. */
  START_UNKNOWN,
  /** It is being searched for among the vendor's runs. */
  SEARCHING,
  /** Its execution id is known; a callback, the next check or the deadline will move it. */
  WAITING,
  /** A look is on its way. */
  VERIFYING,
  /** A callback said that it ended, the API did not yet; the next look comes soon. */
  LAGGING,
  /** Nobody waits; nothing is held for it. */
  RELEASED,
  /** Seen to have ended. */
  COMPLETED,
  /** The vendor refused to start it, or the request never left. */
  START_FAILED,
  /** Whether it was started could not be found out. */
  START_LOST,
  /** The vendor does not know it any more. */
  VANISHED,
  /** The deadline passed, and a last look showed no end. */
  TIMED_OUT,
  /** The start was cancelled, or the engine was closed. */
  CANCELLED;

  boolean isTerminal() {
    return switch (this) {
      case COMPLETED, START_FAILED, START_LOST, VANISHED, TIMED_OUT, CANCELLED -> true;
      default -> false;
    };
  }
}
