package io.blinkreactor.internal.stream;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range of times, cut.
 *
 * @param ranges in the order in which they are read
 * @param rows how many rows the whole range has, if the server was asked and said so
 */
public record Slices(List<Range> ranges, @Nullable Long rows) {

  /** The range as it is. */
  public static Slices one(Range whole) {
    return new Slices(List.of(whole), null);
  }
}
