package io.blinkreactor;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** No usable answer arrived: no connection, a broken one, or a body that is not what was agreed. */
public final class TransportException extends BlinkreactorException {

  @Serial private static final long serialVersionUID = 1L;

  private final boolean requestSent;

  /**
   * Creates the exception.
   *
   * @param what what failed, as a sentence
   * @param requestSent whether any byte of the request may have left this process
   * @param advice what to do next, as a sentence
   * @param cause the fault underneath
   */
  public TransportException(
      String what, boolean requestSent, String advice, @Nullable Throwable cause) {
    super(what, advice, cause);
    this.requestSent = requestSent;
  }

  /**
   * {@return whether any byte of the request may have left this process; if false, the vendor
   * cannot have acted on it}
   */
  public boolean requestSent() {
    return requestSent;
  }
}
