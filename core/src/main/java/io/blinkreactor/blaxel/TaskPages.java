package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TransportException;
import io.blinkreactor.blaxel.TaskPages.Position;
import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.PageCall;
import io.blinkreactor.internal.stream.PageSource;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The tasks of one execution, page by page, by cursor. */
final class TaskPages implements PageSource<Position, JobTask> {

  /** The vendor's bound. */
  static final int PAGE_SIZE = 200;

  /**
   * Where a page begins.
   *
   * @param cursor the vendor's cursor; null for the first page
   * @param pages how many pages come before it
   * @param landmark the cursor of a page before it; it moves on at each power of two, so that a
   *     loop of any length comes by it
   */
  record Position(@Nullable String cursor, int pages, @Nullable String landmark) {
    static final Position START = new Position(null, 0, null);

    private Position next(String nextCursor) {
      if (nextCursor.equals(cursor) || nextCursor.equals(landmark)) {
        throw new TransportException(
            "The list of tasks leads back to a page that was read before, after "
                + (pages + 1)
                + " pages.",
            true,
            "The vendor's cursors go round in circles; try again later, and report it there.",
            null);
      }
      int after = pages + 1;
      return new Position(nextCursor, after, Integer.bitCount(after) == 1 ? nextCursor : landmark);
    }
  }

  private final BlaxelApi api;
  private final String job;
  private final String id;

  TaskPages(BlaxelApi api, String job, String id) {
    this.api = api;
    this.job = job;
    this.id = id;
  }

  @Override
  public PageCall<Position, JobTask> page(Position position) {
    return new Page(position);
  }

  /** A page arrives whole or not at all, and the transport has retried it. */
  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    return Mono.error(fault);
  }

  private final class Page implements PageCall<Position, JobTask> {

    private final Position position;
    private @Nullable JobTaskPage arrived;

    Page(Position position) {
      this.position = position;
    }

    @Override
    public Flux<Item<Position, JobTask>> items() {
      return api.tasks(job, id, PAGE_SIZE, position.cursor)
          .doOnNext(page -> arrived = page)
          .flatMapIterable(JobTaskPage::tasks)
          .map(task -> new Item<>(task, position));
    }

    /** By the cursor alone: a page may be empty, or not say {@code hasMore}, though more follow. */
    @Override
    public @Nullable Position next() {
      JobTaskPage page = requireNonNull(arrived);
      if (page.nextCursor() != null) {
        return position.next(page.nextCursor());
      }
      if (Boolean.TRUE.equals(page.hasMore())) {
        throw new TransportException(
            "The vendor says that more tasks follow, but not where.",
            true,
            "The list can't be read beyond this page.",
            null);
      }
      return null;
    }
  }
}
