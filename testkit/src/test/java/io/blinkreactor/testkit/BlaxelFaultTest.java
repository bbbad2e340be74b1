package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlaxelFaultTest {
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);

  @Order(1)
  @RegisterExtension
  final BlaxelEmulatorExtension blaxel =
      BlaxelEmulatorExtension.create(builder -> builder.history(20).clock(NOON));

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

  @ParameterizedTest
  @CsvSource({
    "fault.429, 429, too_many_requests",
    "fault.500, 500, internal_server_error",
    "fault.502, 502, bad_gateway",
    "fault.503, 503, service_unavailable",
    "fault.504, 504, gateway_timeout"
  })
  @Shows({
    BlaxelSwitch.FAULT_429,
    BlaxelSwitch.FAULT_500,
    BlaxelSwitch.FAULT_502,
    BlaxelSwitch.FAULT_503,
    BlaxelSwitch.FAULT_504
  })
  void refusals(String key, int status, String word) throws Exception {
    emulator.set(BlaxelSwitch.of(key), "1");
    BlaxelCalls.Reply reply = calls.create(Map.of());
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.map()).containsEntry("error", word).containsEntry("code", status);
    assertThat(calls.token(Map.of()).status()).isEqualTo(status);
    assertThat(emulator.createdIds()).isEmpty();
  }

  @Test
  @Shows(BlaxelSwitch.FAULT_UNAVAILABLE)
  void aColdWorkloadIsA404ThatMayBeTriedAgain() throws Exception {
    emulator.set(BlaxelSwitch.FAULT_UNAVAILABLE, "1");
    BlaxelCalls.Reply reply = calls.list("");
    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.part("error"))
        .containsEntry("code", "WORKLOAD_UNAVAILABLE")
        .containsEntry("retryable", true);
    assertThat(reply.headers())
        .containsEntry("x-blaxel-error-code", List.of("WORKLOAD_UNAVAILABLE"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seconds:7|retry-after|7",
        "date:60|retry-after|Sun, 01 Mar 2026 12:01:00 GMT",
        "reset:5|x-ratelimit-reset|1772366405"
      })
  @Shows(BlaxelSwitch.FAULT_RETRY_AFTER)
  void hints(String form, String header, String value) throws Exception {
    emulator.set(BlaxelSwitch.FAULT_429, "1");
    assertThat(calls.list("").headers()).doesNotContainKeys("retry-after", "x-ratelimit-reset");
    emulator.set(BlaxelSwitch.FAULT_RETRY_AFTER, form);
    assertThat(calls.list("").headers()).containsEntry(header, List.of(value));
  }

  @Test
  @Shows({BlaxelSwitch.FAULT_RESET, BlaxelSwitch.FAULT_RESET_AFTER})
  void resetBeforeAndAfterTheExecutionIsCreated() {
    emulator.set(BlaxelSwitch.FAULT_RESET, "1");
    assertThatThrownBy(() -> calls.create(Map.of())).isInstanceOf(IOException.class);
    assertThat(emulator.createdIds()).isEmpty();
    emulator.set(BlaxelSwitch.FAULT_RESET, "0");
    emulator.set(BlaxelSwitch.FAULT_RESET_AFTER, "1");
    assertThatThrownBy(() -> calls.create(Map.of())).isInstanceOf(IOException.class);
    assertThat(emulator.createdIds()).hasSize(1);
    assertThat(emulator.requests()).allMatch(request -> request.status() == 0);
    assertThat(emulator.requests().get(1).executionId()).isEqualTo(emulator.createdIds().get(0));
  }

  @Test
  @Shows(BlaxelSwitch.FAULT_TRUNCATED)
  void truncatedBodies() {
    emulator.set(BlaxelSwitch.FAULT_TRUNCATED, "1");
    assertThatThrownBy(() -> calls.list("")).isInstanceOf(IOException.class);
    assertThat(emulator.requests().get(0).status()).isEqualTo(200);
  }

  @Test
  @Shows(BlaxelSwitch.FAULT_GARBAGE)
  void garbageIsNotJson() throws Exception {
    emulator.set(BlaxelSwitch.FAULT_GARBAGE, "1");
    BlaxelCalls.Reply reply = calls.list("");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).startsWith("<html>");
  }

  @Test
  @Shows({
    BlaxelSwitch.FAULT_SLOW,
    BlaxelSwitch.FAULT_SLOW_DELAY,
    BlaxelSwitch.FAULT_STALL,
    BlaxelSwitch.FAULT_STALL_DELAY
  })
  void slowAndStalledAnswersAreWhole() throws Exception {
    emulator.set(BlaxelSwitch.FAULT_SLOW, "1");
    emulator.set(BlaxelSwitch.FAULT_SLOW_DELAY, "150ms");
    emulator.set(BlaxelSwitch.FAULT_STALL, "1");
    emulator.set(BlaxelSwitch.FAULT_STALL_DELAY, "150ms");
    long before = System.nanoTime();
    assertThat(calls.list("").ids()).hasSize(20);
    assertThat((System.nanoTime() - before) / 1_000_000).isGreaterThanOrEqualTo(300);
  }

  @Test
  @Shows({BlaxelSwitch.FAULT_OPERATIONS, BlaxelSwitch.FAULT_FIRST})
  void faultsKeepToOperationsAndToTheFirst() throws Exception {
    emulator.set(BlaxelSwitch.FAULT_500, "1");
    emulator.set(BlaxelSwitch.FAULT_OPERATIONS, "LIST,GET");
    emulator.set(BlaxelSwitch.FAULT_FIRST, "2");
    assertThat(calls.create(Map.of()).status()).isEqualTo(200);
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      statuses.add(calls.list("").status());
    }
    assertThat(statuses).containsExactly(500, 500, 200, 200);
    assertThat(calls.get("x").status()).isEqualTo(500);
    assertThatThrownBy(() -> emulator.set(BlaxelSwitch.FAULT_OPERATIONS, "EXECUTE"))
        .hasMessageContaining("fault.operations");
  }

  @Test
  void oneSeedPlansTheSameTwice() throws Exception {
    List<Object> first = story(7);
    assertThat(story(7)).isEqualTo(first);
    assertThat(story(8)).isNotEqualTo(first);
  }

  private static List<Object> story(long seed) throws Exception {
    List<Object> story = new ArrayList<>();
    try (BlaxelEmulator emulator =
        BlaxelEmulator.builder()
            .seed(seed)
            .clock(NOON)
            .history(50)
            .set(BlaxelSwitch.RUN_DURATION, "manual")
            .set(BlaxelSwitch.RUN_PENDING, "PT0S")
            .set(BlaxelSwitch.LIST_TOTAL, "wrong")
            .set(BlaxelSwitch.PAGE_EMPTY, "0.2")
            .set(BlaxelSwitch.PAGE_SHORT, "0.3")
            .set(BlaxelSwitch.STATUS_UNKNOWN, "0.1")
            .set(BlaxelSwitch.FAULT_503, "0.2")
            .set(BlaxelSwitch.FAULT_429, "0.1")
            .start()) {
      BlaxelCalls calls = new BlaxelCalls(emulator);
      story.add(
          emulator.apiKey()
              + emulator.forbiddenKey()
              + emulator.clientId()
              + emulator.clientSecret());
      for (int i = 0; i < 30; i++) {
        story.add(calls.create(Map.of()).body());
        story.add(calls.list("limit=4").body());
      }
      story.add(emulator.executionIds());
    }
    return story;
  }
}
