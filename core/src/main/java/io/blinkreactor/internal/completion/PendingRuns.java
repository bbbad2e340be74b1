package io.blinkreactor.internal.completion;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts the pending runs of all engines of one client. A gauge of one name and tags can be
 * registered once only, so the engines share it.
 */
public final class PendingRuns {

  /** Gauge of runs that have been started and not seen to end; tag {@code vendor}. */
  static final String PENDING = "blinkreactor.runs.pending";

  private final AtomicInteger count = new AtomicInteger();

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
}
