package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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

class BlinkOpsFaultTest {
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);

  @Order(1)
  @RegisterExtension
  final BlinkOpsEmulatorExtension blink =
      BlinkOpsEmulatorExtension.create(builder -> builder.history(20).clock(NOON));

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

  @ParameterizedTest
  @CsvSource({"fault.429, 429", "fault.503, 503", "fault.500, 500", "conflict.409, 409"})
  void refusals(String key, int status) throws Exception {
    emulator.set(Switch.of(key), "1");
    Calls.Reply reply = calls.execute(Map.of());
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.map()).containsEntry("status", status);
    assertThat(reply.headers()).containsKey("x-request-id");
    assertThat(emulator.runs()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seconds:7|retry-after|7",
        "date:60|retry-after|Sun, 01 Mar 2026 12:01:00 GMT",
        "reset:5|x-ratelimit-reset|1772366405"
      })
  void hints(String form, String header, String value) throws Exception {
    emulator.set(Switch.FAULT_429, "1");
    assertThat(calls.list("{}").headers()).doesNotContainKeys("retry-after", "x-ratelimit-reset");
    emulator.set(Switch.FAULT_RETRY_AFTER, form);
    assertThat(calls.list("{}").headers()).containsEntry(header, List.of(value));
  }

  @Test
  void resetBeforeAndAfterTheRunIsStarted() {
    emulator.set(Switch.FAULT_RESET, "1");
    assertThatThrownBy(() -> calls.execute(Map.of())).isInstanceOf(IOException.class);
    assertThat(emulator.runs()).isEmpty();
    emulator.set(Switch.FAULT_RESET, "0");
    emulator.set(Switch.FAULT_RESET_AFTER, "1");
    assertThatThrownBy(() -> calls.execute(Map.of())).isInstanceOf(IOException.class);
    assertThat(emulator.runs()).hasSize(1);
    assertThat(emulator.requests()).allMatch(request -> request.status() == 0);
    assertThat(emulator.requests().get(1).executionId())
        .isEqualTo(emulator.runs().get(0).executionId());
  }

  @Test
  void truncatedBodies() {
    emulator.set(Switch.FAULT_TRUNCATED, "1");
    assertThatThrownBy(() -> calls.list("{}")).isInstanceOf(IOException.class);
    assertThat(emulator.requests().get(0).status()).isEqualTo(200);
  }

  @Test
  void garbageIsNotJson() throws Exception {
    emulator.set(Switch.FAULT_GARBAGE, "1");
    Calls.Reply reply = calls.list("{}");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).startsWith("<html>");
  }

  @Test
  void slowAndStalledAnswersAreWhole() throws Exception {
    emulator.set(Switch.FAULT_SLOW, "1");
    emulator.set(Switch.FAULT_SLOW_DELAY, "150ms");
    emulator.set(Switch.FAULT_STALL, "1");
    emulator.set(Switch.FAULT_STALL_DELAY, "150ms");
    long before = System.nanoTime();
    assertThat(calls.list("{}").results()).hasSize(20);
    assertThat((System.nanoTime() - before) / 1_000_000).isGreaterThanOrEqualTo(300);
  }

  @Test
  void faultsKeepToOperationsAndToTheFirst() throws Exception {
    emulator.set(Switch.FAULT_500, "1");
    emulator.set(Switch.FAULT_OPERATIONS, "LIST,GET");
    emulator.set(Switch.FAULT_FIRST, "2");
    assertThat(calls.execute(Map.of()).status()).isEqualTo(200);
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      statuses.add(calls.list("{}").status());
    }
    assertThat(statuses).containsExactly(500, 500, 200, 200);
    assertThat(calls.get("/executions/x").status()).isEqualTo(500);
  }

  @Test
  void oneSeedPlansTheSameTwice() throws Exception {
    List<Object> first = story(7);
    assertThat(story(7)).isEqualTo(first);
    assertThat(story(8)).isNotEqualTo(first);
  }

  private static List<Object> story(long seed) throws Exception {
    List<Object> story = new ArrayList<>();
    try (Receiver receiver = Receiver.ok();
        BlinkOpsEmulator emulator =
            BlinkOpsEmulator.builder()
                .seed(seed)
                .clock(NOON)
                .history(50)
                .set(Switch.RUN_DURATION, "manual")
                .set(Switch.CALLBACK_LOST, "0.2")
                .set(Switch.CALLBACK_LATE, "0.3")
                .set(Switch.CALLBACK_DOUBLED, "0.3")
                .set(Switch.CALLBACK_FORGED, "0.3")
                .set(Switch.FAULT_503, "0.2")
                .set(Switch.FAULT_429, "0.1")
                .set(Switch.CONFLICT_409, "0.1")
                .start()) {
      Calls calls = new Calls(emulator);
      story.add(emulator.apiKey() + emulator.forbiddenKey() + emulator.workspace());
      Map<String, Object> callback =
          Map.of("url", receiver.url(), "headers", Map.of("X-Token", "abc"));
      for (int i = 0; i < 40; i++) {
        story.add(calls.execute(Map.of("callback", callback)).status());
        Calls.Reply page = calls.list("{\"limit\":3,\"offset\":" + (40 + i) + "}");
        story.add(page.body());
      }
      for (RecordedRun run : emulator.runs()) {
        story.add(List.of(run.executionId(), run.stateUi(), run.callbackPlan()));
      }
    }
    return story;
  }

  @Test
  void closingIsBoundedAndLeavesNothing() throws Exception {
    try (Receiver receiver = new Receiver(index -> 0, null)) {
      emulator.set(Switch.RUN_DURATION, "5ms");
      for (int i = 0; i < 5; i++) {
        calls.start(Map.of("callback", Map.of("url", receiver.url())));
      }
      await().until(() -> receiver.received().size() == 5);
      long before = System.nanoTime();
      emulator.close();
      emulator.close();
      assertThat((System.nanoTime() - before) / 1_000_000).isLessThan(4000);
      invariants.watch("open connections", emulator::openConnections);
      assertThatThrownBy(() -> calls.list("{}")).isInstanceOf(IOException.class);
    }
  }
}
