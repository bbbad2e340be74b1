package io.blinkreactor.completion;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Takes authenticated calls from a {@link CallbackReceiver}. */
@FunctionalInterface
public interface CallbackSink {

  /**
   * Takes one call. The receiver answers the vendor with success only after the {@code Mono} has
   * completed: from then on the signal can't be lost.
   *
   * @param correlationId our id of the run
   * @param payload what the call carried
   * @return what became of it; never blocks, and never waits for the run's end
   */
  Mono<CallbackReceipt> accept(String correlationId, UntrustedPayload payload);

  /** {@return how the runs behind it are doing, or null if it can't tell; never blocks} */
  default @Nullable RunsHealth health() {
    return null;
  }
}
