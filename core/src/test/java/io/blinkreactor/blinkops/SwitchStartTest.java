package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Starts that faults meet are not sent again. */
class SwitchStartTest extends SwitchTest {

  @ParameterizedTest
  @CsvSource({
    "FAULT_429,io.blinkreactor.RateLimitedException",
    "FAULT_503,io.blinkreactor.ApiException",
    "FAULT_500,io.blinkreactor.ApiException",
    "CONFLICT_409,io.blinkreactor.InvalidRequestException"
  })
  @Shows({Switch.FAULT_429, Switch.FAULT_503, Switch.FAULT_500, Switch.CONFLICT_409})
  void aStartIsNeverSentTwiceAndItsFaultIsTold(
      Switch fault, Class<? extends BlinkreactorException> type) {
    emulator.set(fault, "1");
    Runs runs = runs(receiver(), NEVER);
    failure(type, runs.start(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(runs.pending()).isZero();
    assertThat(emulator.runs()).isEmpty();
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(1);
    assertThat(emulator.count(Operation.GET)).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "FAULT_RESET_AFTER",
        "FAULT_TRUNCATED",
        "FAULT_GARBAGE",
        "FAULT_SLOW",
        "FAULT_STALL"
      })
  @Shows({
    Switch.FAULT_RESET_AFTER,
    Switch.FAULT_TRUNCATED,
    Switch.FAULT_GARBAGE,
    Switch.FAULT_SLOW,
    Switch.FAULT_STALL,
    Switch.FAULT_OPERATIONS
  })
  void aStartWhoseAnswerBrokeIsNotSentAgainAndFoundByItsCallback(Switch fault) {
    client = clientFor(fault);
    emulator.set(fault, "1");
    emulator.set(Switch.FAULT_OPERATIONS, "EXECUTE");
    Runs runs = runs(receiver(), NEVER);
    Completion<ExecutionDetails> end = finish(runs);
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(emulator.runs())
        .extracting(run -> run.executionId())
        .containsExactly(end.executionId());
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(1);
    assertThat(runs.pending()).isZero();
  }

  @Test
  @Shows({Switch.FAULT_RESET_AFTER, Switch.FAULT_OPERATIONS})
  void aStartWhoseAnswerBrokeIsFoundByASearch() {
    emulator.set(Switch.FAULT_RESET_AFTER, "1");
    emulator.set(Switch.FAULT_OPERATIONS, "EXECUTE");
    RunHandle<ExecutionDetails> run = start(polling());
    assertThat(run.executionId()).isNull();
    Completion<ExecutionDetails> end = got(run.completion());
    assertThat(end.source()).isEqualTo(CompletionSource.RECONCILE);
    assertThat(emulator.runs())
        .extracting(started -> started.executionId())
        .containsExactly(end.executionId());
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(1);
  }

  /** That it ends with a typed error takes minutes; see {@code SearchTest}. */
  @Test
  @Shows({Switch.FAULT_RESET, Switch.FAULT_OPERATIONS})
  void aStartThatMayHaveArrivedIsNotSentAgain() {
    emulator.set(Switch.FAULT_RESET, "1");
    emulator.set(Switch.FAULT_OPERATIONS, "EXECUTE");
    Runs runs = polling();
    RunHandle<ExecutionDetails> run = start(runs);
    eventually().until(() -> emulator.count(Operation.LIST) >= 1);
    assertThat(run.executionId()).isNull();
    assertThat(runs.pending()).isEqualTo(1);
    assertThat(emulator.runs()).isEmpty();
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(1);
  }
}
