package io.blinkreactor.blinkops;

import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.PageCall;
import io.blinkreactor.internal.stream.PageSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Pages by offset; a position is how many rows come before it. */
final class OffsetPages implements PageSource<Integer, Execution> {

  private final BlinkOpsApi api;
  private final Rql query;
  private final int pageSize;

  OffsetPages(BlinkOpsApi api, Rql query, int pageSize) {
    this.api = api;
    this.query = query;
    this.pageSize = pageSize;
  }

  @Override
  public PageCall<Integer, Execution> page(Integer offset) {
    return new Page(offset);
  }

  /** A page arrives whole or not at all, and the transport has retried it. */
  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    return Mono.error(fault);
  }

  private final class Page implements PageCall<Integer, Execution> {

    private final int offset;
    private int rows;

    Page(int offset) {
      this.offset = offset;
    }

    @Override
    public Flux<Item<Integer, Execution>> items() {
      return api.list(query.limit(pageSize).offset(offset)).flatMapIterable(this::items);
    }

    private List<Item<Integer, Execution>> items(ExecutionPage page) {
      rows = page.executions().size();
      return page.executions().stream().map(e -> new Item<>(e, offset + rows)).toList();
    }

    /**
     * By what arrived, not by what was asked for. Only an empty page is the end: totals can be
     * wrong, and a server may hand out less than asked for.
     */
    @Override
    public @Nullable Integer next() {
      return rows == 0 ? null : offset + rows;
    }
  }
}
