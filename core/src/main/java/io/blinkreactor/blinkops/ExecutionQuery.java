package io.blinkreactor.blinkops;

import static io.blinkreactor.internal.OptionChecks.executionTime;
import static io.blinkreactor.internal.OptionChecks.positive;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.export.Export;
import io.blinkreactor.internal.export.ExportSource;
import io.blinkreactor.internal.export.ListExport;
import io.blinkreactor.internal.stream.Direction;
import io.blinkreactor.internal.stream.ListStream;
import io.blinkreactor.internal.stream.StreamMetrics;
import io.blinkreactor.internal.stream.StreamOptions;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.Page;
import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A list of executions that is read when subscribed. Immutable and safe for use by many threads:
 * every method that sets something answers another list.
 *
 * <p>The vendor keeps about 100 executions of each workflow for 30 days, so a list is not a full
 * ledger.
 *
 * <p>How the pages are asked for is found out by the first page itself ({@link PagingMode}): what
 * the server refuses in known words is remembered by the client, and the next best way is taken.
 */
public final class ExecutionQuery {

  private final BlinkOpsApi api;
  private final Rql query;
  private final StreamOptions options;

  ExecutionQuery(BlinkOpsApi api, Rql query, StreamOptions options) {
    this.api = api;
    this.query = query;
    this.options = options;
  }

  private ExecutionQuery with(StreamOptions other) {
    return new ExecutionQuery(api, query, other);
  }

  /**
   * Sets how many executions a stream asks for at a time.
   *
   * @param rows 1 to 1000; 100 by default, since the documented bound of 1000 is in doubt. If the
   *     server names a smaller bound, that is kept to.
   * @return the list with that page size
   */
  public ExecutionQuery pageSize(int rows) {
    return with(options.pageSize(within("pageSize", rows, 1, 1000)));
  }

  /**
   * Sets how many pages beyond the one that is being handed out a stream may fetch and hold. More
   * is faster over a slow network, at the price of memory and of pages that nobody asked for.
   *
   * @param pages 0 to 16; 0 by default
   * @return the list with that look-ahead
   */
  public ExecutionQuery lookAhead(int pages) {
    return with(options.lookAhead(within("lookAhead", pages, 0, 16)));
  }

  /**
   * Reads from the past to now. Executions that are created after the start, or less than the
   * {@link #lag} before it, are left out, so that the stream ends.
   *
   * @return the list, oldest first
   */
  public ExecutionQuery oldestFirst() {
    return with(options.direction(Direction.OLDEST_FIRST));
  }

  /**
   * Reads from now to the past, which is the default. Executions that are created after the first
   * page was asked for are left out.
   *
   * @return the list, newest first
   */
  public ExecutionQuery newestFirst() {
    return with(options.direction(Direction.NEWEST_FIRST));
  }

  /**
   * Sets how long an execution may take to appear in the list, clocks that differ included.
   *
   * @param lag 2 s by default
   * @return the list with that lag
   */
  public ExecutionQuery lag(Duration lag) {
    return with(options.lag(positive("lag", requireNonNull(lag, "lag"))));
  }

  /**
   * Allows one way of paging only. A stream fails if the server does not allow it. {@link
   * PagingMode#OFFSET} also allows a query with an order of its own.
   *
   * @param mode the way; {@link PagingMode#CURSOR} is none of BlinkOps'
   * @return the list, read that way
   */
  public ExecutionQuery paging(PagingMode mode) {
    if (requireNonNull(mode, "mode") == PagingMode.CURSOR) {
      throw new IllegalArgumentException("BlinkOps has no cursors: choose KEYSET, TIME or OFFSET.");
    }
    return with(options.forced(mode));
  }

  /**
   * Reads several slices of time at once. The order stays, and so does the place of an error; two
   * short calls more find the ends of the list. Not strict about demand: up to {@code slices} pages
   * are fetched and held before they are asked for. If the server does not filter by time, the list
   * is read as one slice, with a warning in the log.
   *
   * @param slices how many at once, 1 to 16; 1, the default, reads one page after the other
   * @return the list with that many slices
   */
  public ExecutionQuery parallel(int slices) {
    return with(options.parallel(within("parallel", slices, 1, 16)));
  }

