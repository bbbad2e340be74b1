package io.blinkreactor.internal.stream;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What a server was found to lack, for one shape of query. Safe for use by many threads. */
final class Learned {

  private final Set<String> missing = ConcurrentHashMap.newKeySet();
  private volatile int limit = Integer.MAX_VALUE;

  private volatile boolean timesFit;

  Set<String> missing() {
    return Set.copyOf(missing);
  }

  void lacks(String feature) {
    missing.add(feature);
  }

  /** Whether a row came whose time is in the unit that we believe in. */
  boolean timesFit() {
    return timesFit;
  }

  void seenTimesThatFit() {
    timesFit = true;
  }

  int limit() {
    return limit;
  }

  void limit(int most) {
    limit = Math.min(limit, most);
  }
}
