package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * The times that a walk covers, in the vendor's unit.
 *
 * @param from the first, included; null: no bound
 * @param to the last, excluded; null: no bound
 */
public record Range(@Nullable Long from, @Nullable Long to) {

  /** Everything. */
  public static final Range ALL = new Range(null, null);

  boolean startsAfter(long at) {
    return from != null && at < from;
  }

  boolean endsBefore(long at) {
    return to != null && at >= to;
  }
}
