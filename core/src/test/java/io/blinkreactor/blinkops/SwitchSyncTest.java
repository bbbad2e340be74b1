package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.ApiException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

class SwitchSyncTest extends SwitchTest {

  private Mono<JsonValue> run() {
    return client
        .workflows()
        .runSync(
            PLAYBOOK,
            ExecuteRequest.inputs(Map.of("x", "y")),
            Duration.ofSeconds(1),
            JsonValue.class);
  }

  @EachValue(Switch.SYNC_TIMEOUT_ANSWER)
  @Shows({Switch.SYNC_TIMEOUT_ANSWER, Switch.RUN_DURATION})
  void aRunThatOutlastsTheWaitIsStartedOnce(String answer) {
    emulator.set(Switch.SYNC_TIMEOUT_ANSWER, answer);
    emulator.set(Switch.RUN_DURATION, "manual");
    if (answer.equals("accepted")) {
      JsonValue handedOn = got(run());
      assertThat(members(handedOn))
          .isEqualTo(Map.of("execution_id", emulator.runs().get(0).executionId()));
    } else {
      ApiException refused = failure(ApiException.class, run());
      assertThat(refused.status()).isEqualTo(Integer.parseInt(answer.substring(6)));
      assertThat(refused.call().vendorMessage()).isEqualTo("timed out waiting for the execution");
    }
    assertThat(emulator.count(Operation.EXECUTE_SYNC)).isEqualTo(1);
    assertThat(emulator.runs()).extracting(RecordedRun::finished).containsExactly(false);
  }

  @EachValue(Switch.SYNC_FAILURE_ANSWER)
  @Shows({Switch.SYNC_FAILURE_ANSWER, Switch.RUN_OUTCOMES})
  void aRunThatFailsIsStartedOnce(String answer) {
    emulator.set(Switch.SYNC_FAILURE_ANSWER, answer);
    emulator.set(Switch.RUN_OUTCOMES, "Failed=1");
    if (answer.equals("output")) {
      assertThat(members(got(run())).get("echo")).isEqualTo(Map.of("x", "y"));
    } else {
      boolean clientsFault = answer.equals("error-400");
      ApiException refused =
          failure(clientsFault ? InvalidRequestException.class : ApiException.class, run());
      assertThat(refused.status()).isEqualTo(clientsFault ? 400 : 500);
      assertThat(refused.call().vendorMessage()).isEqualTo("execution ended as Failed");
    }
    assertThat(emulator.count(Operation.EXECUTE_SYNC)).isEqualTo(1);
    assertThat(emulator.runs()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0ms", "300ms"})
  @Shows(Switch.RUN_DURATION)
  void theOutputsAreAnsweredHoweverLongTheRunTakes(String duration) {
    emulator.set(Switch.RUN_DURATION, duration);
    assertThat(members(got(run())).get("echo")).isEqualTo(Map.of("x", "y"));
  }
}
