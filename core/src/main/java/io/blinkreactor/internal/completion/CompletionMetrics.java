package io.blinkreactor.internal.completion;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the engine tells Micrometer; nothing without a registry. Tags take few values. */
final class CompletionMetrics {

  /** Timer of runs from registration to known end; tags {@code source}, {@code outcome}. */
  static final String COMPLETIONS = "blinkreactor.completions";

  /** Counter of looks; tag {@code reason}. */
  static final String VERIFICATIONS = "blinkreactor.verifications";

  /** Gauge of the share of the last runs that ended by callback, or NaN; tag {@code scope}. */
  static final String CALLBACK_SHARE = "blinkreactor.callback.share";

  private final @Nullable MeterRegistry meters;
  private final @Nullable Gauge share;

  CompletionMetrics(@Nullable MeterRegistry meters, String scope, PathHealth path) {
    this.meters = meters;
    this.share =
        meters == null
            ? null
            : Gauge.builder(CALLBACK_SHARE, path, PathHealth::shareOrNan)
                .tag("scope", scope)
                .register(meters);
  }

  void close() {
    if (meters != null && share != null) {
      meters.remove(share);
    }
  }

  void completed(String source, String outcome, Duration elapsed) {
    if (meters != null) {
      meters.timer(COMPLETIONS, "source", source, "outcome", outcome).record(elapsed);
    }
  }

  void look(Reason reason) {
    if (meters != null) {
      meters.counter(VERIFICATIONS, "reason", reason.tag()).increment();
    }
  }
}
