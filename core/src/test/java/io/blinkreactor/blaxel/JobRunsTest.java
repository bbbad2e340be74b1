package io.blinkreactor.blaxel;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.RateLimitedException;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.BlaxelOperation;
import io.blinkreactor.testkit.BlaxelSwitch;
import io.blinkreactor.testkit.RecordedBlaxelRequest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Executions are started, or taken up, and awaited by looks. */
class JobRunsTest extends BlaxelTest {

  private JobRuns runs() {
    return opened(client.runs().firstLookAfter(SOON).build());
  }

  private Mono<Completion<JobExecution>> finish(JobRuns runs) {
    return runs.start(emulator.job(), CreateJobExecution.empty()).flatMap(RunHandle::completion);
  }

  private RunHandle<JobExecution> start(JobRuns runs) {
    return got(runs.start(emulator.job(), CreateJobExecution.empty()));
  }

  private static String idOf(RunHandle<?> run) {
    return Objects.requireNonNull(run.executionId());
  }

  private void lookedAt(long times) {
    eventually().until(() -> emulator.count(BlaxelOperation.GET) >= times);
  }

  @ParameterizedTest
  @ValueSource(strings = {"succeeded", "failed", "cancelled", "timeout"})
  void everyEndIsAValue(String outcome) {
    emulator.set(BlaxelSwitch.RUN_OUTCOMES, outcome + "=1");
    JobRuns runs = runs();
    Completion<JobExecution> end = got(finish(runs));
    assertThat(end.execution().state()).isEqualTo(JobExecutionState.of(outcome));
    assertThat(end.execution().isFinished()).isTrue();
    assertThat(end.executionId()).isEqualTo(end.execution().id());
    assertThat(end.source()).isEqualTo(CompletionSource.RECONCILE);
    assertThat(end.payload()).isNull();
    assertThat(members(end.execution().json())).isEqualTo(truth(end.executionId()));
    assertThat(runs.pending()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"upper,timeout", "completed,succeeded", "upper,succeeded"})
  void anEndIsKnownInAnySpelling(String spelling, String outcome) {
    emulator.set(BlaxelSwitch.STATUS_SPELLING, spelling);
    emulator.set(BlaxelSwitch.RUN_OUTCOMES, outcome + "=1");
    assertThat(got(finish(runs())).execution().state()).isEqualTo(JobExecutionState.of(outcome));
  }

