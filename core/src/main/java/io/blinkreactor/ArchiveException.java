package io.blinkreactor;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** An archive could not be written or read. What its manifest lists stays as it is. */
public final class ArchiveException extends BlinkreactorException {

  @Serial private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** Somebody else is writing to it. */
    LOCKED,
    /** There is something at that place already, and what to do with it was not said. */
    OCCUPIED,
    /** It was begun with other options, or from another list. */
    OTHER_OPTIONS,
    /** The disk is full, or writing or reading failed. */
    FAILED,
    /** It lacks something that its manifest lists, or holds something else. */
    DAMAGED,
    /** A newer version of this library wrote it. */
    NEWER
  }

  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param reason why
   * @param what what failed, as a sentence
   * @param advice what to do next, as a sentence
   * @param cause the fault underneath, if any
   */
  public ArchiveException(Reason reason, String what, String advice, @Nullable Throwable cause) {
    super(what, advice, cause);
    this.reason = requireNonNull(reason, "reason");
  }

  /** {@return why it could not be done} */
  public Reason reason() {
    return reason;
  }
}
