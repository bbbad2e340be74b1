package io.blinkreactor.blinkops;

import static io.blinkreactor.internal.OptionChecks.id;
import static io.blinkreactor.internal.OptionChecks.positive;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.RunsHealth;
import io.blinkreactor.internal.completion.CompletionEngine;
import io.blinkreactor.internal.completion.CompletionOptions;
import io.blinkreactor.internal.completion.Step;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
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
 * Without a {@linkplain Builder#store store}, runs are kept in memory: those pending when the
 * process dies are not awaited any more. With one, {@link #recover} takes them up again.
 */
public final class Runs implements AutoCloseable {

  /** By BlinkOps' documentation; further ones are queued there. */
  private static final int MOST_RUNNING = 40;

  /** Shorter parts of a path are words, which stand in any text. */
  private static final int SHORTEST_SECRET = 16;

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
   * <p><b>Errors</b>: as in {@link Workflows} if the run was not started. If the request broke
   * after it was sent, it is not sent again and this is no error: the handle has no execution id
   * until a callback or a search has settled which run it is. {@link io.blinkreactor.RunException}
   * if too many runs are pending; {@link io.blinkreactor.StoreException} if the run can't be
   * stored, and then nothing was sent.
   *
   * <p><b>Cancel</b>: cancels the request; if it was sent, the run may have been started all the
   * same, and {@link #recover} finds it if there is a store.
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
        playbookId,
        target ->
            api.execute(playbookId, target == null ? request : withCallback(request, target)));
  }

  /**
   * Starts many runs, 40 unfinished ones at a time: BlinkOps runs that many a workspace and queues
   * the rest. As {@link #startAll(String, Publisher, int)}.
   *
   * @param playbookId the workflow's id
   * @param requests what to start each run with
   * @return the handles of the started runs
   */
  public Flux<RunHandle<ExecutionDetails>> startAll(
      String playbookId, Publisher<ExecuteRequest> requests) {
    return startAll(playbookId, requests, MOST_RUNNING);
  }

  /**
   * Starts many runs, so many unfinished ones at a time.
   *
   * <pre>{@code
   * runs.startAll(playbookId, requests, 40)
   *     .flatMap(RunHandle::completion, 40);
   * }</pre>
   *
   * <p><b>Demand</b>: as many requests are asked for as there may be unfinished runs; a run that
   * ends makes room for the next. Handles that are not asked for hold up no run that goes on.
   *
   * <p><b>Order</b>: in the order in which BlinkOps answers, on threads of the HTTP client, which
   * must not be blocked.
   *
   * <p><b>Retry</b>: as {@link #start}.
   *
   * <p><b>Errors</b>: as {@link #start}; a run that can't be started does not keep the others from
   * it. The errors come at the end, several as one {@linkplain
   * reactor.core.Exceptions#unwrapMultiple composite}.
   *
   * <p><b>Cancel</b>: starts no more; runs that were started stay awaited.
   *
   * @param playbookId the workflow's id
   * @param requests what to start each run with, without callbacks
   * @param concurrency unfinished runs at a time, 1 or more
   * @return the handles of the started runs
   */
  public Flux<RunHandle<ExecutionDetails>> startAll(
      String playbookId, Publisher<ExecuteRequest> requests, int concurrency) {
    id(playbookId);
    within("concurrency", concurrency, 1, Integer.MAX_VALUE);
    return engine.startAll(
        Flux.from(requests).map(request -> start(playbookId, request)), concurrency);
  }

  /**
   * Awaits a run that was started elsewhere. It is looked at once right away, so that one that has
   * ended already is known to have; then it is looked at from time to time, since no callback can
   * come for it. A run that was started here is better awaited by its own handle.
   *
   * <p><b>Demand</b>: nothing is sent before the subscription; each subscription awaits by itself.
   *
   * <p><b>Order</b>: one handle.
   *
   * <p><b>Retry</b>: looks that fail are repeated, later ones instead of the failed one.
   *
   * <p><b>Errors</b>: {@link IllegalStateException} if this is closed, {@link
   * io.blinkreactor.RunException} if too many runs are pending, {@link
   * io.blinkreactor.StoreException} if the store fails. An execution that is not there shows in
   * {@link RunHandle#completion}.
   *
   * <p><b>Cancel</b>: nothing to cancel; see {@link RunHandle#completion()}.
   *
   * @param executionId the execution's id
   * @return the handle
   */
  public Mono<RunHandle<ExecutionDetails>> await(String executionId) {
    return engine.adopt("", id(executionId));
  }

  /**
   * Takes up the runs that an earlier process left in the store: all that were started, or may have
   * been, and whose end nobody was told. Each is looked at at once, many by one call; one that has
   * ended meanwhile completes then; the others are awaited for the timeout anew. A run whose id was
   * not stored is searched for.
   *
   * <pre>{@code
   * runs.recover().flatMap(RunHandle::completion, 256);
   * }</pre>
   *
   * <p>Who was told of an end by a process that died right after may be told again.
   *
   * <p><b>Demand</b>: the store is read as it is asked for.
   *
   * <p><b>Order</b>: by time of registration.
   *
   * <p><b>Retry</b>: as {@link #await}.
   *
   * <p><b>Errors</b>: {@link IllegalStateException} without a store; {@link
   * io.blinkreactor.StoreException} after all handles that could be read.
   *
   * <p><b>Cancel</b>: takes up no more.
   *
   * @return the handles of the runs
   */
  public Flux<RunHandle<ExecutionDetails>> recover() {
    return engine.recover();
  }

  /** {@return how the runs are doing} */
  public RunsHealth health() {
    return engine.health();
  }

  private static ExecuteRequest withCallback(ExecuteRequest request, CallbackTarget target) {
    String path = target.url().getPath();
    String end = path.substring(path.lastIndexOf('/') + 1);
    ExecutionCallback.Builder callback =
        ExecutionCallback.builder(target.url())
            .method(target.method())
            // A receiver may have put its secret into the URL, or into the body.
            .secrets(end.length() < SHORTEST_SECRET ? List.of() : List.of(end))
            .secrets(target.body().values());
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
    private @Nullable PendingStore store;
    private Duration reconcileAfter = Duration.ofSeconds(30);
    private int maxPending = CompletionOptions.MAX_PENDING;
    private int looksPerSecond = CompletionOptions.LOOKS_PER_SECOND;
    private Step.Observer steps = Step.Observer.NONE;

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
     * Sets where runs are kept, so that none is lost with the process. It is not closed here. One
     * {@code Runs} of a workspace at a time may use it.
     *
     * @param value the store
     * @return this builder
     */
    public Builder store(PendingStore value) {
      this.store = requireNonNull(value, "store");
      return this;
    }

    /**
     * Sets how many runs may be pending; more fail at once.
     *
     * @param value 1 or more; 1,000,000 by default
     * @return this builder
     */
    public Builder maxPending(int value) {
      this.maxPending = within("maxPending", value, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets how many calls a second may be made, on average, to look at runs for which no callback
     * came. Many that are due share a call; a look at a run that it shows to have ended is not
     * counted.
     *
     * @param value 1 to 1,000; 10 by default
     * @return this builder
     */
    public Builder looksPerSecond(int value) {
      this.looksPerSecond = within("looksPerSecond", value, 1, 1_000);
      return this;
    }

    /**
     * Sets when a run without a callback is first looked at; later, if 19 of 20 runs of its
     * playbook took longer. Further looks come after twice the time each, up to 5 minutes, with a
     * fifth of jitter.
     *
     * @param value more than zero; 30 s by default
     * @return this builder
     */
    public Builder reconcileAfter(Duration value) {
      this.reconcileAfter = positive("reconcileAfter", value);
      return this;
    }

    /** Has the steps of each run noticed, for tests. */
    Builder steps(Step.Observer observer) {
      this.steps = observer;
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
              new CompletionOptions(timeout, reconcileAfter, maxPending, looksPerSecond),
              api.workspace(),
              new RunVendor(api),
              receiver,
              store,
              api.pendingRuns(),
              api.meters(),
              steps));
    }
  }
}
