package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.NotFoundException;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

class SwitchRunTest extends SwitchTest {

  @ParameterizedTest
  @CsvSource({"0ms,0", "50ms..150ms,50"})
  @Shows(Switch.RUN_DURATION)
  void aRunIsAwaitedForAsLongAsItTakes(String duration, long leastMillis) {
    emulator.set(Switch.RUN_DURATION, duration);
    Completion<ExecutionDetails> end = finish(runs(receiver(), NEVER));
    assertThat(end.elapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(leastMillis));
    assertThat(recorded(end.executionId()).gets()).isEqualTo(1);
  }

  @Test
  @Shows(Switch.RUN_DURATION)
  void aRunThatDoesNotEndIsNotSaidToHaveEnded() {
    emulator.set(Switch.RUN_DURATION, "manual");
    Runs runs = runs(receiver(), SOON);
    RunHandle<ExecutionDetails> run = start(runs);
    lookedAt(idOf(run), 3);
    assertThat(runs.pendingExecutions()).containsExactly(idOf(run));
    emulator.completeRun(idOf(run), "Completed");
    assertThat(got(run.completion()).execution().effectiveState())
        .isEqualTo(ExecutionState.COMPLETED);
    assertThat(runs.pending()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Completed", "Failed", "Cancelled", "Timeout", "Skipped", "Aborted"})
  @Shows(Switch.RUN_OUTCOMES)
  void everyEndIsAValueAlsoOneThatNobodyKnows(String outcome) {
    emulator.set(Switch.RUN_OUTCOMES, outcome + "=1");
    ExecutionDetails end = finish(runs(receiver(), NEVER)).execution();
    assertThat(end.effectiveState().name()).isEqualTo(outcome);
    assertThat(end.isFinished()).isTrue();
    assertThat(members(end.json())).isEqualTo(truth(id(end)));
  }

  @Test
  @Shows({Switch.RUN_OUTCOMES, Switch.RUN_DURATION})
  void ofManyRunsEachEndsOnceWithItsOwnState() {
    emulator.set(Switch.RUN_OUTCOMES, "Completed=5,Failed=3,Cancelled=1,Timeout=1,Skipped=1");
    emulator.set(Switch.RUN_DURATION, "10ms..200ms");
    Map<String, String> seen = states(finish(runs(receiver(), NEVER), 40));
    assertThat(seen)
        .isEqualTo(
            emulator.runs().stream()
                .collect(Collectors.toMap(RecordedRun::executionId, RecordedRun::stateUi)));
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(40);
    assertThat(emulator.count(Operation.GET)).isEqualTo(40);
  }

  @Test
  @Shows(Switch.RUN_PAUSE)
  void aPausedRunIsAwaitedUntilItHasGoneOnAndEnded() {
    emulator.set(Switch.RUN_PAUSE, "1");
    emulator.set(Switch.RUN_DURATION, "manual");
    Runs runs = runs(receiver(), SOON);
    RunHandle<ExecutionDetails> run = start(runs);
    eventually().until(() -> read(idOf(run)).effectiveState().equals(ExecutionState.PAUSED));
    lookedAt(idOf(run), recorded(idOf(run)).gets() + 2);
    assertThat(read(idOf(run)).isFinished()).isFalse();
    assertThat(runs.pending()).isEqualTo(1);
    emulator.completeRun(idOf(run), "Completed");
    assertThat(got(run.completion()).execution().effectiveState())
        .isEqualTo(ExecutionState.COMPLETED);
  }

  @Test
  @Shows(Switch.LIMIT_RUNNING)
  void runsThatHaveToQueueAllEndOnce() {
    emulator.set(Switch.LIMIT_RUNNING, "2");
    emulator.set(Switch.RUN_DURATION, "manual");
    Runs runs = runs(receiver(), NEVER);
    List<RunHandle<ExecutionDetails>> started =
        got(
            Flux.range(0, 8)
                .flatMap(n -> runs.start(PLAYBOOK, ExecuteRequest.empty()))
                .collectList());
    List<String> ids = emulator.runs().stream().map(RecordedRun::executionId).toList();
    assertThat(
            ids.stream().collect(groupingBy(id -> read(id).effectiveState(), counting())).values())
        .as("two run, and the others are in another state")
        .containsExactlyInAnyOrder(2L, 6L);
    long asked = emulator.count(Operation.GET);
    ids.forEach(id -> emulator.completeRun(id, "Completed"));
    List<Completion<ExecutionDetails>> ends =
        got(Flux.fromIterable(started).flatMap(RunHandle::completion).collectList());
    assertThat(states(ends)).hasSize(8).containsValue("Completed");
    assertThat(emulator.count(Operation.GET) - asked).isEqualTo(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Pending", "Waiting_for.slot-1"})
  @Shows({Switch.STATE_QUEUED, Switch.LIMIT_RUNNING})
  void aQueuedRunIsAwaitedWhateverItsStateIsCalled(String state) {
    emulator.set(Switch.STATE_QUEUED, state);
    emulator.set(Switch.LIMIT_RUNNING, "1");
    emulator.set(Switch.RUN_DURATION, "manual");
    Runs runs = runs(receiver(), SOON);
    String first = idOf(start(runs));
    RunHandle<ExecutionDetails> queued = start(runs);
    isAwaitedWhileIn(state, queued);
    emulator.completeRun(first, "Completed");
    emulator.completeRun(idOf(queued), "Failed");
    assertThat(got(queued.completion()).execution().effectiveState())
        .isEqualTo(ExecutionState.FAILED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Running", "In progress", "Completing"})
  @Shows(Switch.STATE_UNFINISHED)
  void aRunThatGoesOnIsAwaitedWhateverItsStateIsCalled(String state) {
    emulator.set(Switch.STATE_UNFINISHED, state);
    emulator.set(Switch.RUN_DURATION, "manual");
    RunHandle<ExecutionDetails> run = start(runs(receiver(), SOON));
    isAwaitedWhileIn(state, run);
    emulator.completeRun(idOf(run), "Cancelled");
    assertThat(got(run.completion()).execution().effectiveState())
        .isEqualTo(ExecutionState.CANCELLED);
  }

  private void isAwaitedWhileIn(String state, RunHandle<ExecutionDetails> run) {
    ExecutionDetails now = read(idOf(run));
    assertThat(now.effectiveState().name()).isEqualTo(state);
    assertThat(now.isFinished()).isFalse();
    Disposable waiting = run.completion().subscribe();
    lookedAt(idOf(run), 3);
    assertThat(waiting.isDisposed()).isFalse();
  }

  @EachValue(Switch.STATE_RAW)
  @Shows(Switch.STATE_RAW)
  void endAndPauseAreToldApartHoweverTheRawStateIsWritten(String raw) {
    emulator.set(Switch.STATE_RAW, raw);
    ExecutionDetails paused = read(emulator.addExecution(Map.of("state_ui", "Paused")));
    assertThat(paused.effectiveState()).isEqualTo(ExecutionState.PAUSED);
    assertThat(paused.isFinished()).isFalse();
    Runs runs = runs(receiver(), NEVER);
    for (String outcome : List.of("Completed", "Failed", "Cancelled", "Timeout", "Skipped")) {
      emulator.set(Switch.RUN_OUTCOMES, outcome + "=1");
      ExecutionDetails end = finish(runs).execution();
      assertThat(end.effectiveState()).isEqualTo(ExecutionState.of(outcome));
      assertThat(end.stateUi() == null).isEqualTo(raw.equals("absent-ui"));
      assertThat(requireNonNull(end.state()).name()).isEqualTo(truth(id(end)).get("state"));
    }
  }

  @Test
  @Shows(Switch.STATE_LAG)
  void anEndThatShowsLateIsLookedForAgainAfterTheCallback() {
    emulator.set(Switch.STATE_LAG, "1s");
    TestReceiver receiver = receiver();
    Completion<ExecutionDetails> end = finish(runs(receiver, NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.COMPLETED);
    assertThat(recorded(end.executionId()).gets()).isBetween(2, 4);
    assertThat(receiver.receipts()).hasSize(1);
  }

  @Test
  @Shows({Switch.STATE_LAG, Switch.CALLBACK_LOST})
  void anEndThatShowsLateAndCallsNobodyIsFoundByALook() {
    emulator.set(Switch.STATE_LAG, "150ms");
    Completion<ExecutionDetails> end = finish(polling());
    assertThat(end.source()).isEqualTo(CompletionSource.RECONCILE);
    assertThat(end.execution().isFinished()).isTrue();
  }

  @Test
  @Shows(Switch.GET_MISSING)
  void anExecutionThatIsNotReadableYetIsNotFoundAndThenThere() {
    emulator.set(Switch.GET_MISSING, "1500ms");
    String id = got(client.workflows().execute(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(failure(NotFoundException.class, client.executions().get(id)).status())
        .isEqualTo(404);
    eventually().ignoreException(NotFoundException.class).until(() -> id.equals(read(id).id()));
  }

  @Test
  @Shows(Switch.GET_MISSING)
  void aRunThatCalledBackIsAwaitedAlthoughItCanNotBeReadYet() {
    emulator.set(Switch.GET_MISSING, "1500ms");
    Completion<ExecutionDetails> end = finish(runs(receiver(), NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.COMPLETED);
    assertThat(recorded(end.executionId()).gets()).isGreaterThan(1);
  }

  @Test
  @Shows(Switch.GET_MISSING)
  void aRunWithoutCallbackIsAwaitedAlthoughItCanNotBeReadYet() {
    emulator.set(Switch.GET_MISSING, "1500ms");
    Completion<ExecutionDetails> end = finish(polling());
    assertThat(end.source()).isEqualTo(CompletionSource.RECONCILE);
    assertThat(recorded(end.executionId()).gets()).isGreaterThan(1);
  }

  @EachValue(Switch.UNSET_FINISHED_AT)
  @Shows({Switch.UNSET_FINISHED_AT, Switch.STATE_UNFINISHED})
  void anUnsetEndIsNullAndNoEnd(String unset) {
    emulator.set(Switch.UNSET_FINISHED_AT, unset);
    emulator.set(Switch.STATE_UNFINISHED, "Whatever");
    emulator.set(Switch.RUN_DURATION, "manual");
    RunHandle<ExecutionDetails> run = start(runs(receiver(), SOON));
    lookedAt(idOf(run), 2);
    ExecutionDetails running = read(idOf(run));
    assertThat(running.finishedAt()).isNull();
    assertThat(running.isFinished()).isFalse();
    assertThat(running.unknownMembers()).isEmpty();
    assertThat(got(client.executions().find(Rql.all()).page()).executions())
        .singleElement()
        .satisfies(listed -> assertThat(listed.finishedAt()).isNull())
        .satisfies(listed -> assertThat(listed.isFinished()).isFalse());
    emulator.completeRun(idOf(run), "Also unknown");
    assertThat(got(run.completion()).execution().finishedAt()).isNotNull();
  }

  @EachValue(Switch.TIME_UNIT)
  @Shows(Switch.TIME_UNIT)
  void inAnyUnitOfTimeRunsEndAndNoDigitIsLost(String unit) {
    emulator.set(Switch.TIME_UNIT, unit);
    Completion<ExecutionDetails> end = finish(polling());
    assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.COMPLETED);
    assertThat(members(end.execution().json())).isEqualTo(truth(end.executionId()));
    assertThat(end.execution().unknownMembers()).isEmpty();
  }

  @EachValue(Switch.TIME_UNIT)
  @Shows(Switch.TIME_UNIT)
  void inAnyUnitOfTimeTheNewestComesFirst(String unit) {
    emulator.set(Switch.TIME_UNIT, unit);
    List<String> newestFirst = history(7);
    assertThat(ids(client.executions().find(Rql.all()).pageSize(3))).isEqualTo(newestFirst);
  }

  @Test
  @Shows(Switch.TIME_UNIT)
  void millisecondsAreReadToTheLastDigit() {
    Instant created = Instant.parse("2026-05-04T03:02:01.234Z");
    String id = emulator.addExecution(Map.of("created_at", created));
    assertThat(read(id).createdAt()).isEqualTo(created);
    assertThat(ids(client.executions().find(Rql.where("created_at").eq(created))))
        .containsExactly(id);
  }

  @EachValue(Switch.EXECUTE_STATUS)
  @Shows(Switch.EXECUTE_STATUS)
  void aRunIsStartedOnceWhateverTheStatusOfSuccess(String status) {
    emulator.set(Switch.EXECUTE_STATUS, status);
    String executed = got(client.workflows().execute(PLAYBOOK, ExecuteRequest.empty()));
    String awaited = finish(polling()).executionId();
    assertThat(emulator.runs())
        .extracting(RecordedRun::executionId)
        .containsExactly(executed, awaited);
  }

  @Test
  @Shows(Switch.EXECUTE_UNKNOWN_PLAYBOOK)
  void anUnknownWorkflowIsNotFoundAndLeavesNothingPending() {
    emulator.set(Switch.EXECUTE_UNKNOWN_PLAYBOOK, PLAYBOOK);
    Runs runs = runs(receiver(), NEVER);
    NotFoundException refused =
        failure(NotFoundException.class, runs.start(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(refused.call().vendorMessage()).isEqualTo("can not find playbook");
    failure(NotFoundException.class, client.workflows().execute(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(runs.pending()).isZero();
    assertThat(emulator.runs()).isEmpty();
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(2);
  }

  private ExecutionDetails read(String executionId) {
    return got(client.executions().get(executionId));
  }

  private void lookedAt(String executionId, int times) {
    eventually().until(() -> recorded(executionId).gets() >= times);
  }

  private static Map<String, String> states(List<Completion<ExecutionDetails>> ends) {
    return ends.stream()
        .collect(
            Collectors.toMap(
                Completion::executionId, end -> end.execution().effectiveState().name()));
  }
}
