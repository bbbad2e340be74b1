package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BlinkOpsOperationsTest {
  @RegisterExtension
  final BlinkOpsEmulatorExtension blink =
      BlinkOpsEmulatorExtension.create(builder -> builder.history(60));

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private BlinkOpsEmulator emulator;
  private Calls calls;

  @BeforeEach
  void connect() {
    emulator = blink.emulator();
    calls = new Calls(emulator);
  }

  @Test
  void listsNewestFirst() throws Exception {
    Calls.Reply page = calls.list("{\"limit\":10,\"offset\":5}");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.map()).containsEntry("limit", 10).containsEntry("offset", 5);
    assertThat(page.map()).containsEntry("total", 60);
    assertThat(page.results()).hasSize(10);
    assertThat(page.headers()).containsKey("x-request-id");
  }

  @Test
  void aRunStartsEndsAndCanBeRead() throws Exception {
    String id = calls.start(Map.of("input_values", Map.of("a", 1)));
    assertThat(calls.get("/executions/" + id).map()).containsEntry("state_ui", "Running");
    await().until(() -> calls.get("/executions/" + id).map().containsKey("finished_at"));
    Map<String, @Nullable Object> ended =
        calls.get("/executions/" + id + "?withApplyView=true").map();
    assertThat(ended.get("state_ui")).isEqualTo(emulator.runs().get(0).stateUi());
    assertThat(ended.get("inputs")).isEqualTo(Map.of("a", 1));
    assertThat(ended).isEqualTo(Json.read(Json.text(emulator.execution(id))));
    assertThat(calls.list("{}").results()).hasSize(25);
  }
}
