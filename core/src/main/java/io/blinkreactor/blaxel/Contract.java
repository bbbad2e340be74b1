package io.blinkreactor.blaxel;

/**
 * How lists of executions are asked for and answered. Blaxel changed it with the version of its API
 * that is named 2026-04-28.
 */
public enum Contract {
  /**
   * Asks for {@link #CURSOR}, and takes whichever of both is answered. A page at an offset is asked
   * for as in {@link #LEGACY}, which alone has offsets.
   */
  AUTO,
  /** A bare array, paged by offset; what is answered without the header {@code Blaxel-Version}. */
  LEGACY,
  /** An object with {@code data} and {@code meta}, paged by an opaque cursor. */
  CURSOR
}
