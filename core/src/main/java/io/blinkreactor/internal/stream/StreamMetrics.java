package io.blinkreactor.internal.stream;

import io.blinkreactor.internal.Tally;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the streams tell Micrometer. Without a registry every method returns at once. */
public final class StreamMetrics {

  /** Counter of pages that arrived; tags {@code operation}, {@code mode}. */
  public static final String PAGES = "blinkreactor.stream.pages";

  /**
   * Counter of rows that arrived again and were dropped; tags {@code operation}, {@code mode}. The
   * only sign from outside that rows come and go.
   */
  public static final String REPEATED = "blinkreactor.stream.repeated";

  /** Counter of pages that were refused and asked for in another way; tag {@code operation}. */
  public static final String REFUSED = "blinkreactor.stream.refused";

  private final @Nullable MeterRegistry meters;
  private final @Nullable Tally tally;

  /** Metrics that go to the registry, if there is one. */
  public StreamMetrics(@Nullable MeterRegistry meters) {
    this(meters, null);
  }

  /**
   * Metrics that go to the registry, if there is one, and are counted for one reading beside it.
   */
  public StreamMetrics(@Nullable MeterRegistry meters, @Nullable Tally tally) {
    this.meters = meters;
    this.tally = tally;
  }

  void page(String operation, Rung rung, long repeated, @Nullable Long total) {
    String mode = rung.mode().name().toLowerCase(Locale.ROOT);
    if (tally != null) {
      tally.page(mode, repeated, total);
    }
    if (meters != null) {
      meters.counter(PAGES, "operation", operation, "mode", mode).increment();
      meters.counter(REPEATED, "operation", operation, "mode", mode).increment((double) repeated);
    }
  }

  void refused(String operation) {
    if (meters != null) {
      meters.counter(REFUSED, "operation", operation).increment();
    }
  }
}
