package io.blinkreactor.examples.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Scales of the charts. Places are percentages, so that a chart fits any width. */
final class Axis {

  /** Where a label stands on a scale of time. */
  record Tick(double percent, String label) {}

  private static final long[] DECADES = {
    1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 86_400_000, 864_000_000
  };

  private static final String[] WORDS = {
    "1 ms", "10 ms", "100 ms", "1 s", "10 s", "1 min", "10 min", "1 h", "10 h", "1 d", "10 d"
  };

  private final double low;
  private final double high;
  private final List<Tick> ticks = new ArrayList<>();

  /** A logarithmic scale that holds the given durations. */
  Axis(long shortestMillis, long longestMillis) {
    int from = 0;
    while (from + 1 < DECADES.length && DECADES[from + 1] <= shortestMillis) {
      from++;
    }
    low = Math.log10((double) DECADES[from]);
    int to = from + 1;
    while (to + 1 < DECADES.length && DECADES[to] < longestMillis) {
      to++;
    }
    high =
        Math.max(Math.log10((double) DECADES[to]), Math.log10((double) Math.max(1, longestMillis)));
    for (int i = from; i <= to; i++) {
      ticks.add(new Tick(at(DECADES[i]), WORDS[i]));
    }
  }

  double at(long millis) {
    double place = (Math.log10((double) Math.max(1, millis)) - low) / (high - low);
    return 100 * Math.min(1, Math.max(0, place));
  }

  List<Tick> ticks() {
    return ticks;
  }

  /** The step between lines, such that about four of them hold the value. */
  static long step(long highest) {
    long step = 1;
    while (true) {
      for (long factor : new long[] {1, 2, 5}) {
        if (step * factor * 5 >= highest) {
          return step * factor;
        }
      }
      step *= 10;
    }
  }

  static String percent(double percent) {
    return String.format(Locale.ROOT, "%.2f%%", percent);
  }
}
