package io.blinkreactor.internal.http;

import java.io.Serial;

/** A body, or one element of it, exceeds its bound. */
public final class BodyTooLargeException extends IllegalArgumentException {

  @Serial private static final long serialVersionUID = 1L;

  /** Names the bound, in bytes. */
  public BodyTooLargeException(int maxBytes) {
    super("It is larger than " + maxBytes + " bytes.");
  }
}
