package io.blinkreactor.internal.http;

import io.blinkreactor.ApiException;
import io.blinkreactor.DeadlineException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * What the transport tells Micrometer. Tags take few values: operations, outcomes and reasons,
 * never ids. Without a registry every method returns at once.
 */
public final class ApiMetrics {

  /** Timer of whole calls, retries included; tags {@code operation}, {@code outcome}. */
  public static final String CALLS = "blinkreactor.api.calls";

  /** Counter of retries; tags {@code operation}, {@code reason}. */
  public static final String RETRIES = "blinkreactor.api.retries";

  /** Timer of the time calls spent waiting at the gate after a 429; tag {@code operation}. */
  public static final String THROTTLED = "blinkreactor.api.throttled";

  /** Observation of whole calls; low-cardinality key values {@code operation}, {@code outcome}. */
  public static final String OBSERVATION = "blinkreactor.api.call";

  /**
   * Where a tracing bridge puts the current observation into a Reactor context (Micrometer's {@code
   * ObservationThreadLocalAccessor.KEY}).
   */
  private static final String PARENT = "micrometer.observation";

  private final @Nullable MeterRegistry meters;
  private final ObservationRegistry observations;

  /** Metrics that go to the registries that are there. */
  public ApiMetrics(@Nullable MeterRegistry meters, @Nullable ObservationRegistry observations) {
    this.meters = meters;
    this.observations = observations == null ? ObservationRegistry.NOOP : observations;
  }

  <T> Mono<T> call(String operation, Mono<T> call) {
    if (meters == null && observations.isNoop()) {
      return call;
    }
    return Mono.deferContextual(
        context -> {
          Timer.Sample sample = meters == null ? null : Timer.start(meters);
          Observation observation = observation(operation, context);
          return call.contextWrite(ctx -> ctx.put(PARENT, observation))
              .doOnSuccess(any -> end(operation, "success", sample, observation))
              .doOnError(
                  error -> {
                    observation.error(error);
                    end(operation, outcome(error), sample, observation);
                  })
              .doOnCancel(() -> end(operation, "cancelled", sample, observation));
        });
  }

  private Observation observation(String operation, ContextView context) {
    Observation observation =
        Observation.createNotStarted(OBSERVATION, observations)
            .lowCardinalityKeyValue("operation", operation);
    if (context.getOrDefault(PARENT, null) instanceof Observation parent) {
      observation.parentObservation(parent);
    }
    return observation.start();
  }

  private void end(
      String operation, String outcome, Timer.@Nullable Sample sample, Observation observation) {
    observation.lowCardinalityKeyValue("outcome", outcome).stop();
    if (sample != null && meters != null) {
      sample.stop(meters.timer(CALLS, "operation", operation, "outcome", outcome));
    }
  }

  void retry(String operation, Throwable reason) {
    if (meters != null) {
      meters.counter(RETRIES, "operation", operation, "reason", outcome(reason)).increment();
    }
  }

  void throttled(String operation, Duration waited) {
    if (meters != null && !waited.isZero()) {
      meters.timer(THROTTLED, "operation", operation).record(waited);
    }
  }

  private static String outcome(Throwable error) {
    if (error instanceof ApiException api) {
      return Integer.toString(api.status());
    }
    return error instanceof DeadlineException ? "timeout" : "network";
  }
}
