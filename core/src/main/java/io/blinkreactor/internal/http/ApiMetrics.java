package io.blinkreactor.internal.http;

import io.blinkreactor.ApiException;
import io.blinkreactor.DeadlineException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.context.ContextView;

/**
 * What the transport tells Micrometer. Tags take few values: operations, outcomes and reasons,
 * never ids. Without a registry every method returns at once.
 */
public final class ApiMetrics {

  /**
   * Timer of calls, retries included, up to the answer or, if its elements are handed out as they
   * arrive, up to the first of them; tags {@code operation}, {@code outcome}.
   */
  public static final String CALLS = "blinkreactor.api.calls";

  /** Counter of retries; tags {@code operation}, {@code reason}. */
  public static final String RETRIES = "blinkreactor.api.retries";

  /** Timer of the time calls spent waiting at the gate after a 429; tag {@code operation}. */
  public static final String THROTTLED = "blinkreactor.api.throttled";

  /**
   * Observation of the same time as {@link #CALLS}; low-cardinality key values {@code operation},
   * {@code outcome}.
   */
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

  <T> Flux<T> call(String operation, Flux<T> call) {
    if (meters == null && observations.isNoop()) {
      return call;
    }
    return Flux.deferContextual(
        context -> {
          Measured measured = new Measured(operation, context);
          return call.contextWrite(ctx -> ctx.put(PARENT, measured.observation))
              .doOnNext(any -> measured.end("success"))
              .doOnComplete(() -> measured.end("success"))
              .doOnError(measured::fail)
              .doOnCancel(() -> measured.end("cancelled"));
        });
  }

  /** One call that is being measured, up to its first element, its end or its failure. */
  private final class Measured {

    private final String operation;
    private final Timer.@Nullable Sample sample;
    private final Observation observation;
    private final AtomicBoolean ended = new AtomicBoolean();

    Measured(String operation, ContextView context) {
      this.operation = operation;
      this.sample = meters == null ? null : Timer.start(meters);
      Observation started =
          Observation.createNotStarted(OBSERVATION, observations)
              .lowCardinalityKeyValue("operation", operation);
      if (context.getOrDefault(PARENT, null) instanceof Observation parent) {
        started.parentObservation(parent);
      }
      this.observation = started.start();
    }

    void fail(Throwable error) {
      if (!ended.get()) {
        observation.error(error);
        end(outcome(error));
      }
    }

    void end(String outcome) {
      if (!ended.compareAndSet(false, true)) {
        return;
      }
      observation.lowCardinalityKeyValue("outcome", outcome).stop();
      if (sample != null && meters != null) {
        sample.stop(meters.timer(CALLS, "operation", operation, "outcome", outcome));
      }
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