  @Test
  void ofManyExecutionsEachEndsOnceWithItsOwnState() {
    emulator.set(BlaxelSwitch.RUN_OUTCOMES, "succeeded=5,failed=3,cancelled=1,timeout=1");
    emulator.set(BlaxelSwitch.RUN_DURATION, "10ms..100ms");
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "10");
    JobRuns runs = runs();
    Map<String, JobExecutionState> seen =
        got(
            Flux.range(0, 20)
                .flatMap(i -> finish(runs), 20)
                .collect(
                    Collectors.toMap(Completion::executionId, end -> end.execution().state())));
    assertThat(seen).hasSize(20).containsOnlyKeys(emulator.createdIds());
    seen.forEach((id, state) -> assertThat(state.name()).isEqualTo(truth(id).get("status")));
    assertThat(emulator.count(BlaxelOperation.CREATE)).isEqualTo(20);
  }

  @Test
  void anExecutionThatGoesOnOrIsQueuedIsAwaited() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "1");
    JobRuns runs = runs();
    RunHandle<JobExecution> running = start(runs);
    RunHandle<JobExecution> queued = start(runs);
    Disposable waiting = queued.completion().subscribe();
    lookedAt(6);
    assertThat(waiting.isDisposed()).isFalse();
    assertThat(runs.pendingExecutions()).containsExactlyInAnyOrder(idOf(running), idOf(queued));
    emulator.completeExecution(idOf(running), "failed");
    assertThat(got(running.completion()).execution().state()).isEqualTo(JobExecutionState.FAILED);
    got(client.job(emulator.job()).cancel(idOf(queued)));
    assertThat(got(queued.completion()).execution().state()).isEqualTo(JobExecutionState.CANCELLED);
    assertThat(runs).hasToString("JobRuns[pending=0]");
  }

  @Test
  void aStateThatNobodyDocumentsIsNoEnd() {
    emulator.set(BlaxelSwitch.STATUS_UNKNOWN, "1");
    JobRuns runs = runs();
    RunHandle<JobExecution> run = start(runs);
    lookedAt(3);
    assertThat(runs.pending()).isEqualTo(1);
    emulator.set(BlaxelSwitch.STATUS_UNKNOWN, "0");
    assertThat(got(run.completion()).execution().state()).isEqualTo(JobExecutionState.SUCCEEDED);
  }

  @Test
  void anExecutionStartedElsewhereIsLookedAtAtOnce() {
    String ended = emulator.addExecution(Map.of("status", "timeout"));
    JobRuns patient = opened(client.runs().firstLookAfter(Duration.ofHours(1)).build());
    Completion<JobExecution> end =
        got(patient.await(emulator.job(), ended).flatMap(RunHandle::completion));
    assertThat(end.executionId()).isEqualTo(ended);
    assertThat(end.execution().state()).isEqualTo(JobExecutionState.TIMEOUT);
    assertThat(emulator.count(BlaxelOperation.GET)).isEqualTo(1);

    String going = emulator.addExecution(Map.of("status", "running"));
    RunHandle<JobExecution> run = got(runs().await(emulator.job(), going));
    lookedAt(3);
    emulator.completeExecution(going, "succeeded");
    assertThat(got(run.completion()).execution().state()).isEqualTo(JobExecutionState.SUCCEEDED);
    assertThat(emulator.count(BlaxelOperation.CREATE)).isZero();
  }

  @Test
  void anExecutionThatCanNotBeReadYetIsAwaitedAllTheSame() {
    emulator.set(BlaxelSwitch.GET_MISSING, "600ms");
    assertThat(got(finish(runs())).execution().isFinished()).isTrue();
    assertThat(emulator.count(BlaxelOperation.GET)).isGreaterThan(1);
  }

  @Test
  void anExecutionThatVanishesEndsTheWaitAtTheDeadlineWithTheReason() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    JobRuns runs =
        opened(client.runs().firstLookAfter(SOON).timeout(Duration.ofSeconds(2)).build());
    RunHandle<JobExecution> run = start(runs);
    lookedAt(1);
    emulator.removeExecution(idOf(run));
    DeadlineException late = failure(DeadlineException.class, run.completion());
    assertThat(late.clock()).isEqualTo(DeadlineException.Clock.COMPLETION);
    assertThat(late)
        .hasMessageContaining("a run of job " + emulator.job() + ", execution " + idOf(run))
        .message()
        .doesNotContain("callback");
    assertThat(late.getCause()).isInstanceOf(NotFoundException.class);
    assertThat(runs.pending()).isZero();
  }

  @Test
  void anExecutionThatDoesNotEndIsTimedOutWithItsLastState() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    JobRuns runs =
        opened(client.runs().firstLookAfter(SOON).timeout(Duration.ofSeconds(2)).build());
    DeadlineException late = failure(DeadlineException.class, finish(runs));
    assertThat(late).hasMessageContaining("last seen in state running");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "FAULT_429",
        "FAULT_500",
        "FAULT_503",
        "FAULT_UNAVAILABLE",
        "FAULT_RESET",
        "FAULT_RESET_AFTER",
        "FAULT_TRUNCATED",
        "FAULT_GARBAGE"
      })
  void anExecutionIsAwaitedAcrossFaultsOfTheLooks(BlaxelSwitch fault) {
    emulator.set(fault, "1");
    emulator.set(BlaxelSwitch.FAULT_OPERATIONS, "GET");
    emulator.set(BlaxelSwitch.FAULT_FIRST, "2");
    assertThat(got(finish(runs())).execution().state()).isEqualTo(JobExecutionState.SUCCEEDED);
    assertThat(emulator.createdIds()).hasSize(1);
  }

  @Test
  void aRefusedStartIsToldAndNotAwaited() {
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "1");
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    JobRuns runs = runs();
    start(runs);
    failure(
        RateLimitedException.class,
        runs.start(emulator.job(), CreateJobExecution.builder().allowQueue(false).build()));
    failure(NotFoundException.class, runs.start("nowhere", CreateJobExecution.empty()));
    assertThat(runs.pending()).isEqualTo(1);
    assertThat(emulator.createdIds()).hasSize(1);
  }

  @Test
  void closingLetsTheWaitersGoAndNothingStarts() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    JobRuns runs = client.runs().build();
    List<Throwable> errors = new CopyOnWriteArrayList<>();
    start(runs).completion().subscribe(end -> {}, errors::add);
    runs.close();
    eventually().until(() -> !errors.isEmpty());
    assertThat(errors).singleElement().isInstanceOf(CancellationException.class);
    failure(IllegalStateException.class, runs.start(emulator.job(), CreateJobExecution.empty()));
    failure(IllegalStateException.class, runs.await(emulator.job(), "x"));
    assertThat(emulator.createdIds()).hasSize(1);
  }

  @Test
  void eachLookComesAfterTwiceTheTime() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    start(runs());
    lookedAt(6);
    List<Instant> looks =
        requests(BlaxelOperation.GET).stream().map(RecordedBlaxelRequest::at).toList();
    for (int i = 1; i < 6; i++) {
      Duration pause = Duration.between(looks.get(i - 1), looks.get(i));
      // With a fifth of jitter, and some for the way.
      assertThat(pause).isGreaterThan(SOON.multipliedBy(1L << i).multipliedBy(7).dividedBy(10));
    }
  }

  @Test
  void whatIsAwaitedIsMeasured() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    client = opened(builder().meterRegistry(meters).build());
    emulator.set(BlaxelSwitch.STATUS_SPELLING, "completed");
    got(finish(runs()));
    assertThat(
            meters
                .get("blinkreactor.completions")
                .tag("source", "reconcile")
                .tag("outcome", "succeeded")
                .timer()
                .count())
        .isEqualTo(1);
    assertThat(meters.get("blinkreactor.runs.pending").tag("vendor", "blaxel").gauge().value())
        .isZero();
  }
}
