package io.blinkreactor.blinkops;

import io.blinkreactor.JsonValue;
import io.blinkreactor.TimeSource;
import io.blinkreactor.internal.completion.PendingRuns;
import io.blinkreactor.internal.http.ApiCall;
import io.blinkreactor.internal.http.ApiCall.Resend;
import io.blinkreactor.internal.http.ErrorReader.ErrorText;
import io.blinkreactor.internal.http.HttpTransport;
import io.blinkreactor.internal.json.Json;
import io.blinkreactor.internal.json.Shape;
import io.blinkreactor.internal.stream.ServerMemory;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The vendor's operations on one workspace: what is sent, and how the answers are read. */
final class BlinkOpsApi {

  /** The operation's name in metrics. */
  static final String LIST = "executions.list";

  private static final String EXECUTIONS = "/api/v1/workspace/{ws_id}/executions";
  private static final String EXECUTION = EXECUTIONS + "/{id}";
  private static final String EXECUTE = "/api/v1/workspace/{ws_id}/playbooks/{id}/execute";

  private static final Shape ERROR = new Shape();
  private static final Shape.Field<String> ERROR_IDENTIFIER = ERROR.text("identifier");
  private static final Shape.Field<String> ERROR_MESSAGE = ERROR.text("message");
  private static final Shape.Field<String> ERROR_DETAILS = ERROR.text("details");

  private static final Shape ACCEPTED = new Shape();
  private static final Shape.Field<String> EXECUTION_ID = ACCEPTED.text("execution_id");

  private final HttpTransport transport;
  private final String workspace;
  private final TimeSource time;
  private final @Nullable MeterRegistry meters;
  private final PendingRuns pendingRuns;
  private final ServerMemory serverMemory;

  BlinkOpsApi(
      HttpTransport transport,
      String workspace,
      TimeSource time,
      @Nullable MeterRegistry meters,
      PendingRuns pendingRuns,
      ServerMemory serverMemory) {
    this.transport = transport;
    this.workspace = workspace;
    this.time = time;
    this.meters = meters;
    this.pendingRuns = pendingRuns;
    this.serverMemory = serverMemory;
  }

  BlinkOpsApi inWorkspace(String other) {
    return new BlinkOpsApi(transport, other, time, meters, pendingRuns, serverMemory);
  }

  String workspace() {
    return workspace;
  }

  TimeSource time() {
    return time;
  }

  @Nullable MeterRegistry meters() {
    return meters;
  }

  PendingRuns pendingRuns() {
    return pendingRuns;
  }

  ServerMemory serverMemory() {
    return serverMemory;
  }

  HttpTransport transport() {
    return transport;
  }

  Mono<ExecutionPage> list(Rql query) {
    return transport.send(listCall(query), ExecutionPage::decode);
  }

  <T> Flux<T> list(Rql query, Supplier<ExecutionReader<T>> reader) {
    return transport.stream(listCall(query), reader);
  }

  private ApiCall listCall(Rql query) {
    ApiCall.Builder call = ApiCall.get(LIST, EXECUTIONS, workspace);
    String q = query.toJson();
    if (!q.equals("{}")) {
      call.query("q", q);
    }
    return call.build();
  }

  Mono<ExecutionDetails> get(String id, boolean applyView) {
    ApiCall.Builder call = ApiCall.get("executions.get", EXECUTION, workspace, id);
    if (applyView) {
      call.query("withApplyView", "true");
    }
    return transport.send(call.build(), ExecutionDetails::decode);
  }

  Mono<List<ExecutionStep>> steps(String id) {
    return transport.send(
        ApiCall.get("executions.steps", EXECUTION + "/steps", workspace, id).build(),
        ExecutionPage::decodeSteps);
  }

  Mono<JsonValue> outputs(String id) {
    return transport.send(
        ApiCall.get("executions.outputs", EXECUTION + "/outputs", workspace, id).build(),
        Json::parse);
  }

  Mono<Void> cancel(String id) {
    ApiCall call =
        ApiCall.post("executions.cancel", Resend.UNSENT_ONLY, EXECUTION + "/cancel", workspace, id)
            .build();
    // In 2022 the answer was a JSON string; whatever it is today, a page of a proxy is not it.
    return transport.send(call, body -> body.length == 0 ? null : Json.parse(body)).then();
  }

  Mono<String> execute(String playbookId, ExecuteRequest request) {
    return transport.send(
        ApiCall.post("workflows.execute", Resend.UNSENT_ONLY, EXECUTE, workspace, playbookId)
            .body(request.json())
            .secrets(request.secrets())
            .build(),
        body -> {
          String id = ACCEPTED.decode(body).get(EXECUTION_ID);
          if (id == null || id.isBlank()) {
            throw new IllegalArgumentException("The member execution_id is missing.");
          }
          return id;
        });
  }

  <T> Mono<T> runSync(String playbookId, ExecuteRequest request, Duration timeout, Class<T> type) {
    // The vendor counts in whole seconds; rounding up keeps its clock from ending before ours.
    long seconds = Math.max(1, timeout.plusMillis(999).toSeconds());
    return transport.send(
        ApiCall.post("workflows.run_sync", Resend.UNSENT_ONLY, EXECUTE, workspace, playbookId)
            .query("run_sync", "true")
            .query("timeout", Long.toString(seconds))
            .body(request.json())
            .secrets(request.secrets())
            .patience(Duration.ofSeconds(seconds))
            .build(),
        body -> Json.parse(body).as(type));
  }

  /** Reads the vendor's {@code ErrorWrapper}; any other body is quoted as the message. */
  static ErrorText readError(byte[] body) {
    try {
      var error = ERROR.decode(body);
      return new ErrorText(
          error.get(ERROR_IDENTIFIER), error.get(ERROR_MESSAGE), error.get(ERROR_DETAILS));
    } catch (IllegalArgumentException e) {
      return new ErrorText(null, new String(body, StandardCharsets.UTF_8), null);
    }
  }
}
