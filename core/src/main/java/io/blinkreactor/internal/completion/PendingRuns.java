package io.blinkreactor.internal.completion;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What the engines of one client share: the count of their pending runs, since a gauge of one name
 * and tags can be registered once only, and that they close with it.
 */
public final class PendingRuns {

  /** Gauge of runs that have been started and not seen to end; tag {@code vendor}. */
  static final String PENDING = "blinkreactor.runs.pending";

  private final AtomicInteger count = new AtomicInteger();
  private final Set<CompletionEngine<?>> engines = ConcurrentHashMap.newKeySet();

  /** A count that is shown in the registry, if there is one. */
  public PendingRuns(String vendor, @Nullable MeterRegistry meters) {
    if (meters != null) {
      Gauge.builder(PENDING, count, AtomicInteger::get)
          .tag("vendor", vendor)
          .strongReference(true)
          .register(meters);
    }
  }

  void add(int runs) {
    count.addAndGet(runs);
  }

  void join(CompletionEngine<?> engine) {
    engines.add(engine);
  }

  void leave(CompletionEngine<?> engine) {
    engines.remove(engine);
  }

  /** Closes the engines: without their client they could look at nothing any more. */
  public void close() {
    engines.forEach(CompletionEngine::close);
  }
}
