package io.blinkreactor.callback;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;

/**
 * The part that needs Micrometer's registry for Prometheus, which may be missing: to be touched
 * only if {@link ManagementServer#hasPrometheus}, as the class can't even be loaded without.
 */
final class PrometheusPage {

  private PrometheusPage() {}

  static MeterRegistry newRegistry() {
    return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  }

  /** The text, or null if no registry is one of Prometheus. */
  static @Nullable String scrape(@Nullable MeterRegistry registry) {
    if (registry instanceof PrometheusMeterRegistry prometheus) {
      return prometheus.scrape();
    }
    if (registry instanceof CompositeMeterRegistry composite) {
      for (MeterRegistry part : composite.getRegistries()) {
        String text = scrape(part);
        if (text != null) {
          return text;
        }
      }
    }
    return null;
  }
}
