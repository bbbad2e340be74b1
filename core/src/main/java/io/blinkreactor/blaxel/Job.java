package io.blinkreactor.blaxel;

import static io.blinkreactor.internal.OptionChecks.id;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.Pages;
import io.blinkreactor.internal.stream.StreamOptions;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The executions of one job. Each method answers a lazy publisher; each subscription is a call of
 * its own.
 *
 * <p>Errors of all methods: {@link io.blinkreactor.ApiException} and its subclasses when Blaxel
 * refuses, {@link io.blinkreactor.TransportException} when no usable answer arrives, {@link
 * io.blinkreactor.DeadlineException} when one of the clocks of {@link
 * io.blinkreactor.http.HttpOptions} runs out. Some of Blaxel's refusals are of its own kind:
 *
 * <ul>
 *   <li>402 {@code USAGE_LIMIT_EXCEEDED} is an {@code ApiException}: the account has used up what
 *       it pays for, and no repetition helps.
 *   <li>404 {@code WORKLOAD_UNAVAILABLE}, and whatever else Blaxel's gateway calls retryable, is
 *       sent again like a 503 until the call's time is over, except for {@link #create}. If it
 *       stays it is a {@link io.blinkreactor.NotFoundException} whose {@code call().identifier()}
 *       tells it apart from a job or an execution that is not there.
 *   <li>A refused or failed exchange of client credentials for a token names {@code POST
 *       /oauth/token}; the call itself was not sent then.
 * </ul>
 */
public final class Job {

  private final BlaxelApi api;
  private final String name;

  Job(BlaxelApi api, String name) {
    this.api = api;
    this.name = name;
  }

  BlaxelApi api() {
    return api;
  }

  /** {@return the job's name} */
  public String name() {
    return name;
  }

  /**
   * Reads one execution.
   *
   * @param executionId its id
   * @return the execution; {@link io.blinkreactor.NotFoundException} if there is none, or not any
   *     more
   */
  public Mono<JobExecution> get(String executionId) {
    return api.get(name, id(executionId));
  }

  /**
   * Starts an execution and does not wait for its end. To await it use {@link BlaxelClient#runs()}.
   *
   * <p>Sent again only if no byte of it left this process, or if it was answered 401 to a token
   * that another can replace. After any other fault, or a status of 500 and above, it is not known
   * whether the execution was started ({@link io.blinkreactor.TransportException#requestSent()},
   * {@link io.blinkreactor.DeadlineException#requestSent()}); with an {@linkplain
   * CreateJobExecution.Builder#executionId id of one's own} {@link #get} can tell.
   *
   * @param request what to start it with
   * @return the execution's id
   */
  public Mono<String> create(CreateJobExecution request) {
    return api.create(name, requireNonNull(request, "request"));
  }

  /**
   * Asks Blaxel to cancel an execution: tasks in progress run to their end and no new ones start.
   * What is answered for an execution that has ended is not documented. Sent again after a fault
   * like a read, so a repetition may meet an execution that the first try has cancelled.
   *
   * @param executionId its id
   * @return the execution after that, usually {@link JobExecutionState#CANCELLING}
   */
  public Mono<JobExecution> cancel(String executionId) {
    return api.cancel(name, id(executionId));
  }

  /** {@return all executions of the job, to be read as a stream} */
  public JobExecutionQuery executions() {
    return new JobExecutionQuery(api, name, null, StreamOptions.DEFAULTS);
  }

  /**
   * Reads one page of the job's executions, in either contract.
   *
   * @param request which page
   * @return the page; {@link IllegalArgumentException} if the client's {@link Contract} lacks what
   *     the request asks for, and {@link io.blinkreactor.TransportException} if the answer shows
   *     that Blaxel did not heed it
   */
  public Mono<JobExecutionPage> page(JobPageRequest request) {
    requireNonNull(request, "request");
    return Mono.defer(() -> api.page(name, request));
  }

  /**
   * Reads all tasks of an execution, page by page. Blaxel has this list from its version 2026-04-28
   * on, whatever {@link Contract} is set; an older server answers 404.
   *
   * <p><b>Demand</b>: no page is fetched before the first {@code request}, and the next one, of 200
   * tasks, only when the last does not cover what is asked for.
   *
   * <p><b>Order</b>: as the vendor has it.
   *
   * <p><b>Retry</b>: each page is retried by itself; no task is repeated by a retry.
   *
   * <p><b>Errors</b>: as in {@link Job}, after the tasks of the pages before; a list that leads in
   * circles or breaks off is a {@link io.blinkreactor.TransportException}.
   *
   * <p><b>Cancel</b>: cancels the call in flight.
   *
   * @param executionId the execution
   * @return the tasks
   */
  public Flux<JobTask> tasks(String executionId) {
    return Pages.read(new TaskPages(api, name, id(executionId)), TaskPages.Position.START, 0)
        .map(Item::value);
  }

  /**
   * Reads one page of an execution's tasks.
   *
   * @param executionId the execution
   * @param limit how many tasks are wanted, 1 to 200
   * @param cursor {@link JobTaskPage#nextCursor()} of the page before; null for the first page
   * @return the page
   */
  public Mono<JobTaskPage> taskPage(String executionId, int limit, @Nullable String cursor) {
    return api.tasks(name, id(executionId), within("limit", limit, 1, TaskPages.PAGE_SIZE), cursor);
  }

  /** {@return the job's name} */
  @Override
  public String toString() {
    return "Job[" + name + "]";
  }
}
