package io.blinkreactor;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Root of everything the library signals when something outside the program went wrong. The family
 * is sealed, so a {@code switch} over it can be complete. Wrong arguments are not in it: they fail
 * at once with {@link IllegalArgumentException}.
 *
 * <p>Messages never contain an API key, a token or a request body.
 */
public abstract sealed class BlinkreactorException extends RuntimeException
    permits ApiException,
        TransportException,
        DeadlineException,
        StreamException,
        StoreException,
        ArchiveException,
        RunException {

  @Serial private static final long serialVersionUID = 1L;

  private final String advice;

  BlinkreactorException(String what, String advice, @Nullable Throwable cause) {
    super(what + " " + advice, cause);
    this.advice = advice;
  }

  /** {@return what to do next, as a sentence; the message ends with it} */
  public String advice() {
    return advice;
  }
}
