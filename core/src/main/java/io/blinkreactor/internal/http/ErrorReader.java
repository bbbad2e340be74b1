package io.blinkreactor.internal.http;

import org.jspecify.annotations.Nullable;

/** Reads a vendor's error body; never fails, since anything may stand in it. */
@FunctionalInterface
public interface ErrorReader {

  /** What the body says, as far as it can be read. */
  ErrorText read(byte[] body);

  /**
   * The parts of an error body.
   *
   * @param retryable whether the vendor says that the same call may succeed later, whatever the
   *     status
   */
  record ErrorText(
      @Nullable String identifier,
      @Nullable String message,
      @Nullable String details,
      boolean retryable) {

    /** Parts that say nothing about another try. */
    public ErrorText(
        @Nullable String identifier, @Nullable String message, @Nullable String details) {
      this(identifier, message, details, false);
    }

    /** Nothing could be read. */
    public static final ErrorText NONE = new ErrorText(null, null, null);
  }
}
