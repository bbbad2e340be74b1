package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedCallback;
import io.blinkreactor.testkit.RecordedCallback.Kind;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** All parts together, with the emulator as the vendor and as the judge. */
class AwaitByCallbackTest extends AwaitSupport {

  @Test
  void manyRunsEndOnceEachWhateverBecomesOfTheirCallbacks() {
    emulator.set(Switch.CALLBACK_EARLY, "0.15");
    emulator.set(Switch.CALLBACK_DOUBLED, "0.3");
    emulator.set(Switch.CALLBACK_FORGED, "0.5");
    emulator.set(Switch.CALLBACK_LATE, "0.15");
    emulator.set(Switch.CALLBACK_LATE_DELAY, "300ms");
    emulator.set(Switch.CALLBACK_LOST, "0.1");
    try (Runs runs = runs(Duration.ofSeconds(2))) {
      List<Completion<ExecutionDetails>> ends = startAndAwait(runs, 100);
      assertTrue(ends, 100);
      assertThat(ends)
          .allSatisfy(
              end ->
                  assertThat(end.source())
                      .isEqualTo(
                          plan(end).contains("lost")
                              ? CompletionSource.RECONCILE
                              : CompletionSource.CALLBACK));
      assertThat(ends).extracting(Completion::source).contains(CompletionSource.RECONCILE);
      assertThat(runs.pending()).isZero();
      assertThat(runs.pendingExecutions()).isEmpty();
      assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(100);
      assertThat(emulator.count(Operation.GET) / 100.0).isBetween(1.0, 1.3);
      assertCallbacks();
      assertThat(emulator.callbacks())
          .extracting(RecordedCallback::kind)
          .contains(Kind.GENUINE, Kind.DUPLICATE, Kind.FORGED);
      assertThat(runs.pending()).isZero();
      assertThat(emulator.count(Operation.GET) / 100.0)
          .as("duplicates and forgeries cost nothing")
          .isLessThanOrEqualTo(1.3);
    }
  }

  @Test
  void aRunThatOutlastsItsTimeIsToldAndItsLateCallbackIsADuplicate() throws IOException {
    // So that loading classes takes none of the time.
    try (Runs before = runs(PATIENCE)) {
      startAndAwait(before, 1);
    }
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Runs runs = client.runs().receiver(receiver).timeout(Duration.ofSeconds(2)).build()) {
      RunHandle<ExecutionDetails> run = start(runs);
      assertThatThrownBy(() -> run.completion().block(PATIENCE))
          .isInstanceOf(DeadlineException.class)
          .hasMessageContaining(requireNonNull(run.executionId()))
          .hasMessageContaining("last seen in state Running");
      assertThat(runs.pending()).isZero();
      long looks = emulator.count(Operation.GET);
      assertThat(ask(RecordingReceiver.request(target(1), target(1)))).isEqualTo(200);
      assertThat(emulator.count(Operation.GET)).isEqualTo(looks);
    }
  }

  /** Some callbacks have come, some are on their way, and the rest meets no server any more. */
  @Test
  void aServerThatClosesInTheMiddleLosesNoRun() {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Runs runs = runs(Duration.ofMillis(1500))) {
      Queue<Completion<ExecutionDetails>> ends = new ConcurrentLinkedQueue<>();
      List<RunHandle<ExecutionDetails>> started = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        started.add(start(runs));
      }
      Mono<Void> all =
          Flux.fromIterable(started)
              .flatMap(RunHandle::completion, 60)
              .doOnNext(ends::add)
              .then()
              .cache();
      var waiting = all.subscribe();
      complete(started.subList(0, 20));
      Awaitility.await().atMost(PATIENCE).until(() -> ends.size() >= 20);
      complete(started.subList(20, 40));
      server.close();
      complete(started.subList(40, 60));
      all.block(PATIENCE);
      waiting.dispose();
      assertTrue(List.copyOf(ends), 60);
      assertThat(ends)
          .extracting(Completion::source)
          .contains(CompletionSource.CALLBACK, CompletionSource.RECONCILE);
      awaitSettled();
      assertThat(emulator.callbacks())
          .as("answered with success, not at all, or asked to come again")
          .allMatch(s -> s.status() == 0 || s.status() / 100 == 2 || s.status() == 503);
    }
  }

  @Test
  void runsThatCloseInTheMiddleLetTheirWaitersGoAndLateCallbacksFindNobody() throws IOException {
    emulator.set(Switch.RUN_DURATION, "manual");
    Runs runs = runs(PATIENCE);
    RunHandle<ExecutionDetails> run = start(runs);
    Mono<Completion<ExecutionDetails>> end = run.completion().cache();
    var waiting = end.onErrorComplete().subscribe();
    runs.close();
    assertThatThrownBy(() -> end.block(PATIENCE)).isInstanceOf(CancellationException.class);
    waiting.dispose();
    assertThat(runs.pending()).isZero();
    assertThat(ask(RecordingReceiver.request(target(0), target(0))))
        .as("proven, and perhaps another instance knows it")
        .isEqualTo(503);
    assertThat(emulator.count(Operation.GET)).isZero();
    try (Runs next = runs(PATIENCE)) {
      assertThat(ask(RecordingReceiver.request(target(0), target(0))))
          .as("proven, but of a run that the next one does not know")
          .isEqualTo(202);
      assertThat(next.pending()).isZero();
    }
  }

  private void complete(List<RunHandle<ExecutionDetails>> runs) {
    runs.forEach(run -> emulator.completeRun(requireNonNull(run.executionId()), "Completed"));
  }

  private Set<String> plan(Completion<?> end) {
    return requireNonNull(emulator.run(end.executionId())).callbackPlan();
  }
}
