package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlaxelOperationsTest {
  private final TurnableClock clock = new TurnableClock(Instant.parse("2026-06-01T12:00:00Z"));

  @Order(1)
  @RegisterExtension
  final BlaxelEmulatorExtension blaxel =
      BlaxelEmulatorExtension.create(
          builder -> builder.history(5).clock(clock).workspaces("other").jobs("second"));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  private BlaxelEmulator emulator;
  private BlaxelCalls calls;

  @BeforeEach
  void connect() {
    emulator = blaxel.emulator();
    calls = new BlaxelCalls(emulator);
  }

  private void manual() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    emulator.set(BlaxelSwitch.RUN_PENDING, "PT0S");
  }

  private String basic(String secret) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((emulator.clientId() + ":" + secret).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void anExecutionIsCreatedAndEnds() throws Exception {
    emulator.set(BlaxelSwitch.RUN_OUTCOMES, "succeeded=1");
    BlaxelCalls.Reply reply =
        calls.create(
            Map.of(
                "id", "message-1",
                "jobId", emulator.job(),
                "workspaceId", emulator.workspace(),
                "memory", 512,
                "env", Map.of("A", "secret value"),
                "tasks", List.of(Map.of("x", 1), Map.of("y", List.of()))));
    assertThat(reply.status()).isEqualTo(200);
    String id = reply.text("executionId");
    assertThat(reply.map())
        .containsOnlyKeys("executionId", "id", "jobId", "tasks", "workspaceId")
        .containsEntry("id", "message-1")
        .containsEntry("tasks", List.of(Map.of("x", 1), Map.of("y", List.of())));
    await().until(() -> calls.get(id).text("status").equals("succeeded"));
    emulator.set(BlaxelSwitch.ENV_FORM, "object");
    Map<String, @Nullable Object> ended = calls.get(id).map();
    assertThat(BlaxelCalls.at(ended, "spec", "envOverride")).isEqualTo(Map.of("A", "****"));
    assertThat(BlaxelCalls.at(ended, "spec", "memoryOverride")).isEqualTo(512);
    assertThat(BlaxelCalls.at(ended, "stats", "success")).isEqualTo(2);
    assertThat(BlaxelCalls.at(ended, "metadata", "completedAt")).isNotNull();
    assertThat((Object) ended).isEqualTo(Json.read(Json.text(emulator.execution(id))));
    assertThat(calls.list("limit=1").ids()).containsExactly(id);
    assertThat(emulator.createdIds()).containsExactly(id);
    assertThat(calls.tasks(id, "").rows()).hasSize(2);
  }

  @Test
  void anExecutionIsPendingThenRunningThenWhateverIsSaid() throws Exception {
    manual();
    emulator.set(BlaxelSwitch.RUN_PENDING, "1h");
    assertThat(calls.status(calls.start(Map.of()))).isEqualTo("pending");
    emulator.set(BlaxelSwitch.RUN_PENDING, "20ms");
    String id = calls.start(Map.of("executionId", "mine", "tasks", List.of(Map.of(), Map.of())));
    assertThat(id).isEqualTo("mine");
    await().until(() -> calls.status(id).equals("running"));
    clock.turn(Duration.ofMinutes(1));
    emulator.completeExecution(id, "timeout");
    assertThat(calls.status(id)).isEqualTo("timeout");
    assertThat(BlaxelCalls.at(emulator.execution(id), "metadata", "completedAt"))
        .isEqualTo("2026-06-01T12:01:00.000Z");
    assertThat(BlaxelCalls.at(emulator.execution(id), "stats", "failure")).isEqualTo(1);
    assertThatThrownBy(() -> emulator.completeExecution(id, "failed"))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> emulator.completeExecution("none", "failed"))
        .isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void beyondTheLimitExecutionsWaitOrAreRefused() throws Exception {
    manual();
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "2");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ids.add(calls.start(Map.of()));
    }
    assertThat(ids.stream().map(id -> emulator.execution(id).get("status")))
        .containsExactly("running", "running", "queued", "queued");
    BlaxelCalls.Reply refused = calls.create(Map.of("allowQueue", false));
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("message")).isEqualTo("Maximum parallel executions limit reached");
    assertThat(emulator.createdIds()).isEqualTo(ids);
    emulator.completeExecution(ids.get(0), "succeeded");
    emulator.completeExecution(ids.get(3), "cancelled");
    assertThat(ids.stream().map(id -> emulator.execution(id).get("status")))
        .containsExactly("succeeded", "running", "running", "cancelled");
    emulator.completeExecution(ids.get(2), "failed");
    assertThat(calls.create(Map.of("allowQueue", false)).status()).isEqualTo(200);
  }

  @Test
  void cancellingTakesTwoSteps() throws Exception {
    manual();
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "1");
    emulator.set(BlaxelSwitch.CANCEL_DURATION, "1h");
    String running = calls.start(Map.of("tasks", List.of(Map.of(), Map.of(), Map.of())));
    String queued = calls.start(Map.of());
    BlaxelCalls.Reply reply = calls.cancel(running);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.map()).containsEntry("status", "cancelling");
    assertThat(reply.part("stats")).containsEntry("running", 1).containsEntry("cancelled", 2);
    assertThat(calls.cancel(running).text("status")).isEqualTo("cancelling");
    assertThat(calls.cancel(queued).text("status")).isEqualTo("cancelling");
    emulator.completeExecution(running, "cancelled");
    emulator.completeExecution(queued, "cancelled");
    assertThat(calls.get(running).part("stats")).containsEntry("success", 1);
    assertThat(calls.get(queued).part("stats")).containsEntry("cancelled", 1);
    assertThat(calls.get(queued).part("metadata")).doesNotContainKey("startedAt");
    assertThat(calls.cancel("none").status()).isEqualTo(404);
    String other = calls.start(Map.of());
    assertThat(calls.status(other)).as("the places are free again").isEqualTo("running");
  }

  @Test
  void aRowOfTheHistoryCanBeCancelledAndCompleted() throws Exception {
    emulator.set(BlaxelSwitch.CANCEL_DURATION, "10ms");
    String id = emulator.addExecution(Map.of("status", "running"));
    assertThat(calls.cancel(id).status()).isEqualTo(200);
    await().until(() -> calls.status(id).equals("cancelled"));
    String other = emulator.addExecution(Map.of("status", "pending"));
    emulator.completeExecution(other, "failed");
    assertThat(calls.status(other)).isEqualTo("failed");
    assertThat(emulator.createdIds()).isEmpty();
  }

  @Test
  void theHistoryCanBeChanged() throws Exception {
    Map<String, @Nullable Object> metadata = new HashMap<>();
    metadata.put("id", "mine");
    metadata.put("createdAt", Instant.parse("2026-05-01T00:00:00Z"));
    metadata.put("completedAt", null);
    metadata.put("startedAt", "2026-05-01T02:00:01+02:00");
    metadata.put("cluster", null);
    metadata.put("deletedAt", "2026-05-02T00:00:00Z");
    Map<String, @Nullable Object> members = new HashMap<>();
    members.put("metadata", metadata);
    members.put("spec", Map.of("envOverride", "{\"a\":1}", "timeout", 5));
    members.put("stats", null);
    members.put("tasks", List.of());
    assertThat(emulator.addExecution(members)).isEqualTo("mine");
    Map<String, @Nullable Object> row = calls.get("mine").map();
    assertThat(row).doesNotContainKey("stats").containsEntry("tasks", List.of());
    assertThat(BlaxelCalls.members(row.get("metadata")))
        .doesNotContainKeys("completedAt", "cluster")
        .containsEntry("createdAt", "2026-05-01T00:00:00.000Z")
        .containsEntry("startedAt", "2026-05-01T00:00:01.000Z")
        .containsEntry("deletedAt", "2026-05-02T00:00:00.000Z")
        .containsEntry("job", emulator.job());
    assertThat(BlaxelCalls.members(row.get("spec")))
        .containsEntry("envOverride", "{\"a\":1}")
        .containsEntry("timeout", 5)
        .containsKey("parallelism");
    assertThatThrownBy(() -> emulator.addExecution(members)).hasMessageContaining("mine");
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("nope", 1),
            Map.of("status", 1),
            Map.of("metadata", Map.of("nope", "x")),
            Map.of("metadata", Map.of("createdAt", "yesterday")),
            Map.of("spec", Map.of("envOverride", 5)),
            Map.of("spec", Map.of("timeout", "5m")),
            Map.of("stats", Map.of("nope", 1)))) {
      assertThatThrownBy(() -> emulator.addExecution(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(emulator.removeExecution("mine")).isTrue();
    assertThat(emulator.removeExecution("mine")).isFalse();
    metadata.put("createdAt", null);
    assertThat(emulator.addExecution(members)).isEqualTo("mine");
    assertThat(BlaxelCalls.members(calls.get("mine").map().get("metadata")))
        .doesNotContainKey("createdAt");
    assertThat(emulator.removeExecution("mine")).isTrue();
    assertThat(calls.get("mine").status()).isEqualTo(404);
    assertThat(emulator.executionIds()).doesNotContain("mine");
    String elsewhere =
        emulator.addExecution(Map.of("metadata", Map.of("job", "second", "workspace", "other")));
    assertThat(emulator.executionIds()).doesNotContain(elsewhere);
    assertThat(calls.send("GET", "/jobs/second/executions?workspace=other", null).ids())
        .containsExactly(elsewhere);
    assertThat(calls.get(elsewhere).status()).isEqualTo(404);
  }

  @Test
  void memoryMayOnlyBeLowered() throws Exception {
    assertThat(calls.create(Map.of("memory", 4096)).status()).isEqualTo(200);
    assertThat(calls.create(Map.of("memory", 4097)).status()).isEqualTo(400);
    assertThat(calls.create(Map.of("memory", 0)).status()).isEqualTo(400);
    assertThat(emulator.createdIds()).hasSize(1);
  }

  @Test
  void eitherHeaderTakesTheKey() throws Exception {
    BlaxelCalls without = calls.with("Authorization", null);
    String good = "Bearer " + emulator.apiKey();
    assertThat(without.with(BlaxelApi.CREDENTIAL_HEADER, good).list("").status()).isEqualTo(200);
    assertThat(calls.with("Authorization", "bearer " + emulator.apiKey()).list("").status())
        .isEqualTo(200);
    BlaxelCalls.Reply missing = without.list("");
    assertThat(missing.status()).isEqualTo(401);
    assertThat(missing.headers())
        .containsEntry("x-blaxel-source", List.of("platform"))
        .containsEntry("x-blaxel-error-code", List.of("AUTHENTICATION_REQUIRED"));
    assertThat(missing.part("error"))
        .containsEntry("code", "AUTHENTICATION_REQUIRED")
        .containsEntry("status", 401)
        .containsEntry("retryable", false)
        .containsKeys("message", "origin", "action", "do_not", "docs_url", "timestamp");
    for (String wrong : List.of("Bearer wrong", emulator.apiKey(), "Basic eA==")) {
      BlaxelCalls.Reply refused = calls.with("Authorization", wrong).list("");
      assertThat(refused.status()).isEqualTo(401);
      assertThat(refused.part("error")).containsEntry("code", "AUTHENTICATION_FAILED");
    }
    BlaxelCalls.Reply forbidden =
        calls.with("Authorization", "Bearer " + emulator.forbiddenKey()).list("");
    assertThat(forbidden.status()).isEqualTo(403);
    assertThat(forbidden.part("error")).containsEntry("code", "FORBIDDEN");
    assertThat(emulator.requests().toString())
        .doesNotContain(emulator.apiKey(), emulator.forbiddenKey());
    assertThat(emulator.requests().get(0).headers())
        .containsEntry("x-blaxel-authorization", "Bearer ***");
    assertThat(emulator.violations()).isEmpty();
  }

  @Test
  void theWorkspaceIsNamedByHeaderOrParameter() throws Exception {
    assertThat(calls.with(BlaxelApi.WORKSPACE_HEADER, emulator.workspace()).list("").ids())
        .hasSize(5);
    assertThat(calls.with(BlaxelApi.WORKSPACE_HEADER, "other").list("").ids()).isEmpty();
    assertThat(calls.list("workspace=other").ids()).isEmpty();
    assertThat(calls.list("workspace=nobodys").status()).isEqualTo(403);
    assertThat(calls.with(BlaxelApi.WORKSPACE_HEADER, "nobodys").list("").status()).isEqualTo(403);
    String id = emulator.executionIds().get(0);
    assertThat(calls.with(BlaxelApi.WORKSPACE_HEADER, "other").get(id).status()).isEqualTo(404);
  }

  @Test
  void credentialsAreExchangedForATokenThatExpires() throws Exception {
    Map<String, String> grant = Map.of("grant_type", "client_credentials");
    BlaxelCalls.Reply reply =
        calls.with("Authorization", basic(emulator.clientSecret())).token(grant);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.map())
        .containsOnlyKeys("access_token", "refresh_token", "expires_in", "token_type")
        .containsEntry("expires_in", 7200)
        .containsEntry("token_type", "Bearer");
    assertThat(reply.text("access_token")).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+");
    BlaxelCalls own = calls.with("Authorization", "Bearer " + reply.text("access_token"));
    assertThat(own.list("").status()).isEqualTo(200);
    clock.turn(Duration.ofHours(2).minusSeconds(1));
    assertThat(own.list("").status()).isEqualTo(200);
    clock.turn(Duration.ofSeconds(1));
    assertThat(own.list("").status()).isEqualTo(401);

    BlaxelCalls anonymous = calls.with("Authorization", null);
    BlaxelCalls.Reply second =
        anonymous.token(
            Map.of(
                "grant_type", "client_credentials",
                "client_id", emulator.clientId(),
                "client_secret", emulator.clientSecret()));
    assertThat(second.status()).isEqualTo(200);
    BlaxelCalls.Reply refreshed =
        anonymous.token(
            Map.of("grant_type", "refresh_token", "refresh_token", second.text("refresh_token")));
    assertThat(refreshed.text("access_token")).isNotEqualTo(second.text("access_token"));
    BlaxelCalls fresh = calls.with("Authorization", "Bearer " + refreshed.text("access_token"));
    assertThat(fresh.list("").status()).isEqualTo(200);
    emulator.revokeTokens();
    assertThat(fresh.list("").status()).isEqualTo(401);
    assertThat(calls.list("").status()).as("the key is no token").isEqualTo(200);
    assertThat(emulator.count(BlaxelOperation.TOKEN)).isEqualTo(3);
    assertThat(emulator.requests().toString())
        .doesNotContain(emulator.clientSecret(), second.text("refresh_token"));
  }

  @Test
  void wrongCredentialsGetNoToken() throws Exception {
    Map<String, String> grant = Map.of("grant_type", "client_credentials");
    BlaxelCalls anonymous = calls.with("Authorization", null);
    for (BlaxelCalls.Reply refused :
        List.of(
            anonymous.token(grant),
            anonymous.with("Authorization", basic("wrong")).token(grant),
            anonymous.with("Authorization", "Basic !").token(grant),
            calls.token(grant),
            anonymous.token(
                Map.of(
                    "grant_type", "client_credentials",
                    "client_id", emulator.clientId(),
                    "client_secret", "wrong")))) {
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.map()).containsEntry("error", "invalid_client");
    }
    assertThat(
            anonymous
                .token(Map.of("grant_type", "refresh_token", "refresh_token", "x"))
                .text("error"))
        .isEqualTo("invalid_grant");
    assertThat(emulator.violations()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET|/jobs||404",
        "GET|/jobs/{job}/executions/||404",
        "GET|/jobs//executions||404",
        "PUT|/jobs/{job}/executions|{}|404",
        "POST|/jobs/{job}/executions/x|{}|404",
        "GET|/jobs/{job}/executions/x/logs||404",
        "GET|/jobs/{job}/executions/x?limit=5||400",
        "DELETE|/jobs/{job}/executions/x|{}|400",
        "POST|/jobs/{job}/executions?limit=5|{}|400",
        "POST|/jobs/{job}/executions|not json|400",
        "POST|/jobs/{job}/executions||400",
        "POST|/jobs/{job}/executions|[]|400",
        "POST|/jobs/{job}/executions|{\"inputs\":{}}|400",
        "POST|/jobs/{job}/executions|{\"tasks\":{}}|400",
        "POST|/jobs/{job}/executions|{\"tasks\":[1]}|400",
        "POST|/jobs/{job}/executions|{\"env\":{\"a\":{}}}|400",
        "POST|/jobs/{job}/executions|{\"allowQueue\":\"no\"}|400",
        "POST|/jobs/{job}/executions|{\"executionId\":\" \"}|400",
        "POST|/jobs/{job}/executions|{\"jobId\":\"another\"}|400",
        "POST|/jobs/{job}/executions|{\"memory\":1.5}|400",
        "POST|/oauth/token|{}|400",
        "POST|/oauth/token|{\"grant_type\":\"password\"}|400",
        "POST|/oauth/token|{\"scope\":\"all\"}|400",
        "GET|/oauth/token||404"
      })
  void whatNobodyDocumentsIsRefusedAndTold(
      String method, String path, @Nullable String body, int status) throws Exception {
    blaxel.allowViolations();
    BlaxelCalls.Reply reply = calls.send(method, path.replace("{job}", emulator.job()), body);
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.map()).containsKey("error");
    assertThat(emulator.violations()).hasSize(1);
    assertThat(emulator.createdIds()).isEmpty();
  }

  @Test
  void requestsAreRecordedInOrder() throws Exception {
    calls.list("limit=1");
    String id = calls.start(Map.of());
    calls.get(id);
    calls.tasks(id, "");
    calls.cancel(id);
    assertThat(emulator.requests())
        .extracting(RecordedBlaxelRequest::operation)
        .containsExactly(
            BlaxelOperation.LIST,
            BlaxelOperation.CREATE,
            BlaxelOperation.GET,
            BlaxelOperation.TASKS,
            BlaxelOperation.CANCEL);
    RecordedBlaxelRequest started = emulator.requests().get(1);
    assertThat(started.body()).isEqualTo("{}");
    assertThat(started.executionId()).isEqualTo(id);
    assertThat(started.status()).isEqualTo(200);
    assertThat(started.headers()).containsEntry("authorization", "Bearer ***");
    assertThat(emulator.requests().get(4).executionId()).isEqualTo(id);
    assertThat(emulator.openConnections()).isPositive();
  }

  @Test
  void closingIsBoundedAndLeavesNothing() throws Exception {
    emulator.set(BlaxelSwitch.RUN_DURATION, "1h");
    for (int i = 0; i < 5; i++) {
      calls.start(Map.of());
    }
    long before = System.nanoTime();
    emulator.close();
    emulator.close();
    assertThat((System.nanoTime() - before) / 1_000_000).isLessThan(4000);
    invariants.watch("open connections", emulator::openConnections);
  }
}
