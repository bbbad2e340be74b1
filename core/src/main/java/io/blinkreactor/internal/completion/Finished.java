package io.blinkreactor.internal.completion;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The ids of runs that ended last, so that a late callback is told apart from one of a run that was
 * never ours to await.
 */
final class Finished {

  /** About 1 MB. */
  static final int KEPT = 10_000;

  private final Map<String, Boolean> ids =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > KEPT;
        }
      };

  synchronized void add(String correlationId) {
    ids.put(correlationId, Boolean.TRUE);
  }

  synchronized boolean contains(String correlationId) {
    return ids.containsKey(correlationId);
  }
}
