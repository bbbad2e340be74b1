package io.blinkreactor.internal.stream;

import io.blinkreactor.stream.PagingMode;

/** The ladder: the ways a list can be read, best first. */
public enum Rung {
  /** By the server's cursor. */
  CURSOR(PagingMode.CURSOR),
  /** By the time and id of the last row. */
  KEYSET(PagingMode.KEYSET),
  /** By the time of the last row, that time included. */
  TIME(PagingMode.TIME),
  /** By a number of rows to pass over, sorted by time. */
  OFFSET(PagingMode.OFFSET),
  /** By a number of rows to pass over, in an order that we can't verify. */
  LOOSE_OFFSET(PagingMode.OFFSET);

  private final PagingMode mode;

  Rung(PagingMode mode) {
    this.mode = mode;
  }

  /** What it is called outside. */
  public PagingMode mode() {
    return mode;
  }

  /** Whether a range of times can be asked of the server. */
  boolean filtersByTime() {
    return this == KEYSET || this == TIME;
  }

  /** Whether rows are taken to come in the order of their times. */
  boolean goesByTime() {
    return this != LOOSE_OFFSET;
  }

  /** Whether rows are known by a window of ids rather than by their place in the order. */
  boolean keepsWindow() {
    return this == CURSOR || this == LOOSE_OFFSET;
  }
}
