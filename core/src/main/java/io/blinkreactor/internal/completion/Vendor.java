package io.blinkreactor.internal.completion;

import reactor.core.publisher.Mono;

/** What the engine needs from a vendor. */
@FunctionalInterface
public interface Vendor<T> {

  /** Looks at a run. */
  Mono<Look<T>> look(String executionId);
}
