package io.blinkreactor;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A run could not be followed to its end, or did not end well. */
public final class RunException extends BlinkreactorException {

  @Serial private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** As many runs are pending as was allowed; nothing was sent. */
    TOO_MANY,
    /** The request to start it broke after it was sent, and whether it was started is not known. */
    START_UNKNOWN,
    /** The vendor does not know it any more. */
    VANISHED,
    /**
     * It ended, but not well. Thrown only where asked for, see {@link
     * io.blinkreactor.completion.Completion#orThrow}.
     */
    NOT_SUCCEEDED
  }

  private final Reason reason;
  private final String correlationId;
  private final @Nullable String executionId;

  /**
   * Creates the exception.
   *
   * @param reason why
   * @param what what happened, as a sentence without secrets
   * @param advice what to do next, as a sentence
   * @param correlationId our own id of the run
   * @param executionId the vendor's id of the run, if it is known
   * @param cause the last fault that was met, if any
   */
  public RunException(
      Reason reason,
      String what,
      String advice,
      String correlationId,
      @Nullable String executionId,
      @Nullable Throwable cause) {
    super(what, advice, cause);
    this.reason = requireNonNull(reason, "reason");
    this.correlationId = requireNonNull(correlationId, "correlationId");
    this.executionId = executionId;
  }

  /** {@return why} */
  public Reason reason() {
    return reason;
  }

  /** {@return our own id of the run} */
  public String correlationId() {
    return correlationId;
  }

  /** {@return the vendor's id of the run, or null if it is not known} */
  public @Nullable String executionId() {
    return executionId;
  }
}
