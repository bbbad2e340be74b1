package io.blinkreactor.stream;

import java.io.Serial;

/** A checkpoint can't be used. Its message says what to do. */
public final class InvalidCheckpointException extends IllegalArgumentException {

  @Serial private static final long serialVersionUID = 1L;

  /** Why it can't be used. */
  public enum Reason {
    /** The text is cut, changed, or no checkpoint at all. */
    DAMAGED,
    /** Another version of the library made it. */
    OTHER_VERSION,
    /** It belongs to another list, workspace, filter or order. */
    OTHER_QUERY
  }

  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param reason why
   * @param sentence the same in words, and what to do
   */
  public InvalidCheckpointException(Reason reason, String sentence) {
    super(sentence);
    this.reason = reason;
  }

  /** {@return why it can't be used} */
  public Reason reason() {
    return reason;
  }
}
