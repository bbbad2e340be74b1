package io.blinkreactor.benchmarks;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Pages of numbers that are there at once, and a count of how many were fetched. */
final class CountedPages {

  private final int pages;
  private final int pageSize;
  private final int silentFrom;

  private int fetched;
  private boolean cancelled;
  private @Nullable CompletableFuture<Page> unanswered;

  private CountedPages(int pages, int pageSize, int silentFrom) {
    this.pages = pages;
    this.pageSize = pageSize;
    this.silentFrom = silentFrom;
  }

  static CountedPages of(int pages, int pageSize) {
    return new CountedPages(pages, pageSize, pages);
  }

  /** The same, but the pages from a number on are asked for and never answered. */
  CountedPages silentFrom(int page) {
    return new CountedPages(pages, pageSize, page);
  }

  /** Fetches a page when subscribed. */
  Mono<Page> mono(int number) {
    return Mono.defer(
        () -> {
          fetched++;
          return number < silentFrom
              ? Mono.just(page(number))
              : Mono.<Page>never().doOnCancel(() -> cancelled = true);
        });
  }

  /** Fetches a page. */
  CompletableFuture<Page> future(int number) {
    fetched++;
    if (number < silentFrom) {
      return CompletableFuture.completedFuture(page(number));
    }
    unanswered = new CompletableFuture<>();
    return unanswered;
  }

  private Page page(int number) {
    return new Page(
        IntStream.range(number * pageSize, (number + 1) * pageSize).boxed().toList(),
        number + 1 < pages ? number + 1 : null);
  }

  int fetched() {
    return fetched;
  }

  /** Whether the call that is never answered was cancelled. */
  boolean isCancelled() {
    return cancelled || (unanswered != null && unanswered.isCancelled());
  }

  /**
   * One page.
   *
   * @param items its numbers
   * @param next the number of the page after it, null if it is the last
   */
  record Page(List<Integer> items, @Nullable Integer next) {}
}
