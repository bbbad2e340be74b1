package io.blinkreactor.blinkops;

import io.blinkreactor.TransportException;
import io.blinkreactor.blinkops.OffsetPages.Position;
import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.PageCall;
import io.blinkreactor.internal.stream.PageSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Pages by offset. */
final class OffsetPages implements PageSource<Position, Execution> {

  /**
   * Where a page begins.
   *
   * @param rows how many rows come before it
   * @param pageBefore the page before it
   */
  record Position(int rows, List<Execution> pageBefore) {
    static final Position START = new Position(0, List.of());
  }

  private final BlinkOpsApi api;
  private final Rql query;
  private final int pageSize;

  OffsetPages(BlinkOpsApi api, Rql query, int pageSize) {
    this.api = api;
    this.query = query;
    this.pageSize = pageSize;
  }

  @Override
  public PageCall<Position, Execution> page(Position position) {
    return new Page(position);
  }

  /** A page arrives whole or not at all, and the transport has retried it. */
  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    return Mono.error(fault);
  }

  private final class Page implements PageCall<Position, Execution> {

    private final Position position;
    private List<Execution> executions = List.of();

    Page(Position position) {
      this.position = position;
    }

    @Override
    public Flux<Item<Position, Execution>> items() {
      return api.list(query.limit(pageSize).offset(position.rows))
          .flatMapIterable(page -> items(page.executions()));
    }

    private List<Item<Position, Execution>> items(List<Execution> arrived) {
      if (!arrived.isEmpty() && arrived.equals(position.pageBefore)) {
        throw new TransportException(
            "The page at offset " + position.rows + " is the same as the one before it.",
            true,
            "The server does not heed 'offset', so the list can't be read beyond its first page.",
            null);
      }
      executions = arrived;
      Position after = after();
      return arrived.stream().map(e -> new Item<>(e, after)).toList();
    }

    /**
     * By what arrived, not by what was asked for. Only an empty page is the end: totals can be
     * wrong, and a server may hand out less than asked for.
     */
    @Override
    public @Nullable Position next() {
      return executions.isEmpty() ? null : after();
    }

    private Position after() {
      return new Position(position.rows + executions.size(), executions);
    }
  }
}
