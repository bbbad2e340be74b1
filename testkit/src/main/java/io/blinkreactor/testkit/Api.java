package io.blinkreactor.testkit;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Carries out requests as the vendor documents them. It knows nothing of sockets and faults. */
final class Api implements Service<Operation> {
  /** Who may ask, and for what. */
  record Access(String key, String forbiddenKey, Set<String> workspaces) {}

  /** One request as far as the API cares. */
  record Call(
      Route route,
      @Nullable String key,
      String contentType,
      String body,
      long index,
      String requestId) {}

  private static final String API_KEY_HEADER = "blink-api-key";
  private static final Duration DEFAULT_SYNC_WAIT = Duration.ofSeconds(60);

  private final Access access;
  private final Settings settings;
  private final Executions<Row> executions;
  private final ExecutionPages pages;
  private final MadeUp madeUp;
  private final Runs runs;
  private final RequestLog<Operation> log;
  private final Clock clock;
  private final Scheduler timers;

  Api(
      Access access,
      Settings settings,
      Executions<Row> executions,
      ExecutionPages pages,
      MadeUp madeUp,
      Runs runs,
      RequestLog<Operation> log,
      Clock clock,
      Scheduler timers) {
    this.access = access;
    this.settings = settings;
    this.executions = executions;
    this.pages = pages;
    this.madeUp = madeUp;
    this.runs = runs;
    this.log = log;
    this.clock = clock;
    this.timers = timers;
  }

  @Override
  public Received<Operation> receive(String method, String uri, HttpHeaders headers, String body) {
    Route route = Route.of(method, uri);
    String key = headers.get(API_KEY_HEADER);
    String contentType = headers.get(HttpHeaderNames.CONTENT_TYPE, "").toLowerCase(Locale.ROOT);
    return new Received<>() {
      @Override
      public Operation operation() {
        return route.operation();
      }

      @Override
      public @Nullable String executionId() {
        return route.namesExecution() ? route.id() : null;
      }

      @Override
      public String recordedHeader(String name, String value) {
        return name.equals(API_KEY_HEADER) ? "***" : value;
      }

      @Override
      public String recordedBody() {
        return body;
      }

      @Override
      public Mono<Answer> answer(long index, String requestId) {
        return Api.this.answer(new Call(route, key, contentType, body, index, requestId));
      }

      @Override
      public Answer refusal(Fault.Kind kind, String requestId) {
        return error(kind.status, kind.message, requestId);
      }
    };
  }

  private Mono<Answer> answer(Call call) {
    Route route = call.route();
    if (access.forbiddenKey().equals(call.key())) {
      return Mono.just(denied(403, call));
    }
    if (!access.key().equals(call.key())) {
      return Mono.just(denied(401, call));
    }
    try {
      if (route.operation() == Operation.OTHER) {
        log.violation("The vendor documents no such operation (request " + call.requestId() + ").");
        return Mono.just(error(404, "no such route", call));
      }
      if (!access.workspaces().contains(route.workspace())) {
        return Mono.just(denied(403, call));
      }
      checkQuery(route);
      return switch (route.operation()) {
        case LIST -> Mono.just(list(call));
        case EXECUTE, EXECUTE_SYNC -> execute(call);
        case CANCEL -> Mono.just(cancel(call));
        default -> Mono.just(read(call));
      };
    } catch (RefusedRequestException e) {
      log.violation(route.operation() + ": " + e.getMessage());
      return Mono.just(error(400, String.valueOf(e.getMessage()), call));
    }
  }

  private Answer error(int status, String message, Call call) {
    return error(status, message, call.requestId());
  }

  private Answer error(int status, String message, String requestId) {
    Map<String, @Nullable Object> wrapper = new LinkedHashMap<>();
    wrapper.put("data", Map.of());
    wrapper.put("details", "");
    wrapper.put("identifier", requestId);
    wrapper.put("message", message);
    wrapper.put("status", status);
    wrapper.put("user_error", Map.of());
    return json(status, new View(settings).withUnknown(wrapper));
  }

  private Answer json(int status, @Nullable Object body) {
    return Answer.json(status, body, settings.is(Switch.ELEMENT_FORMAT, "pretty"));
  }

  private Answer denied(int status, Call call) {
    String message = status == 401 ? "unauthorized" : "forbidden";
    return switch (settings.text(Switch.AUTH_BODY)) {
      case "text" -> Answer.text(status, message);
      case "wrapper" -> error(status, message, call);
      default -> Answer.empty(status);
    };
  }

  private static void checkQuery(Route route) throws RefusedRequestException {
    Set<String> documented =
        switch (route.operation()) {
          case LIST -> Set.of("q");
          case GET -> Set.of("withApplyView");
          case EXECUTE, EXECUTE_SYNC -> Set.of("run_sync", "timeout");
          default -> Set.of();
        };
    for (Map.Entry<String, List<String>> parameter : route.query().entrySet()) {
      String name = parameter.getKey();
      if (!documented.contains(name)) {
        throw new RefusedRequestException("The query parameter " + name + " is undocumented.");
      }
      if (parameter.getValue().size() > 1) {
        throw new RefusedRequestException("The query parameter " + name + " comes twice.");
      }
      String value = parameter.getValue().get(0);
      if ((name.equals("run_sync") || name.equals("withApplyView"))
          && !List.of("true", "false").contains(value)) {
        throw new RefusedRequestException("The query parameter " + name + " is not a boolean.");
      }
    }
    if (route.operation() == Operation.EXECUTE && route.query().containsKey("timeout")) {
      throw new RefusedRequestException("The query parameter timeout needs run_sync=true.");
    }
  }

