package io.blinkreactor.callback;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the server tells Micrometer; nothing without a registry. */
final class CallbackMetrics {

  /** Counter of requests; tag {@code result}. */
  static final String CALLBACKS = "blinkreactor.callbacks";

  /** Gauge of open connections; tag {@code port}: an application may have two servers. */
  static final String CONNECTIONS = "blinkreactor.callback.connections";

  /**
   * Observation of requests with a seal that fits, from there to the answer; key value {@code
   * result}. Others are not observed, since they must cost next to nothing.
   */
  static final String OBSERVATION = "blinkreactor.callback";

  /** What became of a request, and how it is answered. */
  enum Result {
    ACCEPTED(202),
    DUPLICATE(200),
    ORPHAN(202),
    REJECTED(404),
    /** Like a ticket of ours, but of a key that is not in the ring (any more). */
    UNKNOWN_KEY(404),
    /** A ticket of ours with nothing where its seal should be. */
    UNSEALED(404),
    /** A ticket of ours with a body, where its seal may be, that is too long or did not come. */
    UNREAD(404),
    MALFORMED(400),
    OVERSIZE(413),
    TIMEOUT(408),
    ABORTED(400),
    FAILED(503),
    DRAINING(503);

    private final int status;

    Result(int status) {
      this.status = status;
    }

    int status() {
      return status;
    }

    private String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final @Nullable MeterRegistry meters;
  private final ObservationRegistry observations;

  CallbackMetrics(@Nullable MeterRegistry meters, @Nullable ObservationRegistry observations) {
    this.meters = meters;
    this.observations = observations == null ? ObservationRegistry.NOOP : observations;
  }

  Observation observe() {
    return Observation.start(OBSERVATION, observations);
  }

  void end(Observation observation, Result result) {
    observation.lowCardinalityKeyValue("result", result.tag()).stop();
  }

  void count(Result result) {
    if (meters != null) {
      meters.counter(CALLBACKS, "result", result.tag()).increment();
    }
  }

  /** Shows the connections until it is run. */
  Runnable watch(Connections connections, int port) {
    if (meters == null) {
      return () -> {};
    }
    MeterRegistry registry = meters;
    Gauge gauge =
        Gauge.builder(CONNECTIONS, connections, Connections::open)
            .tag("port", String.valueOf(port))
            .register(registry);
    return () -> registry.remove(gauge);
  }
}
