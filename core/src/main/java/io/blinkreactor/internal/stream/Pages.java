package io.blinkreactor.internal.stream;

import reactor.core.publisher.Flux;

/** Where the vendors' rooms get their streams from. */
public final class Pages {

  private Pages() {}

  /**
   * The elements of all pages from a position on, fetched by demand.
   *
   * @param lookAhead how many pages beyond the one that is being handed out may be fetched
   */
  public static <P, T> Flux<Item<P, T>> read(PageSource<P, T> source, P first, int lookAhead) {
    return new PagedFlux<>(source, first, lookAhead);
  }
}
