package io.blinkreactor.blinkops;

import io.blinkreactor.internal.completion.Step;
import io.blinkreactor.testkit.RecordedCallback;
import java.time.Instant;

/** One thing that happened to one run, as one of the witnesses saw it. */
record HistoryEvent(Instant at, String run, What what) {

  /** What happened. */
  sealed interface What {
    /** The vendor took a request to start the run; the execution id is empty if it did not. */
    record Posted(String executionId, int status) implements What {}

    /** The vendor had the run end. */
    record Finished(String state) implements What {}

    /** The vendor was asked for the run alone. */
    record Got(int status) implements What {}

    /** The vendor, or a stranger, called back and was answered. */
    record Called(RecordedCallback.Kind kind, int status) implements What {
      boolean succeeded() {
        return status / 100 == 2;
      }
    }

    /** The library passed a step. */
    record Passed(Step step) implements What {}

    /** The caller was told that the run goes on. */
    record HandedOut() implements What {}

    /** A waiter subscribed. */
    record Waits(int waiter) implements What {}

    /** A waiter left. */
    record Left(int waiter) implements What {}

    /** A waiter was told how it ended; whether the execution is the one that the API tells. */
    record Told(int waiter, String state, boolean asTheApiTells) implements What {}

    /** A waiter was told that it is not known how it ended. */
    record Failed(int waiter, Outcome outcome) implements What {}
  }

  /** How waiting can end without the run's end. */
  enum Outcome {
    TIMED_OUT,
    GIVEN_UP,
    START_UNKNOWN,
    VANISHED,
    /** It completed without a value. */
    NOTHING,
    /** An error that nobody has promised. */
    OTHER
  }
}
