package io.blinkreactor.blinkops;

import static io.blinkreactor.internal.OptionChecks.id;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.stream.StreamOptions;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * The executions of a workspace. Each method answers a lazy publisher; each subscription is a call
 * of its own.
 *
 * <p>Errors of all methods: {@link io.blinkreactor.ApiException} and its subclasses when BlinkOps
 * refuses, {@link io.blinkreactor.TransportException} when no usable answer arrives, {@link
 * io.blinkreactor.DeadlineException} when one of the clocks of {@link
 * io.blinkreactor.http.HttpOptions} runs out.
 */
public final class Executions {

  private final BlinkOpsApi api;

  Executions(BlinkOpsApi api) {
    this.api = api;
  }

  /**
   * Describes a list of executions. Nothing is sent before it is read.
   *
   * @param query what to list
   * @return the list
   */
  public ExecutionQuery find(Rql query) {
    return new ExecutionQuery(api, requireNonNull(query, "query"), StreamOptions.DEFAULTS);
  }

  /**
   * Reads one execution. Source: the vendor's current page on getting an execution.
   *
   * @param executionId its id
   * @return the execution; {@link io.blinkreactor.NotFoundException} if there is none, or not any
   *     more
   */
  public Mono<ExecutionDetails> get(String executionId) {
    return get(executionId, false);
  }

  /**
   * Reads one execution, with the vendor's "enhanced data" if wanted ({@code withApplyView}); what
   * it adds is not documented.
   *
   * @param executionId its id
   * @param applyView whether to ask for the enhanced data
   * @return the execution; {@link io.blinkreactor.NotFoundException} if there is none, or not any
   *     more
   */
  public Mono<ExecutionDetails> get(String executionId, boolean applyView) {
    return api.get(id(executionId), applyView);
  }

  /**
   * Reads the steps of an execution. The vendor documented this route in 2022 only, but its own
   * client still used it in 2026; it may be gone.
   *
   * @param executionId the execution
   * @return the rows of the first page, in the vendor's order
   */
  public Mono<List<ExecutionStep>> steps(String executionId) {
    return api.steps(id(executionId));
  }

  /**
   * Experimental. Reads the outputs of an execution. The vendor's specification of 2022 has this
   * route, hidden; what it answers today is not known, so it is handed on as it comes.
   *
   * @param executionId the execution
   * @return whatever is answered
   */
  public Mono<JsonValue> outputs(String executionId) {
    return api.outputs(id(executionId));
  }

  /**
   * Asks BlinkOps to cancel an execution. The vendor documented this route in 2022 only; then, an
   * execution that does not run was answered 400, which is an {@link
   * io.blinkreactor.InvalidRequestException} here. Not sent again once a byte of it left.
   *
   * @param executionId the execution
   * @return completes when BlinkOps has accepted it, which is before the execution has ended
   */
  public Mono<Void> cancel(String executionId) {
    return api.cancel(id(executionId));
  }
}
