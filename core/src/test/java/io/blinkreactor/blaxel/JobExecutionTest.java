package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobExecutionTest {

  private static final String FULL =
      """
      { "metadata": {"cluster":"us-1","completedAt":"2026-05-04T03:10:00Z",
          "createdAt":"2026-05-04T03:00:00.123Z","deletedAt":"2026-05-05T00:00:00Z",
          "expiredAt":"2026-07-04T03:00:00+02:00","id":"exec-1","job":"j",
          "startedAt":"2026-05-04T03:01:00.000000001Z","updatedAt":"2026-05-04T03:10:01Z",
          "workspace":"ws"},
        "spec": {"envOverride":{"REGION":"****","N":7},"memoryOverride":2048,"parallelism":3,
          "tasks":[{"metadata":{"name":"task-0"}}],"timeout":900},
        "stats": {"cancelled":1,"failure":2,"retried":3,"running":4,"success":5,"total":15},
        "status": "running",
        "tasks": [{"conditions":[{"executionReason":"NON_ZERO","message":"exit 1","reason":"Failed",
            "severity":"ERROR","state":"SUCCEEDED","type":"Completed"}],
          "metadata":{"completedAt":"2026-05-04T03:05:00Z","createdAt":"2026-05-04T03:00:01Z",
            "name":"task-0","scheduledAt":"2026-05-04T03:00:02Z",
            "startedAt":"2026-05-04T03:01:01Z","updatedAt":"2026-05-04T03:05:01Z"},
          "spec":{"maxRetries":2,"timeout":"30m"},"status":"failed"}] }
      """;

  @Test
  void everyMemberIsRead() {
    JobExecution execution = JobExecution.parse(FULL);
    assertThat(execution.cluster()).isEqualTo("us-1");
    assertThat(execution.completedAt()).isEqualTo(at("2026-05-04T03:10:00Z"));
    assertThat(execution.createdAt()).isEqualTo(at("2026-05-04T03:00:00.123Z"));
    assertThat(execution.deletedAt()).isEqualTo(at("2026-05-05T00:00:00Z"));
    assertThat(execution.expiredAt()).isEqualTo(at("2026-07-04T01:00:00Z"));
    assertThat(execution.id()).isEqualTo("exec-1");
    assertThat(execution.job()).isEqualTo("j");
    assertThat(execution.startedAt()).isEqualTo(at("2026-05-04T03:01:00.000000001Z"));
    assertThat(execution.updatedAt()).isEqualTo(at("2026-05-04T03:10:01Z"));
    assertThat(execution.workspace()).isEqualTo("ws");
    assertThat(execution.envOverride()).isEqualTo(Map.of("REGION", "****", "N", "7"));
    assertThat(execution.memoryOverride()).isEqualTo(2048);
    assertThat(execution.parallelism()).isEqualTo(3);
    assertThat(execution.specTasks()).singleElement().matches(t -> "task-0".equals(t.name()));
    assertThat(execution.timeout()).isEqualTo(900);
    assertThat(execution.stats()).isEqualTo(new JobExecutionStats(1L, 2L, 3L, 4L, 5L, 15L));
    assertThat(execution.state()).isEqualTo(JobExecutionState.RUNNING);
    assertThat(execution.isFinished()).isFalse();
    assertThat(execution.unknownMembers()).isEmpty();
    assertThat(execution).hasToString("JobExecution[id=exec-1, state=running]");
    assertThat(execution.tasks()).singleElement().satisfies(JobExecutionTest::assertFullTask);
  }

  private static void assertFullTask(JobTask task) {
    assertThat(task.completedAt()).isEqualTo(at("2026-05-04T03:05:00Z"));
    assertThat(task.createdAt()).isEqualTo(at("2026-05-04T03:00:01Z"));
    assertThat(task.name()).isEqualTo("task-0");
    assertThat(task.scheduledAt()).isEqualTo(at("2026-05-04T03:00:02Z"));
    assertThat(task.startedAt()).isEqualTo(at("2026-05-04T03:01:01Z"));
    assertThat(task.updatedAt()).isEqualTo(at("2026-05-04T03:05:01Z"));
    assertThat(task.maxRetries()).isEqualTo(2);
    assertThat(task.timeout()).isEqualTo("30m");
    assertThat(task.state()).isEqualTo(JobTaskState.FAILED);
    assertThat(task.unknownMembers()).isEmpty();
    assertThat(task).hasToString("JobTask[name=task-0, state=failed]");
    assertThat(task.conditions())
        .singleElement()
        .satisfies(
            condition -> {
              assertThat(condition.executionReason()).isEqualTo("NON_ZERO");
              assertThat(condition.message()).isEqualTo("exit 1");
              assertThat(condition.reason()).isEqualTo("Failed");
              assertThat(condition.severity()).isEqualTo("ERROR");
              assertThat(condition.state()).isEqualTo("SUCCEEDED");
              assertThat(condition.type()).isEqualTo("Completed");
              assertThat(condition.unknownMembers()).isEmpty();
              assertThat(condition.json().text()).startsWith("{\"executionReason\"").endsWith("}");
            });
  }

  @Test
  void itIsWrittenByteForByteAsItCame() {
    JobExecution execution = JobExecution.parse(FULL);
    assertThat(execution.json().text()).isEqualTo(FULL);
    assertThat(JobExecution.parse(execution.json().text())).isEqualTo(execution);
    assertThat(execution).hasSameHashCodeAs(JobExecution.parse(FULL));
    JobTask task = execution.tasks().get(0);
    assertThat(FULL).contains(task.json().text());
    assertThat(JobTask.parse(task.json().text())).isEqualTo(task).hasSameHashCodeAs(task);
  }

  @Test
  void anEmptyObjectHasNothing() {
    JobExecution execution = JobExecution.parse("{}");
    assertThat(execution.id()).isNull();
    assertThat(execution.createdAt()).isNull();
    assertThat(execution.envOverride()).isNull();
    assertThat(execution.stats()).isNull();
    assertThat(execution.tasks()).isEmpty();
    assertThat(execution.specTasks()).isEmpty();
    assertThat(execution.state()).isEqualTo(JobExecutionState.of(""));
    assertThat(execution.isFinished()).isFalse();
    assertThat(JobTask.parse("{}").state()).isEqualTo(JobTaskState.of(""));
    assertThat(JobTask.parse("{}").conditions()).isEmpty();
  }

  @Test
  void whatIsUnknownOrOfAnotherTypeIsKeptUnderItsPath() {
    JobExecution execution =
        JobExecution.parse(
            "{\"metadata\":{\"id\":7,\"createdAt\":\"yesterday\",\"x\":1,\"completedAt\":\"\"},"
                + "\"spec\":{\"envOverride\":[1],\"timeout\":\"900\"},\"stats\":{\"y\":2},"
                + "\"status\":null,\"tasks\":[7],\"z\":[1.50]}");
    assertThat(execution.id()).isNull();
    assertThat(execution.createdAt()).isNull();
    assertThat(execution.unknownMembers())
        .hasToString(
            "{tasks=[7], z=[1.50], metadata.id=7, metadata.createdAt=\"yesterday\", metadata.x=1,"
                + " spec.timeout=\"900\", spec.envOverride=[1], stats.y=2}");
    assertThat(JobExecution.parse("{\"metadata\":[]}").unknownMembers()).containsKey("metadata");
    JobTask task = JobTask.parse("{\"metadata\":{\"n\":1},\"spec\":{\"m\":2},\"o\":3}");
    assertThat(task.unknownMembers()).hasToString("{o=3, metadata.n=1, spec.m=2}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      quoteCharacter = '~',
      value = {
        "{\"A\":\"****\"}|{A=****}",
        "\"{\\\"A\\\":\\\"****\\\",\\\"B\\\":null}\"|{A=****, B=null}",
        "{\"A\":[1, 2]}|{A=[1,2]}",
        "{}|{}",
        "\"{}\"|{}",
        "\"\"|none",
        "\"no json\"|none",
        "\"[1]\"|none",
        "7|none",
        "null|none"
      })
  void theEnvironmentIsAnObjectOrATextThatHoldsOne(String json, @Nullable String read) {
    JobExecution execution = JobExecution.parse("{\"spec\":{\"envOverride\":" + json + "}}");
    Map<String, String> environment = execution.envOverride();
    assertThat(environment == null ? null : environment.toString()).isEqualTo(read);
    boolean unset = List.of("null", "\"\"").contains(json);
    assertThat(execution.unknownMembers().containsKey("spec.envOverride"))
        .isEqualTo(read == null && !unset);
  }

  @ParameterizedTest
  @CsvSource({
    "queued,false",
    "pending,false",
    "running,false",
    "cancelling,false",
    "cancelled,true",
    "failed,true",
    "succeeded,true",
    "timeout,true",
    "completed,true",
    "evicted,false"
  })
  void aStateIsReadInAnyCaseAndKeepsItsSpelling(String status, boolean terminal) {
    for (String spelling : List.of(status, status.toUpperCase(Locale.ROOT))) {
      JobExecution execution = JobExecution.parse("{\"status\":\"" + spelling + "\"}");
      assertThat(execution.isFinished()).isEqualTo(terminal);
      assertThat(execution.state().name()).isEqualTo(spelling);
      assertThat(execution.state()).hasToString(spelling);
      assertThat(execution.state())
          .isEqualTo(JobExecutionState.of(status))
          .hasSameHashCodeAs(JobExecutionState.of(status));
    }
  }

  @Test
  void completedIsSucceeded() {
    assertThat(JobExecutionState.of("COMPLETED")).isEqualTo(JobExecutionState.SUCCEEDED);
    assertThat(JobExecutionState.of("completed").name()).isEqualTo("completed");
    assertThat(JobTaskState.of("Completed")).isEqualTo(JobTaskState.SUCCEEDED);
    assertThat(JobExecutionState.of("succeeded")).isNotEqualTo(JobExecutionState.FAILED);
  }

  @ParameterizedTest
  @CsvSource({
    "unspecified,false",
    "pending,false",
    "reconciling,false",
    "running,false",
    "failed,true",
    "succeeded,true",
    "cancelled,true",
    "timeout,false"
  })
  void aTaskHasStatesOfItsOwn(String status, boolean terminal) {
    JobTaskState state = JobTask.parse("{\"status\":\"" + status + "\"}").state();
    assertThat(state.isTerminal()).isEqualTo(terminal);
    assertThat(state)
        .hasToString(status)
        .isEqualTo(JobTaskState.of(status.toUpperCase(Locale.ROOT)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "{", "7"})
  void whatIsNoObjectIsRefused(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> JobExecution.parse(json));
    assertThatIllegalArgumentException().isThrownBy(() -> JobTask.parse(json));
  }

  record Task(String name) {}

  @Test
  void aRequestSaysWhatWasSet() {
    Map<String, Integer> changing = new HashMap<>(Map.of("n", 1));
    CreateJobExecution request =
        CreateJobExecution.builder()
            .allowQueue(false)
            .env(Map.of("TOKEN", "hush-hush"))
            .executionId("exec-own")
            .memory(512)
            .messageId("m-1")
            .task(changing)
            .task(new Task("b"))
            .build();
    changing.put("n", 2);
    assertThat(request.json())
        .hasToString(
            "{\"allowQueue\":false,\"env\":{\"TOKEN\":\"hush-hush\"},\"executionId\":\"exec-own\","
                + "\"memory\":512,\"id\":\"m-1\",\"tasks\":[{\"n\":1},{\"name\":\"b\"}]}");
    assertThat(request.toString()).contains("env", "memory").doesNotContain("hush", "512");
    assertThat(CreateJobExecution.empty().json()).hasToString("{}");
    assertThat(CreateJobExecution.tasks(List.of(Map.of()))).isNotEqualTo(request);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CreateJobExecution.tasks(List.of("no object")))
        .withMessageContaining("JSON object");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CreateJobExecution.builder().memory(0))
        .withMessageContaining("memory");
  }

  private static Instant at(String text) {
    return requireNonNull(Instant.parse(text));
  }
}
