package io.blinkreactor.internal.completion;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the engine tells Micrometer; nothing without a registry. Tags take few values. */
final class CompletionMetrics {

  /** Timer of runs from registration to known end; tags {@code source}, {@code outcome}. */
  static final String COMPLETIONS = "blinkreactor.completions";

  /** Counter of looks; tag {@code reason}. */
  static final String VERIFICATIONS = "blinkreactor.verifications";

  private final @Nullable MeterRegistry meters;

  CompletionMetrics(@Nullable MeterRegistry meters) {
    this.meters = meters;
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
