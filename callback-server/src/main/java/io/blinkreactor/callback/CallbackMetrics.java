package io.blinkreactor.callback;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the server tells Micrometer; nothing without a registry. */
final class CallbackMetrics {

  /** Counter of requests; tag {@code result}. */
  static final String CALLBACKS = "blinkreactor.callbacks";

  /** What became of a request. */
  enum Result {
    ACCEPTED,
    DUPLICATE,
    ORPHAN,
    REJECTED,
    OVERSIZE,
    TIMEOUT,
    FAILED
  }

  private final @Nullable MeterRegistry meters;

  CallbackMetrics(@Nullable MeterRegistry meters) {
    this.meters = meters;
  }

  void count(Result result) {
    if (meters != null) {
      meters.counter(CALLBACKS, "result", result.name().toLowerCase(Locale.ROOT)).increment();
    }
  }
}