  private Answer list(Call call) {
    String q = call.route().query().getOrDefault("q", List.of("{}")).get(0);
    try {
      return json(200, pages.page(call.route().workspace(), q, call.index()));
    } catch (RqlException e) {
      String message = String.valueOf(e.getMessage());
      int status = e.malformedSql() ? 500 : settings.count(Switch.RQL_ERROR_STATUS);
      return settings.is(Switch.RQL_ERROR_BODY, "text")
          ? Answer.text(status, message)
          : error(status, message, call);
    }
  }

  private @Nullable Slot<Row> find(Route route) {
    Slot<Row> slot = executions.find(route.id());
    return slot != null && slot.row().text(Field.WORKSPACE_ID).equals(route.workspace())
        ? slot
        : null;
  }

  private Answer read(Call call) {
    Route route = call.route();
    Run run = runs.find(route.id());
    if (run != null && route.operation() == Operation.GET) {
      run.gets.incrementAndGet();
    }
    Slot<Row> slot = find(route);
    if (slot == null || !slot.readable()) {
      return error(404, "can not find execution", call);
    }
    View view = new View(settings);
    Row row = slot.row();
    return switch (route.operation()) {
      case STEPS ->
          settings.is(Switch.STEPS_SHAPE, "gone")
              ? error(404, "no such route", call)
              : json(200, steps(row, view));
      case OUTPUTS ->
          switch (settings.text(Switch.OUTPUTS_SHAPE)) {
            case "gone" -> error(404, "no such route", call);
            case "outputs" -> json(200, MadeUp.outputs(row));
            default -> json(200, view.detail(row));
          };
      default -> json(200, view.detail(row));
    };
  }

  private Map<String, @Nullable Object> steps(Row row, View view) {
    List<Map<String, @Nullable Object>> steps = madeUp.steps(row, view);
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("limit", steps.size());
    page.put("offset", 0);
    page.put("total", steps.size());
    page.put("results", steps);
    return page;
  }

  private Answer cancel(Call call) throws RefusedRequestException {
    if (!call.body().isBlank()) {
      throw new RefusedRequestException("A cancel takes no body.");
    }
    Route route = call.route();
    Slot<Row> slot = find(route);
    if (slot == null) {
      return error(404, "can not find execution", call);
    }
    Run run = runs.find(route.id());
    boolean cancelled = run != null ? runs.end(run, "Cancelled") : cancelRow(slot);
    if (!cancelled && settings.is(Switch.CANCEL_FINISHED, "400")) {
      return error(400, "execution is not in a running state", call);
    }
    return switch (settings.text(Switch.CANCEL_ANSWER)) {
      case "empty" -> Answer.empty(200);
      case "object" -> json(200, Map.of("execution_id", route.id()));
      default -> json(200, "execution " + route.id() + " cancelled");
    };
  }

  private boolean cancelRow(Slot<Row> slot) {
    Row row = slot.row();
    if (MadeUp.isFinal(row.text(Field.STATE_UI))) {
      return false;
    }
    slot.put(row.with(madeUp.ended(row, "Cancelled", clock.millis(), slot.sequence)));
    return true;
  }

  private Mono<Answer> execute(Call call) throws RefusedRequestException {
    Route route = call.route();
    if (!call.body().isBlank() && !call.contentType().startsWith("application/json")) {
      throw new RefusedRequestException("The body's content type is not application/json.");
    }
    ExecuteRequest request = ExecuteRequest.read(call.body());
    Duration wait = syncWait(route);
    if (settings.set(Switch.EXECUTE_UNKNOWN_PLAYBOOK).contains(route.id())) {
      return Mono.just(error(404, "can not find playbook", call));
    }
    Mono<Run> started = runs.start(route.workspace(), route.id(), request);
    return route.operation() == Operation.EXECUTE
        ? started.map(run -> accepted(run, Integer.parseInt(settings.text(Switch.EXECUTE_STATUS))))
        : started.flatMap(
            run ->
                run.ended
                    .asMono()
                    .then(Mono.fromSupplier(() -> outcome(run, call)))
                    .timeout(wait, Mono.fromSupplier(() -> expired(run, call)), timers));
  }

  private static Duration syncWait(Route route) throws RefusedRequestException {
    List<String> timeout = route.query().get("timeout");
    if (timeout == null) {
      return DEFAULT_SYNC_WAIT;
    }
    try {
      int seconds = Integer.parseInt(timeout.get(0));
      if (seconds > 0) {
        return Duration.ofSeconds(seconds);
      }
    } catch (NumberFormatException e) {
      // told below, together with a number that is not positive
    }
    throw new RefusedRequestException("The query parameter timeout is not a positive integer.");
  }

  private Answer accepted(Run run, int status) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("execution_id", run.id);
    return json(status, new View(settings).withUnknown(body)).about(run.id);
  }

  private Answer outcome(Run run, Call call) {
    RecordedRun recorded = runs.recorded(run.id);
    String state = recorded == null ? "" : recorded.stateUi();
    String failure = settings.text(Switch.SYNC_FAILURE_ANSWER);
    Answer answer =
        state.equals("Completed") || failure.equals("output")
            ? json(200, MadeUp.outputs(run.slot.row()))
            : error(failure.equals("error-400") ? 400 : 500, "execution ended as " + state, call);
    return answer.about(run.id);
  }

  private Answer expired(Run run, Call call) {
    Answer answer =
        switch (settings.text(Switch.SYNC_TIMEOUT_ANSWER)) {
          case "accepted" -> accepted(run, 200);
          case "error-504" -> error(504, "timed out waiting for the execution", call);
          default -> error(408, "timed out waiting for the execution", call);
        };
    return answer.about(run.id);
  }
}