  /**
   * Goes on from a checkpoint of the same query and order.
   *
   * @param checkpoint the place after the last element that was dealt with
   * @return the list from there on
   */
  public ExecutionQuery from(Checkpoint checkpoint) {
    return with(options.resume(requireNonNull(checkpoint, "checkpoint").text()));
  }

  /**
   * Reads one page, with the query's own limit, offset and order.
   *
   * @return the page; errors as in {@link Executions}
   */
  public Mono<ExecutionPage> page() {
    return api.list(query);
  }

  /**
   * Reads all executions.
   *
   * <p><b>Demand</b>: no page is fetched before the first {@code request}, and the next one only
   * when the last does not cover what is asked for, but for the pages of {@link #lookAhead} and
   * {@link #parallel}. Executions are handed on while their page arrives, so memory does not grow
   * with the page.
   *
   * <p><b>Order</b>: newest first by time of creation, or as set. Each execution that is there from
   * start to end comes once, whatever comes and goes meanwhile, within the limits of the {@link
   * PagingMode}. A server that does not sort as asked is an error.
   *
   * <p><b>Retry</b>: a page is retried by itself; if it breaks off, it is asked for again from the
   * last execution handed on. Nothing is repeated and nothing missed.
   *
   * <p><b>Errors</b>: {@link io.blinkreactor.StreamException} with the last checkpoint, after the
   * executions that arrived; its cause as in {@link Executions}.
   *
   * <p><b>Cancel</b>: cancels the call in flight.
   *
   * @return the executions
   * @throws IllegalArgumentException if the query has a limit or an offset (take {@code take(n)}
   *     and {@code skip(n)} for it), was given as JSON, or has an order of its own without {@link
   *     PagingMode#OFFSET}
   * @throws io.blinkreactor.stream.InvalidCheckpointException if the checkpoint belongs to another
   *     query
   */
  public Flux<Execution> items() {
    return stream().items();
  }

  /**
   * Reads all executions page by page.
   *
   * <p><b>Demand</b>: as many pages as are asked for, each held whole.
   *
   * <p><b>Order</b>, <b>Retry</b>, <b>Errors</b>, <b>Cancel</b>: as {@link #items()}; a page that
   * breaks off is asked for again whole.
   *
   * @return the pages, each with at least one execution; throws as {@link #items()}
   */
  public Flux<Page<Execution>> pages() {
    return stream().pages();
  }

  /**
   * Reads all executions, each with the checkpoint after it.
   *
   * <p><b>Demand</b>, <b>Order</b>, <b>Retry</b>, <b>Errors</b>, <b>Cancel</b>: as {@link
   * #items()}.
   *
   * @return the executions and checkpoints; throws as {@link #items()}
   */
  public Flux<Checkpointed<Execution>> checkpointed() {
    return stream().checkpointed();
  }

  /**
   * Follows the list: executions that are created from a time on, and no end. Goes on from the
   * checkpoint, if one is set.
   *
   * <p><b>Demand</b>: asks only while executions are asked for and none is here; at the end of the
   * list once in every pause.
   *
   * <p><b>Order</b>: oldest first, each once. An execution is handed on once it is older than the
   * {@link #lag}; one that takes longer to appear in the vendor's list is missed.
   *
   * <p><b>Retry</b>, <b>Errors</b>, <b>Cancel</b>: as {@link #items()}. Fails if the server does
   * not filter by time of creation.
   *
   * @param since the time, if no checkpoint is set
   * @param pause how long to wait between two looks
   * @return the executions and checkpoints, without end; throws as {@link #items()}
   */
  public Flux<Checkpointed<Execution>> followCreated(Instant since, Duration pause) {
    return follow(ExecutionListing.byCreation(api, streamed()), since, pause);
  }

