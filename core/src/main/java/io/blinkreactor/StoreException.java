package io.blinkreactor;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A store of pending runs could not do what it was asked. What was asked for may or may not be
 * stored if the reason is {@link Reason#FAILED}, and is not stored for every other reason.
 */
public final class StoreException extends BlinkreactorException {

  @Serial private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** Somebody else has the store open. */
    LOCKED,
    /** As many runs are pending as the store was told to hold; it takes more when some end. */
    FULL,
    /**
     * Storing failed, for example on a full disk. The store takes nothing any more until it is
     * opened anew.
     */
    FAILED,
    /** What is stored can't be read, or lacks something that was stored before. */
    DAMAGED,
    /** A newer version of this library wrote it. */
    NEWER,
    /** The store was closed. */
    CLOSED
  }

  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param reason why
   * @param what what failed, as a sentence without secrets
   * @param advice what to do next, as a sentence
   * @param cause the fault underneath, if any
   */
  public StoreException(Reason reason, String what, String advice, @Nullable Throwable cause) {
    super(what, advice, cause);
    this.reason = requireNonNull(reason, "reason");
  }

  /** {@return why the store could not do it} */
  public Reason reason() {
    return reason;
  }
}
