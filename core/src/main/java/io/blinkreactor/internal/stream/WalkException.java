package io.blinkreactor.internal.stream;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A list can't be read on; becomes a {@link io.blinkreactor.StreamException} at the outside. */
final class WalkException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private final String what;
  private final String advice;
  private boolean placeless;

  WalkException(String what, String advice, @Nullable Throwable cause) {
    super(what, cause, false, false);
    this.what = what;
    this.advice = advice;
  }

  /** There is no place to go on from: rows before it may be missing. */
  WalkException withoutPlace() {
    placeless = true;
    return this;
  }

  boolean hasPlace() {
    return !placeless;
  }

  String what() {
    return what;
  }

  String advice() {
    return advice;
  }
}
