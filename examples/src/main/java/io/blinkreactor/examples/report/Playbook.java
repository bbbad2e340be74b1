package io.blinkreactor.examples.report;

import java.time.Duration;
import java.time.Instant;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.PackedHistogram;
import org.jspecify.annotations.Nullable;

/** What is counted of one playbook, or of several in one. */
final class Playbook {

  /** Of values, so that each is right to a hundredth. */
  private static final int DIGITS = 2;

  /** Longer ones are counted as this long; it keeps a broken time from making a large histogram. */
  private static final long LONGEST_MILLIS = Duration.ofDays(3_650).toMillis();

  private final String id;
  private final int @Nullable [] trend;
  private final Histogram durations = new PackedHistogram(DIGITS);
  private String name = "";
  private Instant named = Instant.MIN;
  private long runs;
  private long finished;
  private long completed;
  private long longest;

  Playbook(String id, int @Nullable [] trend) {
    this.id = id;
    this.trend = trend;
  }

  void run(boolean hasFinished, boolean hasCompleted) {
    runs++;
    finished += hasFinished ? 1 : 0;
    completed += hasCompleted ? 1 : 0;
  }

  /** Takes the name of the newest run. */
  void name(String given, Instant when) {
    if (!given.isBlank() && !when.isBefore(named)) {
      name = Names.cut(given, 200);
      named = when;
    }
  }

  void duration(long millis) {
    durations.recordValue(Math.min(millis, LONGEST_MILLIS));
    longest = Math.max(longest, millis);
  }

  void add(Playbook other) {
    runs += other.runs;
    finished += other.finished;
    completed += other.completed;
    longest = Math.max(longest, other.longest);
    durations.add(other.durations);
  }

  String id() {
    return id;
  }

  int @Nullable [] trend() {
    return trend;
  }

  /** The newest name, else the id. */
  String label() {
    return name.isEmpty() ? id : name;
  }

  long runs() {
    return runs;
  }

  long measured() {
    return durations.getTotalCount();
  }

  long p95() {
    return percentile(95);
  }

  Model.Busy busy(String label, Trends trends) {
    return new Model.Busy(label, runs, finished, completed, trends.model(trend));
  }

  Model.Durations durations(String label) {
    return new Model.Durations(
        label,
        measured(),
        Duration.ofMillis(percentile(50)),
        Duration.ofMillis(p95()),
        Duration.ofMillis(longest));
  }

  /** No more than the longest, which is exact. */
  private long percentile(double percentile) {
    return Math.min(longest, durations.getValueAtPercentile(percentile));
  }
}
