package io.blinkreactor.internal.stream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Pages of the numbers from 0 on; a position is the number that comes next. Counts what is asked of
 * it.
 */
final class NumberedPages implements PageSource<Integer, Integer> {

  final AtomicInteger pages = new AtomicInteger();
  final AtomicInteger resumed = new AtomicInteger();
  final AtomicInteger cancelled = new AtomicInteger();

  private final int total;
  private final int pageSize;
  private UnaryOperator<Flux<Item<Integer, Integer>>> shape = UnaryOperator.identity();

  NumberedPages(int total, int pageSize) {
    this.total = total;
    this.pageSize = pageSize;
  }

  /** Changes how a page's elements arrive: on another thread, with a fault. */
  NumberedPages shaped(UnaryOperator<Flux<Item<Integer, Integer>>> newShape) {
    this.shape = newShape;
    return this;
  }

  @Override
  public PageCall<Integer, Integer> page(Integer position) {
    int end = Math.min(total, (position / pageSize + 1) * pageSize);
    return new PageCall<>() {
      @Override
      public Flux<Item<Integer, Integer>> items() {
        return Flux.defer(
            () -> {
              pages.incrementAndGet();
              return shape
                  .apply(Flux.range(position, end - position).map(n -> new Item<>(n, n + 1)))
                  .doOnCancel(cancelled::incrementAndGet);
            });
      }

      @Override
      public @Nullable Integer next() {
        return end >= total ? null : end;
      }
    };
  }

  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    return fault instanceof Fatal ? Mono.error(fault) : Mono.fromRunnable(resumed::incrementAndGet);
  }

  Flux<Integer> numbers(int lookAhead) {
    return new PagedFlux<>(this, 0, lookAhead).map(Item::value);
  }

  /** A fault after which the stream is not to go on. */
  static final class Fatal extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
