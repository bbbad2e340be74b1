package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.blinkreactor.ApiException;
import io.blinkreactor.AuthenticationException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.PermissionException;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

class SwitchReadTest extends SwitchTest {

  @ParameterizedTest
  @ValueSource(strings = {"on_demand", "Sub-flow 2"})
  @Shows({Switch.TYPE_VALUE, Switch.TRIGGER_TYPE_VALUE})
  void anyTypeIsKeptAsItCame(String type) {
    emulator.set(Switch.TYPE_VALUE, type);
    emulator.set(Switch.TRIGGER_TYPE_VALUE, "by " + type);
    ExecutionDetails end = finish(polling()).execution();
    assertThat(end.type()).isEqualTo(type);
    assertThat(end.triggerType()).isEqualTo("by " + type);
  }

  @EachValue(Switch.STEP_RESULTS_KEYS)
  @Shows(Switch.STEP_RESULTS_KEYS)
  void stepResultsKeepWhateverKeysTheyHave(String keys) {
    emulator.set(Switch.STEP_RESULTS_KEYS, keys);
    emulator.set(Switch.RUN_OUTCOMES, "Failed=1");
    assertThat(finish(polling()).execution().stepResults())
        .isEqualTo(
            keys.equals("ids")
                ? Map.of("step_1", 0L, "step_2", 0L, "step_3", 1L)
                : Map.of("OK", 2L, "Failed", 1L));
  }

  @EachValue(Switch.OUTPUTS_SHAPE)
  @Shows(Switch.OUTPUTS_SHAPE)
  void outputsAreHandedOnAsTheyComeOrNotFound(String shape) {
    emulator.set(Switch.OUTPUTS_SHAPE, shape);
    String id = emulator.addExecution(Map.of());
    switch (shape) {
      case "gone" ->
          assertThat(failure(NotFoundException.class, client.executions().outputs(id)).call())
              .satisfies(call -> assertThat(call.pathTemplate()).endsWith("/outputs"));
      case "outputs" ->
          assertThat(members(got(client.executions().outputs(id))).get("result"))
              .isEqualTo("done " + id);
      default -> assertThat(members(got(client.executions().outputs(id)))).isEqualTo(truth(id));
    }
    assertThat(emulator.count(Operation.OUTPUTS)).isEqualTo(1);
  }

  @EachValue(Switch.STEPS_SHAPE)
  @Shows(Switch.STEPS_SHAPE)
  void stepsAreReadOrNotFound(String shape) {
    emulator.set(Switch.STEPS_SHAPE, shape);
    String id = emulator.addExecution(Map.of("state_ui", "Failed"));
    if (shape.equals("page")) {
      assertThat(got(client.executions().steps(id)))
          .extracting(ExecutionStep::stepId, ExecutionStep::state, ExecutionStep::executionId)
          .containsExactly(
              tuple("step_1", "OK", id), tuple("step_2", "OK", id), tuple("step_3", "Failed", id));
    } else {
      failure(NotFoundException.class, client.executions().steps(id));
    }
    assertThat(emulator.count(Operation.STEPS)).isEqualTo(1);
  }

  @EachValue(Switch.CANCEL_ANSWER)
  @Shows({Switch.CANCEL_ANSWER, Switch.RUN_DURATION})
  void aCancelIsAcceptedWhateverTheAnswerSaysAndTheRunEndsAsCancelled(String answer) {
    emulator.set(Switch.CANCEL_ANSWER, answer);
    emulator.set(Switch.RUN_DURATION, "manual");
    RunHandle<ExecutionDetails> run = start(runs(receiver(), NEVER));
    StepVerifier.create(client.executions().cancel(idOf(run))).expectComplete().verify(PATIENCE);
    ExecutionDetails end = got(run.completion()).execution();
    assertThat(end.effectiveState()).isEqualTo(ExecutionState.CANCELLED);
    assertThat(end.cancelReason()).isEqualTo("cancelled by user");
    assertThat(emulator.count(Operation.CANCEL)).isEqualTo(1);
  }

  @EachValue(Switch.CANCEL_FINISHED)
  @Shows(Switch.CANCEL_FINISHED)
  void aCancelOfARunThatHasEndedIsRefusedOrChangesNothing(String status) {
    emulator.set(Switch.CANCEL_FINISHED, status);
    String id = finish(polling()).executionId();
    if (status.equals("200")) {
      StepVerifier.create(client.executions().cancel(id)).expectComplete().verify(PATIENCE);
    } else {
      assertThat(failure(InvalidRequestException.class, client.executions().cancel(id)))
          .hasMessageContaining("execution is not in a running state");
    }
    assertThat(got(client.executions().get(id)).effectiveState())
        .isEqualTo(ExecutionState.COMPLETED);
    assertThat(emulator.count(Operation.CANCEL)).isEqualTo(1);
  }

  @EachValue(Switch.AUTH_BODY)
  @Shows(Switch.AUTH_BODY)
  void aWrongKeyIsToldApartFromAMissingRoleWhateverTheBody(String body) {
    emulator.set(Switch.AUTH_BODY, body);
    String wrong = "wrong-key-0123456789";
    ApiException unknown =
        failure(
            AuthenticationException.class,
            client(quick().build(), wrong).executions().find(Rql.all()).items().then());
    ApiException forbidden =
        failure(
            PermissionException.class,
            client(quick().build(), emulator.forbiddenKey())
                .workflows()
                .execute(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(unknown.status()).isEqualTo(401);
    assertThat(forbidden.status()).isEqualTo(403);
    assertThat(unknown.call().vendorMessage())
        .isEqualTo(body.equals("empty") ? null : "unauthorized");
    assertThat(forbidden.call().vendorMessage())
        .isEqualTo(body.equals("empty") ? null : "forbidden");
    assertThat(unknown.toString()).doesNotContain(wrong);
    assertThat(forbidden.toString()).doesNotContain(emulator.forbiddenKey());
    assertThat(requireNonNull(unknown.requestId())).isNotBlank();
    assertThat(emulator.requests()).hasSize(2);
  }
}
