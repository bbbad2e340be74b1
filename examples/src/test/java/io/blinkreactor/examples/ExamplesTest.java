package io.blinkreactor.examples;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.JobExecution;
import io.blinkreactor.blaxel.JobExecutionState;
import io.blinkreactor.blaxel.JobRuns;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.ExecutionState;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlaxelSwitch;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The small programs do what they say. */
class ExamplesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          builder -> builder.history(250).set(Switch.ELEMENT_FORMAT, "pretty"));

  @Test
  void composing(BlinkOpsEmulator emulator) {
    try (BlinkOpsClient client = client(emulator)) {
      List<String> failures =
          Objects.requireNonNull(
              ComposeExample.failures(client, Instant.EPOCH).collectList().block(PATIENCE));
      assertThat(failures).isNotEmpty().allMatch(line -> line.contains(" failed on "));
    }
  }

  @Test
  void awaiting(BlinkOpsEmulator emulator) {
    try (BlinkOpsClient client = client(emulator);
        CallbackServer callbacks =
            Objects.requireNonNull(CallbackServer.builder().bind().block(PATIENCE));
        Runs runs = client.runs().receiver(callbacks).build()) {
      List<String> ended =
          Objects.requireNonNull(
              AwaitExample.isolate(runs, "isolate-host", List.of("a", "b", "c"))
                  .map(end -> end.executionId() + " " + end.execution().effectiveState())
                  .collectList()
                  .block(PATIENCE));
      assertThat(ended)
          .containsExactlyInAnyOrderElementsOf(
              emulator.runs().stream().map(ExamplesTest::line).toList())
          .hasSize(3);
    }
  }

  @Test
  void goingOnWithWhatTheLastProcessLeft(BlinkOpsEmulator emulator, @TempDir Path directory) {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (BlinkOpsClient client = client(emulator);
        PendingStore store = PendingStore.file(directory);
        Runs runs = client.runs().store(store).build()) {
      runs.startAll("isolate-host", Flux.just(ExecuteRequest.empty(), ExecuteRequest.empty()))
          .take(2)
          .blockLast(PATIENCE);
    }
    assertThat(emulator.runs()).hasSize(2);
    emulator.runs().forEach(run -> emulator.completeRun(run.executionId(), "Completed"));
    emulator.set(Switch.RUN_DURATION, "20ms");
    try (BlinkOpsClient client = client(emulator);
        PendingStore store = PendingStore.file(directory);
        CallbackServer callbacks =
            Objects.requireNonNull(CallbackServer.builder().store(store).bind().block(PATIENCE));
        Runs runs = client.runs().receiver(callbacks).store(store).build()) {
      List<String> ended =
          Objects.requireNonNull(
              RecoverExample.all(runs, "isolate-host", List.of("a"))
                  .map(end -> end.executionId() + " " + end.execution().effectiveState())
                  .collectList()
                  .block(PATIENCE));
      assertThat(ended)
          .containsExactlyInAnyOrderElementsOf(
              emulator.runs().stream().map(ExamplesTest::line).toList())
          .hasSize(3);
      // An end is told first and forgotten after, or a crash between the two would lose it.
      Awaitility.await()
          .until(() -> Boolean.FALSE.equals(runs.recover().hasElements().block(PATIENCE)));
    }
  }

  private static String line(RecordedRun run) {
    return run.executionId() + " " + run.stateUi();
  }

  @Test
  void exporting(BlinkOpsEmulator emulator, @TempDir Path directory) {
    try (BlinkOpsClient client = client(emulator)) {
      assertThat(requireNonNull(ExportExample.export(client, directory).block(PATIENCE)).rows())
          .isEqualTo(250);
    }
    assertThat(ExportExample.read(directory).map(Execution::id).collectList().block(PATIENCE))
        .hasSize(250)
        .doesNotHaveDuplicates();
  }

  @Test
  void archivingGoesOnWhereItStopped(BlinkOpsEmulator emulator) {
    List<String> ids = new ArrayList<>();
    AtomicReference<String> last = new AtomicReference<>();
    BiFunction<Execution, String, Mono<Void>> save =
        (execution, place) ->
            Mono.fromRunnable(
                () -> {
                  ids.add(execution.id());
                  last.set(place);
                  if (ids.size() == 120) {
                    throw new IllegalStateException("the store is full");
                  }
                });
    try (BlinkOpsClient client = client(emulator)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> ExportExample.archive(client, null, save).blockLast(PATIENCE));
      ExportExample.archive(client, last.get(), save).blockLast(PATIENCE);
    }
    assertThat(ids).hasSize(250).doesNotHaveDuplicates();
  }

  @Test
  void followingFailures(BlinkOpsEmulator emulator) {
    try (BlinkOpsClient client = client(emulator)) {
      assertThat(
              ExportExample.failures(client, Instant.EPOCH)
                  .map(Execution::effectiveState)
                  .take(3)
                  .collectList()
                  .block(PATIENCE))
          .containsExactly(ExecutionState.FAILED, ExecutionState.FAILED, ExecutionState.FAILED);
    }
  }

  @Test
  void jobs() {
    try (BlaxelEmulator blaxel =
            BlaxelEmulator.builder()
                .history(120)
                .set(BlaxelSwitch.RUN_DURATION, "20ms")
                .set(BlaxelSwitch.RUN_OUTCOMES, "failed=1")
                .start();
        BlaxelClient client =
            BlaxelClient.builder()
                .baseUrl(blaxel.baseUrl() + "/v0")
                .clientCredentials(blaxel.clientId(), blaxel.clientSecret())
                .workspace(blaxel.workspace())
                .build();
        JobRuns runs = client.runs().firstLookAfter(Duration.ofMillis(50)).build()) {
      Completion<JobExecution> end =
          Objects.requireNonNull(JobsExample.run(runs, blaxel.job()).block(PATIENCE));
      assertThat(end.execution().state()).isEqualTo(JobExecutionState.FAILED);
      assertThat(
              JobsExample.failed(client, blaxel.job())
                  .mapNotNull(JobExecution::id)
                  .collectList()
                  .block(PATIENCE))
          .contains(end.executionId())
          .allMatch(id -> "failed".equals(blaxel.execution(id).get("status")));
    }
  }

  private static BlinkOpsClient client(BlinkOpsEmulator emulator) {
    return BlinkOpsClient.builder()
        .baseUrl(emulator.baseUrl())
        .apiKey(emulator.apiKey())
        .workspace(emulator.workspace())
        .build();
  }
}
