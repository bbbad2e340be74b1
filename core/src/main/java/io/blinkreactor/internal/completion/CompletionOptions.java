package io.blinkreactor.internal.completion;

import java.time.Duration;

/**
 * How runs are awaited.
 *
 * @param timeout from registration to giving up
 * @param reconcileAfter from the start to the first look of our own; later ones double up to {@link
 *     #MAX_INTERVAL}
 */
public record CompletionOptions(Duration timeout, Duration reconcileAfter) {

  /** The longest pause between two looks of our own. */
  static final Duration MAX_INTERVAL = Duration.ofMinutes(5);

  /** The pause before each look that follows a callback when the API does not show the end yet. */
  private static final Duration FIRST_LAG = Duration.ofMillis(250);

  /** 0.25, 0.5, 1, 2, 4 s. */
  Duration lag(int look) {
    return FIRST_LAG.multipliedBy(1L << (look - 1));
  }

  /** The pause before a look of our own, without jitter. */
  Duration interval(int looksSoFar) {
    Duration longest = MAX_INTERVAL.compareTo(reconcileAfter) < 0 ? reconcileAfter : MAX_INTERVAL;
    Duration doubled = reconcileAfter.multipliedBy(1L << Math.min(looksSoFar, 20));
    return doubled.compareTo(longest) < 0 ? doubled : longest;
  }
}
