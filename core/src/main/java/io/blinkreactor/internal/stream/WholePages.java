package io.blinkreactor.internal.stream;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.stream.Page;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** The pages of a walk, each as one element. */
final class WholePages<T> implements PageSource<Position, Page<T>> {

  private final Walk<T> walk;
  private final String fingerprint;

  WholePages(Walk<T> walk, String fingerprint) {
    this.walk = walk;
    this.fingerprint = fingerprint;
  }

  @Override
  public PageCall<Position, Page<T>> page(Position position) {
    return new Whole(position);
  }

  /** No part of a page has been handed on, so it was asked for again already. */
  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    return Mono.error(fault);
  }

  private final class Whole implements PageCall<Position, Page<T>> {

    private final Position position;
    private @Nullable Fetching<T> fetching;

    Whole(Position position) {
      this.position = position;
    }

    @Override
    public Flux<Item<Position, Page<T>>> items() {
      return Mono.defer(
              () -> {
                Fetching<T> now = walk.fetching(position);
                fetching = now;
                return now.items().collectList();
              })
          .retryWhen(Retry.from(f -> f.concatMap(s -> askAgainAfter(s.failure()))))
          .filter(items -> !items.isEmpty())
          .map(this::page)
          .flux();
    }

    /** Before its first row a page has been retried by itself. */
    private Mono<Integer> askAgainAfter(Throwable fault) {
      Fetching<T> broken = fetching;
      return broken == null || !broken.hasBegun()
          ? Mono.error(fault)
          : walk.askAgainAfter(fault).thenReturn(0);
    }

    private Item<Position, Page<T>> page(List<Item<Position, T>> items) {
      Position after = items.get(items.size() - 1).after();
      return new Item<>(
          new Page<>(
              items.stream().map(Item::value).toList(),
              Checkpoints.of(after, fingerprint),
              fetched().mode(),
              fetched().total()),
          after);
    }

    @Override
    public @Nullable Position next() {
      return fetched().next();
    }

    private Fetching<T> fetched() {
      return requireNonNull(fetching);
    }
  }
}
