package io.blinkreactor.internal.stream;

import reactor.core.publisher.Mono;

/**
 * Where pages come from.
 *
 * @param <P> positions
 * @param <T> elements
 */
public interface PageSource<P, T> {

  /** Begins to fetch the page at a position. Nothing is sent before its items are subscribed. */
  PageCall<P, T> page(P position);

  /**
   * Asked when a page broke off after some of its elements had been handed on: completes when the
   * stream may ask again from the last of them, or fails with the error that is to end the stream.
   */
  Mono<Void> goOnAfter(Throwable fault);
}
