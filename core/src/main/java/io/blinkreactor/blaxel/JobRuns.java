package io.blinkreactor.blaxel;

import static io.blinkreactor.internal.OptionChecks.id;
import static io.blinkreactor.internal.OptionChecks.positive;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.internal.completion.CompletionEngine;
import io.blinkreactor.internal.completion.CompletionOptions;
import io.blinkreactor.internal.completion.Step;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * Starts executions and awaits their end. Safe for use by many threads; make one and keep it.
 *
 * <pre>{@code
 * JobRuns runs = blaxel.runs().build();
 * runs.start("nightly-report", CreateJobExecution.empty())
 *     .flatMap(RunHandle::completion);
 * }</pre>
 *
 * <p>Blaxel calls nobody when an execution has ended, so each is looked at from time to time, ever
 * less often. Every final state is a value, {@link JobExecutionState#TIMEOUT} included. Runs are
 * kept in memory: those pending when the process dies can be awaited again by their ids.
 */
public final class JobRuns implements AutoCloseable {

  private final BlaxelApi api;
  private final CompletionEngine<JobExecution> engine;

  private JobRuns(BlaxelApi api, CompletionEngine<JobExecution> engine) {
    this.api = api;
    this.engine = engine;
  }

  /**
   * Starts an execution.
   *
   * <p><b>Demand</b>: nothing is sent before the subscription; each subscription starts an
   * execution of its own.
   *
   * <p><b>Order</b>: one handle, on a thread of the HTTP client, which must not be blocked.
   *
   * <p><b>Retry</b>: as {@link Job#create}.
   *
   * <p><b>Errors</b>: as in {@link Job}; the execution is not awaited then. If {@link
   * io.blinkreactor.TransportException#requestSent()} is true, it may have been started all the
   * same.
   *
   * <p><b>Cancel</b>: cancels the request; if it was sent, the execution may have been started all
   * the same.
   *
   * @param job the job's name
   * @param request what to start it with
   * @return the handle of the started execution
   */
  public Mono<RunHandle<JobExecution>> start(String job, CreateJobExecution request) {
    requireNonNull(request, "request");
    return engine.start(id(job), callback -> api.create(job, request));
  }

  /**
   * Awaits an execution that was started elsewhere. It is looked at once right away, so that one
   * that has ended already is known to have.
   *
   * <p><b>Demand</b>: nothing is sent before the subscription; each subscription awaits by itself.
   *
   * <p><b>Order</b>: one handle, at once, on the subscribing thread.
   *
   * <p><b>Retry</b>: looks that fail are repeated, later ones instead of the failed one.
   *
   * <p><b>Errors</b>: none but {@link IllegalStateException} if this is closed. An execution that
   * is not there, or not any more, can't be told from one that can't be read yet: its completion
   * fails at the deadline, with what the last look met.
   *
   * <p><b>Cancel</b>: nothing to cancel; see {@link RunHandle#completion()}.
   *
   * @param job the job's name
   * @param executionId the execution's id
   * @return the handle
   */
  public Mono<RunHandle<JobExecution>> await(String job, String executionId) {
    return engine.adopt(id(job), id(executionId));
  }

  /** {@return how many executions have been started or taken up and not seen to end} */
  public int pending() {
    return engine.pending();
  }

  /** {@return the ids of pending executions, as far as they are known} */
  public List<String> pendingExecutions() {
    return engine.pendingExecutions();
  }

  /**
   * Stops waiting; waiters see a {@link java.util.concurrent.CancellationException}. The executions
   * go on at the vendor.
   */
  @Override
  public void close() {
    engine.close();
  }

  /** {@return how many executions are pending} */
  @Override
  public String toString() {
    return "JobRuns[pending=" + pending() + "]";
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private final BlaxelApi api;
    private Duration timeout = Duration.ofDays(2);
    private Duration firstLook = Duration.ofSeconds(3);

    Builder(BlaxelApi api) {
      this.api = api;
    }

    /**
     * Sets how long an execution is awaited, from the subscription to {@code start} or {@code
     * await}. A request to start that is on its way then is still let come to its end, so that the
     * execution's id is not lost.
     *
     * @param value more than zero; 2 days by default
     * @return this builder
     */
    public Builder timeout(Duration value) {
      this.timeout = positive("timeout", value);
      return this;
    }

    /**
     * Sets when an execution is first looked at. Later looks come after twice the time each, up to
     * 5 minutes, with a fifth of jitter; so an end is known after at most about as much time again
     * as the execution took.
     *
     * @param value more than zero; 3 s by default
     * @return this builder
     */
    public Builder firstLookAfter(Duration value) {
      this.firstLook = positive("firstLookAfter", value);
      return this;
    }

    /** {@return the runs} */
    public JobRuns build() {
      String workspace = api.workspace();
      return new JobRuns(
          api,
          new CompletionEngine<>(
              api.time(),
              new CompletionOptions(timeout, firstLook),
              workspace == null ? "" : workspace,
              new JobVendor(api),
              null,
              null,
              api.pendingRuns(),
              api.meters(),
              Step.Observer.NONE));
    }
  }
}
