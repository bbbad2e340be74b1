package io.blinkreactor.examples.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Small counts over time, a fixed number for each playbook. All have one window of time, whose
 * parts become longer whenever it has to hold more. Parts divide a day or are made of days, and of
 * weeks as soon as they are longer than a day: else days and weekends would show as a beat.
 */
final class Trends {

  private static final int PARTS = 64;
  private static final long SHORTEST = Duration.ofMinutes(15).toMillis();
  private static final long EIGHT_HOURS = Duration.ofHours(8).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();

  private final List<int[]> all = new ArrayList<>();
  private long part = SHORTEST;
  private long first = Long.MAX_VALUE;
  private long last = Long.MIN_VALUE;

  /** Makes room for one more playbook; answers what its runs are counted with. */
  int[] trend() {
    int[] trend = new int[PARTS];
    all.add(trend);
    return trend;
  }

  void add(int[] trend, Instant time) {
    long at = time.toEpochMilli();
    long low = Math.min(first, at);
    long high = Math.max(last, at);
    while (Math.floorDiv(high, part) - Math.floorDiv(low, part) >= PARTS) {
      lengthen();
    }
    first = low;
    last = high;
    trend[slot(Math.floorDiv(at, part))]++;
  }

  /** A part's place needs no origin, since no two parts of the window have the same one. */
  private static int slot(long index) {
    return (int) Math.floorMod(index, (long) PARTS);
  }

  private void lengthen() {
    long factor = part == EIGHT_HOURS ? 3 : part == DAY ? 7 : 2;
    if (first <= last) {
      long from = Math.floorDiv(first, part);
      long to = Math.floorDiv(last, part);
      for (int[] trend : all) {
        int[] old = trend.clone();
        Arrays.fill(trend, 0);
        for (long index = from; index <= to; index++) {
          trend[slot(Math.floorDiv(index, factor))] += old[slot(index)];
        }
      }
    }
    part *= factor;
  }

  /** The counts from the window's begin to its end; none if there is only one part. */
  List<Integer> model(int @Nullable [] trend) {
    List<Integer> counts = new ArrayList<>();
    if (trend != null && first < last) {
      long to = Math.floorDiv(last, part);
      for (long index = Math.floorDiv(first, part); index <= to; index++) {
        counts.add(trend[slot(index)]);
      }
    }
    return counts;
  }
}
