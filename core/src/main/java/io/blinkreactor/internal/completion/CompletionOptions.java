package io.blinkreactor.internal.completion;

import java.time.Duration;

/**
 * How runs are awaited.
 *
 * @param timeout from registration to giving up
 * @param reconcileAfter from the start to the first look of our own, or later where runs are known
 *     to take longer; later ones double up to {@link #MAX_INTERVAL}
 * @param maxPending how many runs may be pending
 * @param looksPerSecond calls a second, on average, that are made without a callback
 */
public record CompletionOptions(
    Duration timeout, Duration reconcileAfter, int maxPending, int looksPerSecond) {

  /** Runs that may be pending, by default. */
  public static final int MAX_PENDING = 1_000_000;

  /** Calls a second without a callback, by default. */
  public static final int LOOKS_PER_SECOND = 10;

  /** The longest pause between two looks of our own. */
  static final Duration MAX_INTERVAL = Duration.ofMinutes(5);

  /** The pause before each look that follows a callback when the API does not show the end yet. */
  private static final Duration FIRST_LAG = Duration.ofMillis(250);

  /** Who sends the same callback again and again buys one look in that time. */
  static final Duration LONGEST_LAG = Duration.ofMinutes(1);

  /** The pause before the first search for a run whose start broke; a list may lag. */
  private static final Duration FIRST_SEARCH = Duration.ofSeconds(2);

  /** Options with the default bounds. */
  public CompletionOptions(Duration timeout, Duration reconcileAfter) {
    this(timeout, reconcileAfter, MAX_PENDING, LOOKS_PER_SECOND);
  }

  /** 0.25, 0.5, 1, 2, 4 s, and where further callbacks come 8 s and so on. */
  Duration lag(int look) {
    return doubled(FIRST_LAG, look - 1, LONGEST_LAG);
  }

  /** The pause before a search, without jitter: 2 s, 4 s and so on. */
  Duration search(int searchesSoFar) {
    return doubled(FIRST_SEARCH, searchesSoFar, MAX_INTERVAL);
  }

  /**
   * The pause before a look of our own, without jitter.
   *
   * @param first the pause before the first
   */
  Duration interval(Duration first, int looksSoFar) {
    Duration longest = MAX_INTERVAL.compareTo(reconcileAfter) < 0 ? reconcileAfter : MAX_INTERVAL;
    return looksSoFar == 0 ? first : doubled(reconcileAfter, looksSoFar, longest);
  }

  private static Duration doubled(Duration first, int times, Duration longest) {
    Duration doubled = first.multipliedBy(1L << Math.min(times, 20));
    return doubled.compareTo(longest) < 0 ? doubled : longest;
  }
}