  /**
   * Follows the executions that finish from a time on, as {@link #followCreated} does those that
   * are created; ordered by the time they finished.
   *
   * <p><b>Demand</b>, <b>Order</b>, <b>Retry</b>, <b>Errors</b>, <b>Cancel</b>: as {@link
   * #followCreated}, by {@code finished_at}. That it is set once and never changed is an
   * assumption.
   *
   * @param since the time, if no checkpoint is set
   * @param pause how long to wait between two looks
   * @return the executions and checkpoints, without end; throws as {@link #items()}
   */
  public Flux<Checkpointed<Execution>> followFinished(Instant since, Duration pause) {
    return follow(ExecutionListing.byEnd(api, streamed()), since, pause);
  }

  private Flux<Checkpointed<Execution>> follow(
      ExecutionListing<Execution> listing, Instant since, Duration pause) {
    executionTime("since", since);
    positive("pause", requireNonNull(pause, "pause"));
    if (options.forced() == PagingMode.OFFSET) {
      throw new IllegalArgumentException(
          "A list can't be followed by offset: choose KEYSET or TIME, or leave paging(...) out.");
    }
    if (!query.sort().isEmpty()) {
      throw new IllegalArgumentException(
          "A list is followed in the order of time: leave 'sort' out of the query.");
    }
    return stream(listing, options.direction(Direction.OLDEST_FIRST)).follow(since, pause);
  }

  /**
   * Writes all executions down, oldest first, into files or a stream. Of this list's options the
   * page size, the look-ahead and the way of paging count.
   *
   * @return the export, to be given its target
   * @throws IllegalArgumentException as {@link #items()}, and if the query has an order, a
   *     selection of members, a checkpoint or slices of its own
   */
  public Export export() {
    Rql streamed = streamed();
    if (!query.sort().isEmpty()) {
      throw new IllegalArgumentException(
          "An export is in the order of time: leave 'sort' out of the query.");
    }
    if (query.hasSelection()) {
      throw new IllegalArgumentException(
          "An export has each execution whole: leave 'select' out of the query.");
    }
    if (options.resume() != null || options.parallel() != 1) {
      throw new IllegalArgumentException(
          "An export keeps its own checkpoints and slices: leave from(...) and parallel(...) out, and use resume() and slices(...) of the export.");
    }
    return new ListExport(
        new ExportSource(
            ExecutionListing.rows(api, streamed),
            ExecutionColumns.LIST,
            ExecutionColumns.KEYS,
            options.direction(Direction.OLDEST_FIRST),
            api.serverMemory(),
            api.meters(),
            api.time()));
  }

  private ListStream<Execution> stream() {
    Rql streamed = streamed();
    Direction sorted = direction(query.sort());
    if (query.sort().isEmpty() || sorted != null) {
      return stream(
          ExecutionListing.byCreation(api, streamed),
          sorted == null ? options : options.direction(sorted));
    }
    if (options.forced() != PagingMode.OFFSET) {
      throw new IllegalArgumentException(
          "A stream is sorted by created_at; for an order of your own, which is exact only while no row changes its place in it, call paging(PagingMode.OFFSET).");
    }
    return stream(ExecutionListing.inOwnOrder(api, streamed), options);
  }

  private ListStream<Execution> stream(ExecutionListing<Execution> listing, StreamOptions how) {
    return new ListStream<>(
        listing, how, api.serverMemory(), new StreamMetrics(api.meters()), api.time());
  }

  private Rql streamed() {
    if (query.isRaw()) {
      throw new IllegalArgumentException(
          "A stream adds to the query what it needs for its pages, so it can't be given whole as JSON: give the filter alone with Rql.filterJson, or read one page with page().");
    }
    if (query.hasLimitOrOffset()) {
      throw new IllegalArgumentException(
          "A stream sets limit and offset itself: leave them out of the query and use take(n) or skip(n), or read one page with page().");
    }
    return query;
  }

  /** The direction, if the order is one of creation. */
  private static @Nullable Direction direction(List<String> sort) {
    List<String> members = sort.stream().map(s -> s.replaceFirst("^\\+", "")).toList();
    if (members.equals(List.of("created_at")) || members.equals(List.of("created_at", "id"))) {
      return Direction.OLDEST_FIRST;
    }
    return members.equals(List.of("-created_at")) || members.equals(List.of("-created_at", "-id"))
        ? Direction.NEWEST_FIRST
        : null;
  }
}
