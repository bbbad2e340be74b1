package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * How a reading goes on from row to row and from page to page on one rung, and what it remembers
 * for that. Pages come one after the other: what belongs to one is forgotten when the next begins.
 */
sealed interface Way permits ByOffset, ByTime, ByKeyset, ByCursor {

  /** Known rows that a page may be asked to bring again, beyond which exactness costs too much. */
  int MOST_AGAIN = 128;

  /**
   * Begins a page.
   *
   * @param start its position
   * @param most how many rows the server hands out at once, as far as it has said
   */
  Opening begin(Position start, int most);

  /** A row has arrived, known or not. */
  default void arrived(String id) {}

  /** Whether the row shows that the page does not begin where it should. */
  default boolean isAdrift(Headway page, String id, @Nullable Long at) {
    return false;
  }

  /** Whether the row has not gone out before. */
  boolean isNew(Headway page, String id, @Nullable Long at);

  /** Notes that a row goes out, and answers the position after it. */
  Position passed(Headway page, String id, @Nullable Long at);

  /** {@return where the next page begins after one that arrived as a whole; null: nowhere} */
  @Nullable Position next(Headway page);

  /**
   * How a page begins.
   *
   * @param skip rows to pass over
   * @param again known rows that it begins with
   */
  record Opening(long skip, int again) {}
}
