package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.http.client.HttpClient;

class ExecutionTest {

  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          builder ->
              builder
                  .history(20)
                  .set(Switch.UNKNOWN_MEMBERS, "on")
                  .set(Switch.ELEMENT_FORMAT, "pretty"));

  @Test
  void unknownMembersSurviveByteForByte(BlinkOpsEmulator emulator) {
    String raw =
        Objects.requireNonNull(
            HttpClient.create()
                .headers(h -> h.set("BLINK-API-KEY", emulator.apiKey()))
                .get()
                .uri(
                    emulator.baseUrl()
                        + "/api/v1/workspace/"
                        + emulator.workspace()
                        + "/executions")
                .responseContent()
                .aggregate()
                .asString()
                .block(Duration.ofSeconds(10)));
    try (BlinkOpsClient client =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .build()) {
      List<Execution> read =
          Objects.requireNonNull(
                  client.executions().find(Rql.all()).page().block(Duration.ofSeconds(10)))
              .executions();
      assertThat(read).hasSize(20);
      for (Execution execution : read) {
        assertThat(raw).contains(execution.json().text());
        assertThat(execution.unknownMembers()).isNotEmpty();
        Execution again = Execution.parse(execution.json().text());
        assertThat(again.json().toBytes()).isEqualTo(execution.json().toBytes());
        assertThat(again.unknownMembers()).isEqualTo(execution.unknownMembers());
        assertThat(JsonValue.of(List.of(execution.json())).text())
            .isEqualTo("[" + execution.json().text() + "]");
      }
    }
  }

  /** A documented member of another type counts as unknown. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\":\"t\\u00e9xt\"",
        "\"x\":1.50e+3",
        "\"x\":false",
        "\"x\":null",
        "\"x\":[ 1, [ ] ]",
        "\"x\":{ \"y\" : 0 }",
        "\"execution_number\":\"12\"",
        "\"name\":{ }"
      })
  void anUnknownMemberOfAnyTypeIsKept(String member) {
    Execution execution = Execution.parse("{\"id\":\"1\"," + member + "}");
    String name = member.substring(1, member.indexOf(':') - 1);
    assertThat(execution.unknownMembers()).containsOnlyKeys(name);
    assertThat(execution.unknownMembers().get(name))
        .extracting(JsonValue::text)
        .isEqualTo(member.substring(member.indexOf(':') + 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"state_ui\":\"Completed\"}|true",
        "{\"state_ui\":\"completed\"}|true",
        "{\"state_ui\":\"FAILED\"}|true",
        "{\"state_ui\":\"Cancelled\"}|true",
        "{\"state_ui\":\"Timeout\"}|true",
        "{\"state_ui\":\"Skipped\"}|true",
        "{\"state_ui\":\"Paused\"}|false",
        "{\"state_ui\":\"paused\",\"finished_at\":1735689600000}|false",
        "{\"state_ui\":\"Running\"}|false",
        "{\"state_ui\":\"Running\",\"state\":\"Completed\"}|false",
        "{\"state\":\"Completed\"}|true",
        "{\"state_ui\":\"Whatever\"}|false",
        "{\"state_ui\":\"Whatever\",\"finished_at\":1735689600000}|true",
        "{\"state_ui\":\"Whatever\",\"finished_at\":0}|false",
        "{}|false"
      })
  void onlyKnownEndsAreEnds(String json, boolean finished) {
    assertThat(Execution.parse(json).isFinished()).isEqualTo(finished);
  }

  @Test
  void anOpenStateKeepsItsSpelling() {
    ExecutionState odd = ExecutionState.of("In Progress");
    assertThat(odd.name()).isEqualTo("In Progress");
    assertThat(odd.isTerminal()).isFalse();
    assertThat(ExecutionState.of("COMPLETED"))
        .isEqualTo(ExecutionState.COMPLETED)
        .hasSameHashCodeAs(ExecutionState.COMPLETED)
        .hasToString("COMPLETED");
  }

  @Test
  void everyMemberHasItsType() {
    Execution execution =
        Execution.parse(
            "{\"id\":\"e\",\"created_at\":1735689600000,\"finished_at\":0,\"timeout\":7200000,"
                + "\"with_concurrency_limit\":true,\"error_details\":{\"message\":\"m\"},\"step_results\":{\"s\":2}}");
    assertThat(execution.createdAt()).isEqualTo(Instant.ofEpochMilli(1735689600000L));
    assertThat(execution.finishedAt()).isNull();
    assertThat(execution.timeout()).isEqualTo(7_200_000);
    assertThat(execution.withConcurrencyLimit()).isTrue();
    assertThat(execution.errorDetails()).containsEntry("message", "m");
    assertThat(execution.stepResults()).containsEntry("s", 2L);
    assertThat(execution).hasToString("Execution[id=e, state=]");
    assertThat(execution.unknownMembers()).isEmpty();
  }
}
