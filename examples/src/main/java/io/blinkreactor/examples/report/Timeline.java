package io.blinkreactor.examples.report;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts by time and state. The unit grows with the span of time, which only ever grows, so there
 * are never more than some hundred counters of a state.
 */
final class Timeline {

  private final Map<LocalDateTime, long[]> counts = new HashMap<>();
  private Unit unit = Unit.HOUR;
  private @Nullable Instant first;
  private @Nullable Instant last;

  void add(Instant time, int state) {
    if (first == null || time.isBefore(first)) {
      first = time;
    }
    if (last == null || time.isAfter(last)) {
      last = time;
    }
    coarsen(stored(Unit.of(utc(first), utc(last))));
    LocalDateTime start = unit.start(utc(time));
    counts.put(start, counted(counts.get(start), state, 1));
  }

  /** Weeks are not stored: months are not made of them. */
  private static Unit stored(Unit shown) {
    return shown == Unit.WEEK ? Unit.DAY : shown;
  }

  private void coarsen(Unit to) {
    if (to == unit) {
      return;
    }
    unit = to;
    Map<LocalDateTime, long[]> old = new HashMap<>(counts);
    counts.clear();
    merge(old, to, counts);
  }

  private static void merge(
      Map<LocalDateTime, long[]> from, Unit unit, Map<LocalDateTime, long[]> to) {
    from.forEach(
        (time, row) -> {
          LocalDateTime start = unit.start(time);
          for (int state = 0; state < row.length; state++) {
            to.put(start, counted(to.get(start), state, row[state]));
          }
        });
  }

  private static long[] counted(long @Nullable [] row, int state, long more) {
    long[] counted = row == null ? new long[state + 1] : row;
    if (counted.length <= state) {
      counted = Arrays.copyOf(counted, state + 1);
    }
    counted[state] += more;
    return counted;
  }

  @Nullable Instant first() {
    return first;
  }

  @Nullable Instant last() {
    return last;
  }

  /**
   * The bars.
   *
   * @param bands the band of each state
   * @param width how many bands there are
   */
  Model.Timeline model(List<Integer> bands, int width) {
    if (first == null || last == null) {
      return new Model.Timeline(Unit.DAY, List.of());
    }
    Unit shown = Unit.of(utc(first), utc(last));
    Map<LocalDateTime, long[]> rows = new HashMap<>();
    merge(counts, shown, rows);
    List<Model.Bar> bars = new ArrayList<>();
    LocalDateTime end = shown.start(utc(last));
    for (LocalDateTime at = shown.start(utc(first)); !at.isAfter(end); at = shown.next(at)) {
      long[] bar = new long[width];
      long[] row = rows.getOrDefault(at, new long[0]);
      for (int state = 0; state < row.length; state++) {
        bar[bands.get(state)] += row[state];
      }
      bars.add(new Model.Bar(at, Arrays.stream(bar).boxed().toList()));
    }
    return new Model.Timeline(shown, bars);
  }

  static LocalDateTime utc(Instant time) {
    return LocalDateTime.ofInstant(time, ZoneOffset.UTC);
  }
}
