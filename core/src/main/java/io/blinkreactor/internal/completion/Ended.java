package io.blinkreactor.internal.completion;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The runs that ended last: so that a late callback is told apart from one of a run that was never
 * ours to await, and so that their executions are not taken for a run that is searched for.
 */
final class Ended {

  /** About 2 MB. */
  static final int KEPT = 10_000;

  /** Execution ids, empty if not known, by correlation id. */
  private final Map<String, String> runs = Newest.added(KEPT);

  synchronized void add(String correlationId, @Nullable String executionId) {
    runs.put(correlationId, executionId == null ? "" : executionId);
  }

  synchronized boolean contains(String correlationId) {
    return runs.containsKey(correlationId);
  }

  synchronized boolean owns(String executionId) {
    return runs.containsValue(executionId);
  }
}
