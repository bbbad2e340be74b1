package io.blinkreactor;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One of the library's clocks ran out. It says which one, since each has another cure. */
public final class DeadlineException extends BlinkreactorException {

  @Serial private static final long serialVersionUID = 1L;

  /** The clocks. */
  public enum Clock {
    /** One attempt, from asking for a connection to the response headers. */
    ATTEMPT("attemptTimeout"),
    /** The gap between two pieces of a response body. */
    STALL("stallTimeout"),
    /** One call with all its attempts and pauses. */
    CALL("callTimeout"),
    /** The wait for a run to end. */
    COMPLETION("timeout");

    private final String option;

    Clock(String option) {
      this.option = option;
    }

    /** {@return the name of the option that sets this clock} */
    public String option() {
      return option;
    }
  }

  private final Clock clock;
  private final Duration limit;
  private final boolean requestSent;

  /**
   * Creates the exception.
   *
   * @param clock the clock that ran out
   * @param limit what it was set to
   * @param waitedFor what was waited for, and how far it had come, as the end of a sentence
   * @param advice what to do next, as a sentence
   * @param requestSent whether any byte of a request may have left this process
   * @param cause the last fault met while waiting, if any
   */
  public DeadlineException(
      Clock clock,
      Duration limit,
      String waitedFor,
      String advice,
      boolean requestSent,
      @Nullable Throwable cause) {
    super(
        "The "
            + clock.option()
            + " of "
            + text(limit)
            + " ran out while waiting for "
            + waitedFor
            + ".",
        advice,
        cause);
    this.clock = requireNonNull(clock, "clock");
    this.limit = limit;
    this.requestSent = requestSent;
  }

  /** {@return the clock that ran out} */
  public Clock clock() {
    return clock;
  }

  /** {@return what the clock was set to} */
  public Duration limit() {
    return limit;
  }

  /**
   * {@return whether any byte of a request may have left this process; if false, the vendor cannot
   * have acted on it}
   */
  public boolean requestSent() {
    return requestSent;
  }

  private static String text(Duration limit) {
    long millis = limit.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }
}
