package io.blinkreactor.blinkops;

import static io.blinkreactor.internal.OptionChecks.within;

import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.Pages;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A list of executions that is read when subscribed. Immutable and safe for use by many threads.
 *
 * <p>The vendor keeps about 100 executions of each workflow for 30 days, so a list is not a full
 * ledger.
 */
public final class ExecutionQuery {

  static final int DEFAULT_PAGE_SIZE = 100;

  private final BlinkOpsApi api;
  private final Rql query;
  private final int pageSize;
  private final int lookAhead;

  ExecutionQuery(BlinkOpsApi api, Rql query, int pageSize, int lookAhead) {
    this.api = api;
    this.query = query;
    this.pageSize = pageSize;
    this.lookAhead = lookAhead;
  }

  /**
   * Sets how many executions {@link #items()} asks for at a time.
   *
   * @param rows 1 to 1000; 100 by default, since the documented bound of 1000 is in doubt
   * @return the list with that page size
   */
  public ExecutionQuery pageSize(int rows) {
    return new ExecutionQuery(api, query, within("pageSize", rows, 1, 1000), lookAhead);
  }

  /**
   * Sets how many pages beyond the one that is being handed out {@link #items()} may fetch and
   * hold. More is faster over a slow network, at the price of memory and of pages that nobody asked
   * for.
   *
   * @param pages 0 to 16; 0 by default
   * @return the list with that look-ahead
   */
  public ExecutionQuery lookAhead(int pages) {
    return new ExecutionQuery(api, query, pageSize, within("lookAhead", pages, 0, 16));
  }

  /**
   * Reads one page, with the query's own limit and offset.
   *
   * @return the page; errors as in {@link Executions}
   */
  public Mono<ExecutionPage> page() {
    return api.list(query);
  }

  /**
   * Reads all pages one after the other, by offset.
   *
   * <p><b>Demand</b>: no page is fetched before the first {@code request}, and the next one only
   * when the last does not cover what is asked for, but for the pages of {@link #lookAhead}.
   *
   * <p><b>Order</b>: as the query sorts; newest first ({@code -created_at, -id}) if it does not. A
   * query that sorts by a field with equal values should name {@code id} last, or rows may be
   * repeated and missed at the edges of pages.
   *
   * <p><b>Retry</b>: each page is retried by itself; no element is repeated by a retry. Rows that
   * come or go while pages are read can be repeated or missed.
   *
   * <p><b>Errors</b>: as in {@link Executions}, after the elements of the pages before.
   *
   * <p><b>Cancel</b>: cancels the call in flight.
   *
   * @return the executions
   * @throws IllegalArgumentException if the query has a limit or an offset, or was given as JSON:
   *     take {@code take(n)} and {@code skip(n)} for it
   */
  public Flux<Execution> items() {
    if (query.isRaw() || query.hasLimitOrOffset()) {
      throw new IllegalArgumentException(
          "items() sets limit and offset itself: leave them out of the query and use take(n) or skip(n), or read one page with page().");
    }
    Rql sorted = query.hasSort() ? query : query.sort("-created_at", "-id");
    return Pages.read(new OffsetPages(api, sorted, pageSize), OffsetPages.Position.START, lookAhead)
        .map(Item::value);
  }
}
