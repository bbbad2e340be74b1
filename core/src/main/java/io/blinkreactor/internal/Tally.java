package io.blinkreactor.internal;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What one long reading has cost so far, told by whoever knows: each room below finds it in the
 * Reactor context under its class. Safe for use by many threads.
 */
public final class Tally {

  private final LongAdder pages = new LongAdder();
  private final LongAdder repeated = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder throttledNanos = new LongAdder();
  private volatile @Nullable String mode;
  private volatile @Nullable Long total;

  /** A page has arrived. */
  public void page(String pagingMode, long rowsRepeated, @Nullable Long rowsInAll) {
    pages.increment();
    repeated.add(rowsRepeated);
    mode = pagingMode;
    // The first page is asked for without a place to go on from, so its total is of the whole list.
    if (total == null && rowsInAll != null) {
      total = rowsInAll;
    }
  }

  /** A call is sent once more. */
  public void retried() {
    retries.increment();
  }

  /** A call was held back, as the vendor had asked. */
  public void throttled(Duration time) {
    throttledNanos.add(time.toNanos());
  }

  /** Pages that arrived. */
  public long pages() {
    return pages.sum();
  }

  /** Rows that arrived again. */
  public long repeated() {
    return repeated.sum();
  }

  /** Calls that were sent once more. */
  public long retries() {
    return retries.sum();
  }

  /** For how long calls were held back, one after the other. */
  public Duration throttled() {
    return Duration.ofNanos(throttledNanos.sum());
  }

  /** How the last page was asked for; null before the first one. */
  public @Nullable String mode() {
    return mode;
  }

  /** How many rows the vendor said there are; null if it did not. */
  public @Nullable Long total() {
    return total;
  }
}
