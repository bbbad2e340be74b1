package io.blinkreactor.internal.export;

import io.blinkreactor.TimeSource;
import io.blinkreactor.export.ExportProgress;
import io.blinkreactor.internal.Tally;
import io.blinkreactor.internal.export.Manifest.Counts;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what an export does, on top of what was done before. Safe for use by many threads. */
final class ExportMeter {

  private final TimeSource time;
  private final long started;
  private final Tally tally = new Tally();
  private final LongAdder rows = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final AtomicInteger parts = new AtomicInteger();
  private volatile Counts before = Counts.NONE;
  private volatile long rowsBefore;

  /**
   * Whether the vendor's total is of all that is read: not if it is of one slice of several, or of
   * rows that an increment looks at again.
   */
  private volatile boolean totalIsOfAll = true;

  ExportMeter(TimeSource time) {
    this.time = time;
    this.started = time.nanos();
  }

  /** Takes what an earlier process did. */
  void goOn(Run run) {
    before = run.counts();
    rowsBefore = run.rows();
    totalIsOfAll = run.slices().size() <= 1 && run.slices().stream().noneMatch(Slice::again);
    run.slices()
        .forEach(
            slice -> {
              rows.add(slice.rows());
              bytes.add(slice.bytes());
              parts.addAndGet(slice.parts().size());
            });
  }

  Tally tally() {
    return tally;
  }

  void row() {
    rows.increment();
  }

  void bytes(long more) {
    bytes.add(more);
  }

  void part() {
    parts.incrementAndGet();
  }

  Counts counts() {
    Counts old = before;
    return new Counts(
        old.pages() + tally.pages(),
        old.repeated() + tally.repeated(),
        old.retries() + tally.retries(),
        old.throttledMillis() + tally.throttled().toMillis(),
        tally.mode() == null ? old.mode() : tally.mode(),
        old.expected() == null && totalIsOfAll ? tally.total() : old.expected());
  }

  ExportProgress progress() {
    Counts now = counts();
    return new ExportProgress(
        rows.sum(),
        rowsBefore,
        parts.get(),
        bytes.sum(),
        now.pages(),
        now.repeated(),
        now.retries(),
        Duration.ofMillis(now.throttledMillis()),
        time.since(started),
        mode(now.mode()),
        now.expected());
  }

  private static @Nullable PagingMode mode(@Nullable String name) {
    return name == null ? null : PagingMode.valueOf(name.toUpperCase(Locale.ROOT));
  }
}
