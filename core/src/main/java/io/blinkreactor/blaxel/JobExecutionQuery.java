package io.blinkreactor.blaxel;

import static io.blinkreactor.internal.OptionChecks.within;

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
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A job's executions, read when subscribed. Immutable and safe for use by many threads: every
 * method that sets something answers another list.
 *
 * <p>Under {@link Contract#AUTO} the contract is found out by the first page: an answer without
 * cursors is read on by offset, and never ends after its first page.
 */
public final class JobExecutionQuery {

  private final BlaxelApi api;
  private final String job;
  private final @Nullable String search;
  private final StreamOptions options;

  JobExecutionQuery(BlaxelApi api, String job, @Nullable String search, StreamOptions options) {
    this.api = api;
    this.job = job;
    this.search = search;
    this.options = options;
  }

  private JobExecutionQuery with(StreamOptions other) {
    return new JobExecutionQuery(api, job, search, other);
  }

  /**
   * Sets how many executions a stream asks for at a time.
   *
   * @param rows 1 to 100, the documented bounds; 100 by default
   * @return the list with that page size
   */
  public JobExecutionQuery pageSize(int rows) {
    return with(options.pageSize(within("pageSize", rows, 1, JobPageRequest.MAX_LIMIT)));
  }

  /**
   * Sets how many pages beyond the one that is being handed out a stream may fetch and hold.
   *
   * @param pages 0 to 16; 0 by default
   * @return the list with that look-ahead
   */
  public JobExecutionQuery lookAhead(int pages) {
    return with(options.lookAhead(within("lookAhead", pages, 0, 16)));
  }

  /**
   * Reads from the past to now. Needs the cursor contract; a server that answers in the legacy one
   * is an error.
   *
   * @return the list, oldest first
   */
  public JobExecutionQuery oldestFirst() {
    if (api.contract() == Contract.LEGACY) {
      throw new IllegalArgumentException(
          "The legacy contract has no order to choose: leave oldestFirst() out, or set contract(CURSOR).");
    }
    return with(options.direction(Direction.OLDEST_FIRST));
  }

  /**
   * Sets what is searched for. Needs the cursor contract.
   *
   * @param text a part of what is wanted, up to 200 characters; the vendor takes one of less than
   *     two for none
   * @return the list with that search
   */
  public JobExecutionQuery search(String text) {
    if (api.contract() == Contract.LEGACY) {
      throw new IllegalArgumentException(
          "The legacy contract can't search: leave search(...) out, or set contract(CURSOR).");
    }
    String checked = Objects.requireNonNull(JobPageRequest.first().search(text).search());
    return new JobExecutionQuery(api, job, checked, options);
  }

  /**
   * Goes on from a checkpoint of the same list. If the vendor's cursor in it is too old (24 hours),
   * the list is read from its start again, and executions that were read are dropped.
   *
   * @param checkpoint the place after the last element that was dealt with
   * @return the list from there on
   */
  public JobExecutionQuery from(Checkpoint checkpoint) {
    return with(options.resume(Objects.requireNonNull(checkpoint, "checkpoint").text()));
  }

  /**
   * Reads all executions.
   *
   * <p><b>Demand</b>: no page is fetched before the first {@code request}, and the next one only
   * when the last does not cover what is asked for, but for the pages of {@link #lookAhead}.
   * Executions are handed on while their page arrives.
   *
   * <p><b>Order</b>: by time of creation, newest first or as set, and verified; in the legacy
   * contract as the vendor has it, which is "by creation time" in a direction that it does not
   * state. In that contract an execution is known by its id among those of the last four pages, so
   * the list is exact while fewer than that come or go between two pages.
   *
   * <p><b>Retry</b>: a page is retried by itself; if it breaks off, it is asked for again and what
   * was handed on is dropped.
   *
   * <p><b>Errors</b>: {@link io.blinkreactor.StreamException} with the last checkpoint, after the
   * executions that arrived; its cause as in {@link Job}. A cursor that comes twice, or one that is
   * missing though more is said to follow, is one too.
   *
   * <p><b>Cancel</b>: cancels the call in flight.
   *
   * @return the executions
   * @throws io.blinkreactor.stream.InvalidCheckpointException if the checkpoint belongs to another
   *     list
   */
  public Flux<JobExecution> items() {
    return stream().items();
  }

  /**
   * Reads all executions page by page.
   *
   * <p><b>Demand</b>: as many pages as are asked for, each held whole.
   *
   * <p><b>Order</b>, <b>Retry</b>, <b>Errors</b>, <b>Cancel</b>: as {@link #items()}.
   *
   * @return the pages, each with at least one execution; throws as {@link #items()}
   */
  public Flux<Page<JobExecution>> pages() {
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
  public Flux<Checkpointed<JobExecution>> checkpointed() {
    return stream().checkpointed();
  }

  /**
   * Writes all executions down, in this list's order, into files or a stream. There is one slice,
   * since the vendor does not filter by time.
   *
   * @return the export, to be given its target
   * @throws IllegalArgumentException if a checkpoint is set
   */
  public Export export() {
    if (options.resume() != null) {
      throw new IllegalArgumentException(
          "An export keeps its own checkpoints: leave from(...) out, and use resume() of the export.");
    }
    return new ListExport(
        new ExportSource(
            JobExecutionListing.rows(api, job, search),
            JobColumns.LIST,
            JobColumns.KEYS,
            options,
            api.serverMemory(),
            api.meters(),
            api.time()));
  }

  private ListStream<JobExecution> stream() {
    return new ListStream<>(
        JobExecutionListing.of(api, job, search),
        options,
        api.serverMemory(),
        new StreamMetrics(api.meters()),
        api.time());
  }
}
