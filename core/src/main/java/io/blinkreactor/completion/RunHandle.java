package io.blinkreactor.completion;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A run that was started, or may have been, and has not been seen to end. Safe for use by many
 * threads.
 *
 * @param <T> the vendor's type of execution
 */
public interface RunHandle<T> {

  /** {@return our own id of the run, which the callback carries} */
  String correlationId();

  /**
   * {@return the vendor's id of the run; null as long as the request to start it broke after it was
   * sent, and the run has not been found at the vendor}
   */
  @Nullable String executionId();

  /**
   * Waits for the end of the run. May be subscribed any number of times, at any time, also after
   * the end; all subscribers see the same result.
   *
   * <p><b>Demand</b>: none needed for waiting; the run is watched from its start, subscribed or
   * not.
   *
   * <p><b>Order</b>: one value at most, on a worker thread that may be blocked.
   *
   * <p><b>Retry</b>: reads of the execution that fail are repeated until the deadline.
   *
   * <p><b>Errors</b>: {@link io.blinkreactor.DeadlineException} if the run had not ended, or could
   * not be read, by the deadline; {@link io.blinkreactor.RunException} if it is not known whether
   * it was started, or if the vendor has forgotten it. A run that failed is no error but a value,
   * see {@link Completion#orThrow}.
   *
   * <p><b>Cancel</b>: only stops waiting; the run goes on at the vendor. When the last subscriber
   * cancels, everything held in memory for the run is freed; subscribing again then looks at once
   * and goes on waiting. What a {@link PendingStore} holds stays there.
   *
   * @return the end of the run
   */
  Mono<Completion<T>> completion();

  /**
   * The states that the run is seen in, as it is looked at anyway; no look is made for this. So
   * states between two looks are not seen, and often there is only the last one.
   *
   * <p><b>Demand</b>: what is not asked for is dropped.
   *
   * <p><b>Order</b>: in the order seen, each state once, the last one seen first; on a worker
   * thread that may be blocked. Completes when the run has ended.
   *
   * <p><b>Retry</b>: as {@link #completion}.
   *
   * <p><b>Errors</b>: as {@link #completion}.
   *
   * <p><b>Cancel</b>: as {@link #completion}; who watches waits, too.
   *
   * @return the states
   */
  Flux<Observation> watch();

  /**
   * Asks the vendor to cancel the run. That it has been cancelled shows in {@link #completion}, as
   * the final state it then has.
   *
   * <p><b>Errors</b>: those of the vendor's API; {@link IllegalStateException} as long as {@link
   * #executionId} is null.
   *
   * @return completes when the vendor has taken the request
   */
  Mono<Void> cancel();
}
