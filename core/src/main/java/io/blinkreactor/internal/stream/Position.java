package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * Where a walk stands after an element.
 *
 * @param rung how the next page is asked for; null: not chosen yet
 * @param last the last element that has a time
 * @param trail ids of elements that must not come again: those that share the last one's time, or
 *     the last few pages
 * @param skip rows to pass over: those before, those of the group that shares the last time, or
 *     those of the cursor's page
 * @param overlap how many rows before {@code skip} to ask for again, to see that none is missed
 * @param token the server's cursor of the page; null: the first
 * @param range the times that are covered
 */
record Position(
    @Nullable Rung rung,
    @Nullable RowKey last,
    @Nullable Trail trail,
    long skip,
    int overlap,
    @Nullable String token,
    Range range) {

  static Position start(Range range) {
    return new Position(null, null, null, 0, 0, null, range);
  }

  boolean isStart() {
    return last == null && trail == null && skip == 0 && token == null;
  }

  Position on(Rung chosen) {
    return new Position(chosen, last, trail, skip, overlap, token, range);
  }

  Position within(Range other) {
    return new Position(rung, last, trail, skip, overlap, token, other);
  }

  Position knowing(@Nullable Trail ids) {
    return new Position(rung, last, ids, skip, overlap, token, range);
  }

  Position overlapping(int rows) {
    return new Position(rung, last, trail, skip, rows, token, range);
  }

  Position at(@Nullable String cursor) {
    return new Position(rung, last, trail, skip, overlap, cursor, range);
  }
}
