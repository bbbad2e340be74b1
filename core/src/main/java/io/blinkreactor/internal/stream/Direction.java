package io.blinkreactor.internal.stream;

/** Which way a list is read. */
public enum Direction {
  /** From the past to now. */
  OLDEST_FIRST,
  /** From now to the past. */
  NEWEST_FIRST;

  /** The other way. */
  public Direction reversed() {
    return this == OLDEST_FIRST ? NEWEST_FIRST : OLDEST_FIRST;
  }

  /** Below zero if the first time is read before the second. */
  int compare(long a, long b) {
    return this == OLDEST_FIRST ? Long.compare(a, b) : Long.compare(b, a);
  }

  /** Below zero if the first id is read before the second, at the same time. */
  int compare(String a, String b) {
    return this == OLDEST_FIRST ? a.compareTo(b) : b.compareTo(a);
  }
}
