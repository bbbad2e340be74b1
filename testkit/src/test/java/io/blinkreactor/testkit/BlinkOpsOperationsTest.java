package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.test.scheduler.VirtualTimeScheduler;

class BlinkOpsOperationsTest {
  @Order(1)
  @RegisterExtension
  final BlinkOpsEmulatorExtension blink =
      BlinkOpsEmulatorExtension.create(builder -> builder.history(200));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  private BlinkOpsEmulator emulator;
  private Calls calls;

  @BeforeEach
  void connect() {
    emulator = blink.emulator();
    calls = new Calls(emulator);
  }

  private final VirtualTimeScheduler time = VirtualTimeScheduler.create();

  private static List<?> column(Calls.Reply page, String key) {
    List<Object> values = new ArrayList<>();
    page.results().forEach(row -> values.add(row.get(key)));
    return values;
  }

  private static long createdAt(Map<?, ?> row) {
    return row.get("created_at") instanceof Number at ? at.longValue() : -1;
  }

  private void awaitEnd(String id) {
    await().until(() -> Calls.run(emulator, id).finished());
  }

  @Test
  void listsNewestFirst() throws Exception {
    Calls.Reply page = calls.list("{\"limit\":10,\"offset\":5}");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.map())
        .containsEntry("limit", 10)
        .containsEntry("offset", 5)
        .containsEntry("total", 200);
    assertThat(page.results()).hasSize(10);
    assertThat(page.headers()).containsKey("x-request-id");
    List<Long> times = new ArrayList<>();
    page.results().forEach(row -> times.add(createdAt(row)));
    assertThat(times).isSortedAccordingTo((a, b) -> Long.compare(b, a));
  }

  @Test
  void theHistoryIsPlausible() throws Exception {
    Calls.Reply page = calls.list("{\"limit\":1000,\"sort\":[\"created_at\",\"id\"]}");
    assertThat(page.results()).hasSize(200);
    Set<Object> times = new HashSet<>(column(page, "created_at"));
    assertThat(times).hasSizeBetween(150, 199);
    assertThat(new HashSet<>(column(page, "id"))).hasSize(200);
    assertThat(new HashSet<>(column(page, "playbook_id")).size()).isGreaterThan(3);
    Set<String> unset = Set.of("error_details");
    for (Map<?, ?> row : page.results()) {
      for (Field field : Field.OF_A_LIST) {
        assertThat(row.containsKey(field.key) || unset.contains(field.key)).as(field.key).isTrue();
      }
      assertThat(createdAt(row)).isGreaterThan(1_600_000_000_000L);
      if ("Failed".equals(row.get("state_ui"))) {
        assertThat(String.valueOf(row.get("error_details"))).contains("message", "error_code");
      }
    }
    assertThat(column(page, "name").toString()).contains("🚫").contains("\t");
  }

  @Test
  void keysetWalkMeetsEveryRowOnce() throws Exception {
    Set<Object> seen = new HashSet<>();
    String filter = "";
    for (int pages = 0; pages < 100; pages++) {
      Calls.Reply page =
          calls.list(
              "{\"limit\":7,\"sort\":[\"created_at\",\"id\"],\"select\":[\"id\",\"created_at\"]"
                  + filter
                  + "}");
      if (page.results().isEmpty()) {
        break;
      }
      page.results().forEach(row -> assertThat(seen.add(row.get("id"))).isTrue());
      Map<?, ?> last = page.results().get(page.results().size() - 1);
      assertThat(last).hasSize(2);
      Object at = last.get("created_at");
      filter =
          ",\"filter\":{\"$or\":[{\"created_at\":{\"$gt\":%s}},{\"created_at\":%s,\"id\":{\"$gt\":\"%s\"}}]}"
              .formatted(at, at, last.get("id"));
    }
    assertThat(seen).hasSize(200);
  }

  @Test
  void refusedQueryIsAnErrorWrapperWithTheParsersText() throws Exception {
    Calls.Reply reply = calls.list("{\"filter\":{\"nope\":1}}");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.map())
        .containsOnlyKeys("data", "details", "identifier", "message", "status", "user_error")
        .containsEntry("message", "unrecognized key \"nope\" for filtering")
        .containsEntry("status", 400);
    assertThat(calls.list("{\"filter\":{\"$or\":[]}}").status()).isEqualTo(500);
    emulator.set(Switch.RQL_ERROR_STATUS, "422");
    emulator.set(Switch.RQL_ERROR_BODY, "text");
    Calls.Reply text = calls.list("{\"limit\":-1}");
    assertThat(text.status()).isEqualTo(422);
    assertThat(text.body()).startsWith("limit must be greater than 0");
  }

  @Test
  void aRunStartsEndsAndCanBeRead() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    String id =
        calls.start(
            Map.of(
                "input_values", Map.of("a", 1),
                "event", Map.of("b", List.of("c")),
                "runner", "group-9",
                "past_exec_ref", "earlier",
                "trigger_type", "custom_webhook"));
    assertThat(calls.get("/executions/" + id).map())
        .containsEntry("state_ui", "Running")
        .doesNotContainKey("finished_at");
    emulator.completeRun(id, "Completed");
    awaitEnd(id);
    Map<String, @Nullable Object> ended =
        calls.get("/executions/" + id + "?withApplyView=true").map();
    assertThat(ended)
        .containsEntry("state_ui", emulator.runs().get(0).stateUi())
        .containsEntry("inputs", Map.of("a", 1))
        .containsEntry("event", Map.of("b", List.of("c")))
        .containsEntry("runner_group_id", "group-9")
        .containsEntry("input_values_origin_exec_id", "earlier")
        .containsEntry("trigger_type", "custom_webhook")
        .containsKeys("finished_at", "display_name", "duration", "playbook_name");
    assertThat((Object) ended).isEqualTo(Json.read(Json.text(emulator.execution(id))));
    assertThat(column(calls.list("{\"limit\":1}"), "id")).isEqualTo(List.of(id));
    RecordedRun run = Calls.run(emulator, id);
    assertThat(run.gets()).isEqualTo(2);
    assertThat(run.inputValues()).isEqualTo("{\"a\":1}");
    assertThat(run.callbackPlan()).isEmpty();
    assertThat(run.settled()).isTrue();
  }

  @Test
  void executeWithoutABodyIsFine() throws Exception {
    emulator.set(Switch.EXECUTE_STATUS, "201");
    Calls.Reply reply = calls.execute(null);
    assertThat(reply.status()).isEqualTo(201);
    assertThat(reply.map()).containsOnlyKeys("execution_id");
  }

  @Test
  void unknownPlaybookAndExecutionAre404() throws Exception {
    emulator.set(Switch.EXECUTE_UNKNOWN_PLAYBOOK, "pb-1,pb-2");
    assertThat(calls.execute(Map.of()).status()).isEqualTo(404);
    assertThat(emulator.runs()).isEmpty();
    assertThat(calls.get("/executions/none").status()).isEqualTo(404);
    assertThat(calls.get("/executions/none/steps").status()).isEqualTo(404);
    assertThat(calls.post("/executions/none/cancel", null).status()).isEqualTo(404);
    assertThatThrownBy(() -> emulator.execution("none")).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void stepsAndOutputs() throws Exception {
    String id = emulator.addExecution(Map.of("state_ui", "Failed"));
    Calls.Reply steps = calls.get("/executions/" + id + "/steps");
    assertThat(column(steps, "state")).isEqualTo(List.of("OK", "OK", "Failed"));
    assertThat(steps.map()).containsEntry("total", 3);
    assertThat(calls.get("/executions/" + id + "/outputs").map()).containsEntry("id", id);
    emulator.set(Switch.OUTPUTS_SHAPE, "outputs");
    assertThat(calls.get("/executions/" + id + "/outputs").map())
        .containsOnlyKeys("result", "echo");
    emulator.set(Switch.OUTPUTS_SHAPE, "gone");
    emulator.set(Switch.STEPS_SHAPE, "gone");
    assertThat(calls.get("/executions/" + id + "/outputs").status()).isEqualTo(404);
    assertThat(calls.get("/executions/" + id + "/steps").status()).isEqualTo(404);
  }

  @Test
  void cancelEndsARunOnce() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    String id = calls.start(Map.of());
    assertThat(calls.post("/executions/" + id + "/cancel", null).json())
        .isEqualTo("execution " + id + " cancelled");
    assertThat(calls.get("/executions/" + id).map())
        .containsEntry("state_ui", "Cancelled")
        .containsEntry("cancel_reason", "cancelled by user");
    assertThat(calls.post("/executions/" + id + "/cancel", null).status()).isEqualTo(400);
    emulator.set(Switch.CANCEL_FINISHED, "200");
    emulator.set(Switch.CANCEL_ANSWER, "object");
    assertThat(calls.post("/executions/" + id + "/cancel", null).map())
        .containsEntry("execution_id", id);
    emulator.set(Switch.CANCEL_ANSWER, "empty");
    assertThat(calls.post("/executions/" + id + "/cancel", null).body()).isEmpty();
  }

  @Test
  void cancelWorksOnAnUnfinishedRowOfTheHistory() throws Exception {
    String id = emulator.addExecution(Map.of("state_ui", "Running"));
    assertThat(calls.get("/executions/" + id).map()).doesNotContainKey("finished_at");
    assertThat(calls.post("/executions/" + id + "/cancel", null).status()).isEqualTo(200);
    assertThat(emulator.execution(id)).containsEntry("state_ui", "Cancelled");
  }

  @Test
  void manualRunsEndWhenToldAndOnlyOnce() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    String id = calls.start(Map.of());
    emulator.completeRun(id, "Skipped");
    assertThat(emulator.execution(id)).containsEntry("state_ui", "Skipped");
    assertThatThrownBy(() -> emulator.completeRun(id, "Completed"))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> emulator.completeRun("none", "Completed"))
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void runsBeyondTheLimitWaitForTheirTurn() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    emulator.set(Switch.LIMIT_RUNNING, "2");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ids.add(calls.start(Map.of()));
    }
    assertThat(ids.stream().map(id -> emulator.execution(id).get("state_ui")))
        .containsExactly("Running", "Running", "Pending", "Pending");
    assertThat(emulator.execution(ids.get(3))).doesNotContainKey("started_at");
    emulator.completeRun(ids.get(0), "Completed");
    emulator.completeRun(ids.get(3), "Cancelled");
    assertThat(ids.stream().map(id -> emulator.execution(id).get("state_ui")))
        .containsExactly("Completed", "Running", "Running", "Cancelled");
  }

  @Test
  void synchronousRuns() throws Exception {
    emulator.set(Switch.RUN_OUTCOMES, "Completed=1");
    emulator.set(Switch.RUN_DURATION, "20ms");
    Calls.Reply done =
        calls.post(
            "/playbooks/pb-1/execute?run_sync=true&timeout=10", "{\"input_values\":{\"x\":\"y\"}}");
    assertThat(done.status()).isEqualTo(200);
    assertThat(done.map()).containsEntry("echo", Map.of("x", "y")).containsKey("result");
    assertThat(emulator.count(Operation.EXECUTE_SYNC)).isEqualTo(1);
    assertThat(emulator.requests().get(0).executionId())
        .isEqualTo(emulator.runs().get(0).executionId());

    emulator.set(Switch.RUN_OUTCOMES, "Failed=1");
    assertThat(calls.post("/playbooks/pb-1/execute?run_sync=true", null).status()).isEqualTo(400);
    emulator.set(Switch.SYNC_FAILURE_ANSWER, "error-500");
    assertThat(calls.post("/playbooks/pb-1/execute?run_sync=true", null).status()).isEqualTo(500);
    emulator.set(Switch.SYNC_FAILURE_ANSWER, "output");
    assertThat(calls.post("/playbooks/pb-1/execute?run_sync=true", null).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"error-408, 408", "error-504, 504", "accepted, 200"})
  void synchronousWaitsRunOut(String form, int status) throws Exception {
    try (BlinkOpsEmulator waiting = timed(Switch.RUN_DURATION, "manual")) {
      waiting.set(Switch.SYNC_TIMEOUT_ANSWER, form);
      CompletableFuture<Calls.Reply> asked =
          Calls.later(
              () ->
                  new Calls(waiting)
                      .post("/playbooks/pb-1/execute?run_sync=true&timeout=60", null));
      await().until(() -> time.getScheduledTaskCount() > 0);
      time.advanceTimeBy(Duration.ofSeconds(59));
      assertThat(asked).isNotDone();
      time.advanceTimeBy(Duration.ofSeconds(1));
      Calls.Reply reply = asked.get(10, TimeUnit.SECONDS);
      assertThat(reply.status()).isEqualTo(status);
      assertThat(reply.map().containsKey("execution_id")).isEqualTo(status == 200);
      assertThat(waiting.runs().get(0).finished()).isFalse();
    }
  }

  @Test
  void keysAndWorkspaces() throws Exception {
    assertThat(calls.send("GET", "/executions", null, null).status()).isEqualTo(401);
    assertThat(calls.send("GET", "/executions", null, "wrong").status()).isEqualTo(401);
    assertThat(calls.send("GET", "/executions", null, emulator.forbiddenKey()).status())
        .isEqualTo(403);
    emulator.set(Switch.AUTH_BODY, "wrapper");
    assertThat(calls.send("GET", "/executions", null, null).map()).containsEntry("status", 401);
    emulator.set(Switch.AUTH_BODY, "text");
    assertThat(calls.send("GET", "/executions", null, null).body()).isEqualTo("unauthorized");
    assertThat(emulator.requests().toString()).doesNotContain(emulator.apiKey());
    try (BlinkOpsEmulator other =
        BlinkOpsEmulator.builder()
            .apiKey("k")
            .workspace("ws-1")
            .workspaces("ws-2")
            .history(3)
            .start()) {
      assertThat(new Calls(other, "ws-1").list("{}").results()).hasSize(3);
      assertThat(new Calls(other, "ws-2").list("{}").results()).isEmpty();
      assertThat(new Calls(other, "ws-3").list("{}").status()).isEqualTo(403);
    }
  }

  @Test
  void theHistoryCanBeChanged() throws Exception {
    Map<String, @Nullable Object> members = new HashMap<>();
    members.put("id", "mine");
    members.put("created_at", 5);
    members.put("finished_at", null);
    members.put("name", "☃");
    assertThat(emulator.addExecution(members)).isEqualTo("mine");
    assertThat(calls.get("/executions/mine").map())
        .containsEntry("name", "☃")
        .containsEntry("created_at", 5)
        .doesNotContainKey("finished_at");
    assertThatThrownBy(() -> emulator.addExecution(members)).hasMessageContaining("mine");
    assertThatThrownBy(() -> emulator.addExecution(Map.of("nope", 1))).hasMessageContaining("nope");
    assertThatThrownBy(() -> emulator.addExecution(Map.of("name", 1))).hasMessageContaining("name");
    assertThat(emulator.removeExecution("mine")).isTrue();
    assertThat(emulator.removeExecution("mine")).isFalse();
    assertThat(calls.get("/executions/mine").status()).isEqualTo(404);
  }

  @Test
  void unsureFormsOfAPage() throws Exception {
    String none = "{\"filter\":{\"id\":\"none\"}}";
    assertThat(calls.list(none).map())
        .containsEntry("results", List.of())
        .containsEntry("total", 0);
    emulator.set(Switch.LIST_EMPTY_RESULTS, "null");
    assertThat(calls.list(none).map()).containsEntry("results", null);
    emulator.set(Switch.LIST_EMPTY_RESULTS, "absent");
    assertThat(calls.list(none).map()).doesNotContainKey("results");
    emulator.set(Switch.LIST_TOTAL, "all");
    assertThat(calls.list(none).map()).containsEntry("total", 200);
    emulator.set(Switch.LIST_TOTAL, "absent");
    assertThat(calls.list(none).map()).doesNotContainKey("total");
    emulator.set(Switch.LIST_TOTAL, "wrong");
    assertThat(calls.list("{}").map().get("total")).isNotEqualTo(200);
    emulator.set(Switch.LIST_LIMIT_ECHO, "requested");
    assertThat(calls.list("{}").map()).containsEntry("limit", 0);
    emulator.set(Switch.RQL_IGNORE_FILTER, "on");
    assertThat(calls.list(none).results()).hasSize(25);
    emulator.set(Switch.RQL_IGNORE_SORT, "on");
    Object newest = calls.list("{}").results().get(0).get("id");
    assertThat(calls.list("{\"sort\":[\"created_at\"]}").results().get(0).get("id"))
        .isEqualTo(newest);
    emulator.set(Switch.LIST_DEFAULT_ORDER, "oldest");
    assertThat(calls.list("{}").results().get(0).get("id")).isNotEqualTo(newest);
    emulator.set(Switch.LIST_DEFAULT_ORDER, "random");
    assertThat(column(calls.list("{}"), "id")).isNotEqualTo(column(calls.list("{}"), "id"));
  }

  @Test
  void unsureFormsOfAnExecution() throws Exception {
    String id = emulator.addExecution(Map.of("state_ui", "Failed", "created_at", 7_000_000));
    emulator.set(Switch.TIME_UNIT, "seconds");
    assertThat(emulator.execution(id)).containsEntry("created_at", 7_000L);
    assertThat(calls.list("{\"filter\":{\"created_at\":7000}}").results()).hasSize(1);
    emulator.set(Switch.TIME_UNIT, "micros");
    assertThat(emulator.execution(id)).containsEntry("created_at", 7_000_000_000L);
    emulator.set(Switch.STATE_RAW, "lower");
    assertThat(emulator.execution(id)).containsEntry("state", "failed");
    emulator.set(Switch.STATE_RAW, "upper");
    assertThat(emulator.execution(id)).containsEntry("state", "FAILED");
    emulator.set(Switch.STATE_RAW, "numeric");
    assertThat(emulator.execution(id)).containsEntry("state", "4");
    emulator.set(Switch.STATE_RAW, "absent-ui");
    assertThat(emulator.execution(id))
        .containsEntry("state", "Failed")
        .doesNotContainKey("state_ui");
    emulator.set(Switch.STEP_RESULTS_KEYS, "states");
    assertThat(emulator.execution(id)).containsEntry("step_results", Map.of("OK", 2, "Failed", 1));
    String going = emulator.addExecution(Map.of("state_ui", "Running"));
    emulator.set(Switch.UNSET_FINISHED_AT, "null");
    assertThat(calls.get("/executions/" + going).map()).containsEntry("finished_at", null);
    emulator.set(Switch.UNSET_FINISHED_AT, "zero");
    assertThat(calls.get("/executions/" + going).map()).containsEntry("finished_at", 0);
    emulator.set(Switch.UNKNOWN_MEMBERS, "on");
    emulator.set(Switch.ELEMENT_FORMAT, "pretty");
    Calls.Reply odd = calls.list("{\"limit\":1}");
    assertThat(odd.body()).contains("\n").contains("123456789012345678901234567890");
    assertThat(odd.map()).containsKey("x_nested");
    assertThat(odd.results().get(0).containsKey("x_added_later")).isTrue();
  }

  @Test
  void readsLagBehind() throws Exception {
    try (BlinkOpsEmulator lagging = timed(Switch.RUN_DURATION, "manual")) {
      lagging.set(Switch.STATE_LAG, "1500ms");
      lagging.set(Switch.GET_MISSING, "1500ms");
      Calls asked = new Calls(lagging);
      String id = asked.start(Map.of());
      assertThat(asked.get("/executions/" + id).status()).isEqualTo(404);
      time.advanceTimeBy(Duration.ofSeconds(1));
      lagging.completeRun(id, "Completed");
      assertThat(column(asked.list("{\"limit\":1}"), "state_ui")).isEqualTo(List.of("Running"));
      time.advanceTimeBy(Duration.ofSeconds(1));
      assertThat(asked.get("/executions/" + id).text("state_ui")).isEqualTo("Running");
      time.advanceTimeBy(Duration.ofSeconds(1));
      assertThat(asked.get("/executions/" + id).text("state_ui")).isEqualTo("Completed");
    }
  }

  @Test
  void runsMayPause() throws Exception {
    try (BlinkOpsEmulator pausing = timed(Switch.RUN_DURATION, "4s")) {
      pausing.set(Switch.RUN_PAUSE, "1");
      String id = new Calls(pausing).start(Map.of());
      for (String state : List.of("Running", "Paused", "Paused", "Running", "Completed")) {
        assertThat(pausing.execution(id)).containsEntry("state_ui", state);
        time.advanceTimeBy(Duration.ofSeconds(1));
      }
    }
  }

  /** An emulator whose time passes only when the test says so. */
  private BlinkOpsEmulator timed(Switch which, String value) {
    return BlinkOpsEmulator.builder()
        .scheduler(time)
        .set(Switch.RUN_OUTCOMES, "Completed=1")
        .set(which, value)
        .start();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/executions?limit=5||400",
        "GET|/executions?q={}&q={}||400",
        "GET|/executions/x?withApplyView=1||400",
        "GET|/executions/x/steps?q={}||400",
        "GET|/executions/x/logs||404",
        "PUT|/executions/x|{}|404",
        "GET|/playbooks/p||404",
        "POST|/playbooks/p/execute?timeout=5|{}|400",
        "POST|/playbooks/p/execute?run_sync=true&timeout=soon|{}|400",
        "POST|/playbooks/p/execute?run_sync=yes|{}|400",
        "POST|/playbooks/p/execute|not json|400",
        "POST|/playbooks/p/execute|[]|400",
        "POST|/playbooks/p/execute|{\"inputs\":{}}|400",
        "POST|/playbooks/p/execute|{\"input_values\":[]}|400",
        "POST|/playbooks/p/execute|{\"runner\":null}|400",
        "POST|/playbooks/p/execute|{\"callback\":{\"URL\":\"x\"}}|400",
        "POST|/playbooks/p/execute|{\"callback\":{\"disableSSL\":\"true\"}}|400",
        "POST|/playbooks/p/execute|{\"callback\":{\"headers\":{\"a\":{}}}}|400",
        "POST|/executions/x/cancel|{}|400"
      })
  void whatNobodyDocumentsIsRefusedAndTold(
      String method, String path, @Nullable String body, int status) throws Exception {
    blink.allowViolations();
    String sent = path.replace("{", "%7B").replace("}", "%7D");
    Calls.Reply reply = calls.send(method, sent, body, emulator.apiKey());
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.map()).containsEntry("status", status);
    assertThat(emulator.violations()).hasSize(1);
    assertThat(emulator.runs()).isEmpty();
  }

  @Test
  void aBrokenUriIsRefused() throws Exception {
    blink.allowViolations();
    URI base = URI.create(emulator.baseUrl());
    try (Socket socket = new Socket(base.getHost(), base.getPort())) {
      String request =
          "GET /api/v1/%zz HTTP/1.1\r\nHost: x\r\nBLINK-API-KEY: "
              + emulator.apiKey()
              + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String reply = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(reply).startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void requestsAreRecordedInOrder() throws Exception {
    calls.list("{\"limit\":1}");
    String id = calls.start(Map.of());
    calls.get("/executions/" + id);
    assertThat(emulator.requests())
        .extracting(RecordedRequest::operation)
        .containsExactly(Operation.LIST, Operation.EXECUTE, Operation.GET);
    RecordedRequest started = emulator.requests().get(1);
    assertThat(started.body()).isEqualTo("{}");
    assertThat(started.executionId()).isEqualTo(id);
    assertThat(started.status()).isEqualTo(200);
    assertThat(started.headers()).containsEntry("blink-api-key", "***");
    assertThat(emulator.requests().get(0).uri()).contains("q=%7B%22limit%22");
    assertThat(emulator.openConnections()).isPositive();
  }

  @Test
  void compressesOnDemand() throws Exception {
    emulator.set(Switch.WIRE_GZIP, "on");
    assertThat(calls.list("{}").headers()).doesNotContainKey("content-encoding");
    Calls.Reply packed = calls.listGzipped("{}");
    assertThat(packed.headers()).containsEntry("content-encoding", List.of("gzip"));
    assertThat(packed.results()).hasSize(25);
  }
}
