package io.blinkreactor.blinkops;

import static io.blinkreactor.internal.OptionChecks.id;
import static io.blinkreactor.internal.OptionChecks.positive;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.internal.completion.CompletionEngine;
import io.blinkreactor.internal.completion.CompletionOptions;
import io.blinkreactor.internal.completion.Look;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Starts workflows and awaits their end by callback. Safe for use by many threads; make one for a
 * workspace and keep it.
 *
 * <pre>{@code
 * Runs runs = blink.runs().receiver(callbacks).build();
 * runs.start(playbookId, ExecuteRequest.empty())
 *     .flatMap(RunHandle::completion);
 * }</pre>
 *
 * <p>A callback only wakes: what a run's end is comes from the API, by one look. A callback that is
 * early, late, doubled or forged does no harm; one that never comes is made up for by a few looks.
 * Runs are kept in memory: those pending when the process dies are not awaited any more.
 */
public final class Runs implements AutoCloseable {

  private final BlinkOpsApi api;
  private final CompletionEngine<ExecutionDetails> engine;

  private Runs(BlinkOpsApi api, CompletionEngine<ExecutionDetails> engine) {
    this.api = api;
    this.engine = engine;
  }

  /**
   * Starts a run. The run is registered here, under an id of our own that the callback carries,
   * before the request leaves; so a callback that overtakes the answer is not lost.
   *
   * <p><b>Demand</b>: nothing is sent before the subscription; each subscription starts a run of
   * its own.
   *
   * <p><b>Order</b>: one handle, on a thread of the HTTP client, which must not be blocked.
   *
   * <p><b>Retry</b>: the request is sent again only if no byte of it left this process.
   *
   * <p><b>Errors</b>: as in {@link Workflows}; the run is not awaited then. If {@link
   * io.blinkreactor.TransportException#requestSent()} is true, the run may have been started all
   * the same.
   *
   * <p><b>Cancel</b>: cancels the request; if it was sent, the run may have been started all the
   * same.
   *
   * @param playbookId the workflow's id
   * @param request what to start it with; without a callback, which is set here
   * @return the handle of the started run
   */
  public Mono<RunHandle<ExecutionDetails>> start(String playbookId, ExecuteRequest request) {
    id(playbookId);
    if (request.hasCallback()) {
      throw new IllegalArgumentException(
          "The request has a callback, but runs.start(...) sets its own: leave it out, or use workflows().execute(...).");
    }
    return engine.start(
        "a run of playbook " + playbookId,
        id -> api.get(id, false).map(Runs::look),
        target ->
            api.execute(playbookId, target == null ? request : withCallback(request, target)));
  }

  private static Look<ExecutionDetails> look(ExecutionDetails execution) {
    ExecutionState state = execution.effectiveState();
    // The set of states is open, that of metric tags must not be.
    String outcome = state.isTerminal() ? state.name().toLowerCase(Locale.ROOT) : "other";
    return new Look<>(execution, state.name(), outcome, execution.isFinished());
  }

  private static ExecuteRequest withCallback(ExecuteRequest request, CallbackTarget target) {
    ExecutionCallback.Builder callback =
        ExecutionCallback.builder(target.url()).method(target.method());
    if (!target.headers().isEmpty()) {
      callback.headers(target.headers());
    }
    if (!target.cookies().isEmpty()) {
      callback.cookies(target.cookies());
    }
    if (!target.body().isEmpty()) {
      callback.body(target.body());
    }
    return request.toBuilder().callback(callback.build()).build();
  }

  /** {@return how many runs have been started and not seen to end} */
  public int pending() {
    return engine.pending();
  }

  /** {@return the execution ids of pending runs, as far as they are known} */
  public List<String> pendingExecutions() {
    return engine.pendingExecutions();
  }

  /**
   * Stops waiting; waiters see a {@link java.util.concurrent.CancellationException}. The runs go on
   * at the vendor.
   */
  @Override
  public void close() {
    engine.close();
  }

  /** {@return the workspace and how many runs are pending} */
  @Override
  public String toString() {
    return "Runs[workspace=" + api.workspace() + ", pending=" + pending() + "]";
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private final BlinkOpsApi api;
    private @Nullable CallbackReceiver receiver;
    private Duration timeout = Duration.ofDays(15);
    private Duration reconcileAfter = Duration.ofSeconds(30);

    Builder(BlinkOpsApi api) {
      this.api = api;
    }

    /**
     * Sets who receives callbacks. Without one, runs are looked at from time to time.
     *
     * @param receiver the receiver, usually the callback server
     * @return this builder
     */
    public Builder receiver(CallbackReceiver receiver) {
      this.receiver = requireNonNull(receiver, "receiver");
      return this;
    }

    /**
     * Sets how long a run is awaited, from the subscription to {@code start}. A request to start
     * that is on its way then is still let come to its end, so that the execution's id is not lost.
     *
     * @param value more than zero; 15 days by default, since a run may be paused for 14
     * @return this builder
     */
    public Builder timeout(Duration value) {
      this.timeout = positive("timeout", value);
      return this;
    }

    /**
     * Sets when a run without a callback is first looked at. Later looks come after twice the time
     * each, up to 5 minutes, with a fifth of jitter.
     *
     * @param value more than zero; 30 s by default
     * @return this builder
     */
    public Builder reconcileAfter(Duration value) {
      this.reconcileAfter = positive("reconcileAfter", value);
      return this;
    }

    /**
     * Connects to the receiver.
     *
     * @return the runs of the client's workspace
     * @throws IllegalStateException if the receiver serves this workspace already
     */
    public Runs build() {
      return new Runs(
          api,
          new CompletionEngine<>(
              api.time(),
              new CompletionOptions(timeout, reconcileAfter),
              api.workspace(),
              receiver,
              api.pendingRuns(),
              api.meters()));
    }
  }
}
