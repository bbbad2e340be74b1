package io.blinkreactor.blinkops;

import static io.blinkreactor.internal.OptionChecks.id;
import static io.blinkreactor.internal.OptionChecks.positive;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * The workflows of a workspace, which the vendor's API calls playbooks. Each subscription starts a
 * run. BlinkOps has no idempotency key, so a request is sent again only if no byte of it left this
 * process; after any other fault, or a status of 500 and above, it is not known whether the run was
 * started ({@link io.blinkreactor.TransportException#requestSent()}, {@link
 * io.blinkreactor.DeadlineException#requestSent()}).
 *
 * <p>Errors are those of {@link Executions}.
 */
public final class Workflows {

  private final BlinkOpsApi api;

  Workflows(BlinkOpsApi api) {
    this.api = api;
  }

  /**
   * Starts a run and does not wait for its end. To await it use {@link BlinkOpsClient#runs()}.
   *
   * @param playbookId the workflow's id
   * @param request what to start it with
   * @return the execution's id
   */
  public Mono<String> execute(String playbookId, ExecuteRequest request) {
    return api.execute(id(playbookId), requireNonNull(request, "request"));
  }

  /**
   * Starts a run and holds the connection until it has ended ({@code run_sync}). For short runs
   * only: proxies on the way may end a quiet connection. What BlinkOps answers when the run fails
   * or the time is over is not documented; an error status is an {@link
   * io.blinkreactor.ApiException}, and the run may go on. Should BlinkOps answer as for an
   * asynchronous run when the time is over, with an execution id alone, that is what is read: it
   * can't be told from a workflow with such an output.
   *
   * @param playbookId the workflow's id
   * @param request what to start it with
   * @param timeout how long BlinkOps waits for the run's end, rounded up to whole seconds; the
   *     client waits that much longer than usual
   * @param type what the workflow's outputs are read as: a record, a bean, {@code Map.class},
   *     {@code JsonValue.class}
   * @param <T> that type
   * @return the outputs; empty if they are JSON null
   */
  public <T> Mono<T> runSync(
      String playbookId, ExecuteRequest request, Duration timeout, Class<T> type) {
    positive("timeout", timeout);
    return api.runSync(
        id(playbookId), requireNonNull(request, "request"), timeout, requireNonNull(type, "type"));
  }
}
