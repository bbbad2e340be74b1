package io.blinkreactor.internal.json;

import java.io.Serial;

/** A body, or one element of it, exceeds its bound. */
public final class TooLargeException extends IllegalArgumentException {

  @Serial private static final long serialVersionUID = 1L;

  /**
   * Names the bound.
   *
   * @param what what is too large, as the beginning of a sentence
   * @param maxBytes the bound
   */
  public TooLargeException(String what, int maxBytes) {
    super(what + " is larger than " + maxBytes + " bytes.");
  }
}
