package io.blinkreactor.internal.completion;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long the last runs of each target took, so that a look of our own comes when it is worth it.
 */
final class Durations {

  /** Runs of one target that are remembered. */
  static final int KEPT = 64;

  /** Fewer say nothing. */
  static final int ENOUGH = 5;

  private static final int TARGETS = 1_000;

  private static final class Ring {
    private final long[] nanos = new long[KEPT];
    private int count;
  }

  private final Map<String, Ring> rings = Newest.used(TARGETS);

  synchronized void took(String target, Duration duration) {
    Ring ring = rings.computeIfAbsent(target, t -> new Ring());
    ring.nanos[ring.count++ % KEPT] = duration.toNanos();
  }

  /** What 19 of 20 runs take at most, or null if too few have been seen. */
  synchronized @Nullable Duration p95(String target) {
    Ring ring = rings.get(target);
    if (ring == null || ring.count < ENOUGH) {
      return null;
    }
    long[] sorted = Arrays.copyOf(ring.nanos, Math.min(ring.count, KEPT));
    Arrays.sort(sorted);
    return Duration.ofNanos(sorted[(sorted.length * 95 - 1) / 100]);
  }
}
