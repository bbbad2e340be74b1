package io.blinkreactor;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A stream broke off. It comes after all elements that arrived; the {@linkplain #getCause() cause}
 * says what happened, if that was a call that failed.
 */
public final class StreamException extends BlinkreactorException {

  @Serial private static final long serialVersionUID = 1L;

  private final @Nullable String checkpoint;
  private final long delivered;

  /**
   * Creates the exception.
   *
   * @param what what happened, as a sentence
   * @param advice what to do next, as a sentence
   * @param checkpoint the place after the last element as text, or null if there was none
   * @param delivered how many elements were handed on
   * @param cause the call's failure
   */
  public StreamException(
      String what,
      String advice,
      @Nullable String checkpoint,
      long delivered,
      @Nullable Throwable cause) {
    super(what, advice, cause);
    this.checkpoint = checkpoint;
    this.delivered = delivered;
  }

  /**
   * {@return the text of the checkpoint after the last element that was handed on, or null if the
   * stream broke off before its first element and did not start from a checkpoint, or if there is
   * no place to go on from: the server was found not to sort or filter as asked, or the checkpoint
   * can't be used} A new stream from it goes on without repeating or missing anything.
   */
  public @Nullable String checkpoint() {
    return checkpoint;
  }

  /** {@return how many elements this stream handed on before it broke off} */
  public long delivered() {
    return delivered;
  }
}
