package io.blinkreactor.internal.completion;

import org.jspecify.annotations.Nullable;

/**
 * The places of a run's life at which a process may die with something half done. Tests stop the
 * process at each, and record each to check the history of a run.
 */
public enum Step {
  /** Its record is stored; nothing was sent. */
  REGISTERED,
  /** The vendor answered the start; its id is not stored. */
  ANSWERED,
  /** Its id is stored; nobody was told. */
  STARTED,
  /** The start broke after bytes had left. */
  BROKE,
  /** A callback is stored; it is not answered. */
  SIGNALLED,
  /** It was seen to have ended; nobody was told. */
  ENDED,
  /** Its waiters were told; its record is still there. */
  TOLD,
  /** Its record is gone. */
  FINISHED;

  /** Takes notice of steps; must not block for long. */
  @FunctionalInterface
  public interface Observer {

    /** Notices nothing. */
    Observer NONE = (step, correlationId, executionId) -> {};

    /** A run passed a step; its execution id is null if it is not known. */
    void passed(Step step, String correlationId, @Nullable String executionId);
  }
}
