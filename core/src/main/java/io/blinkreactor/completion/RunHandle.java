package io.blinkreactor.completion;

import reactor.core.publisher.Mono;

/**
 * A run that was started and has not been seen to end. Safe for use by many threads.
 *
 * @param <T> the vendor's type of execution
 */
public interface RunHandle<T> {

  /** {@return our own id of the run, which the callback carries} */
  String correlationId();

  /** {@return the vendor's id of the run} */
  String executionId();

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
   * not be read, by the deadline. A run that failed is no error but a value.
   *
   * <p><b>Cancel</b>: only stops waiting; the run goes on at the vendor. When the last subscriber
   * cancels, everything held for the run is freed; subscribing again then looks at once and goes on
   * waiting.
   *
   * @return the end of the run
   */
  Mono<Completion<T>> completion();
}
