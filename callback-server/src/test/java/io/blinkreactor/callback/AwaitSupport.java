package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.InvariantsExtension;
import io.blinkreactor.testkit.RecordedCallback.Kind;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;

/** Runs that an emulator calls back to a server. */
abstract class AwaitSupport {

  static final Duration PATIENCE = Duration.ofSeconds(30);

  static final String PLAYBOOK = "playbook-1";

  static final String OTHER_WORKSPACE = "workspace-2";

  @RegisterExtension
  @Order(1)
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          b -> {
            long seed = ThreadLocalRandom.current().nextLong();
            System.out.println("seed of the emulator " + seed);
            return b.seed(seed).workspaces(OTHER_WORKSPACE).set(Switch.LIMIT_RUNNING, "400");
          });

  @RegisterExtension
  @Order(2)
  final InvariantsExtension invariants = new InvariantsExtension();

  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  BlinkOpsEmulator emulator;
  CallbackServer server;
  RecordingReceiver receiver;
  BlinkOpsClient client;

  @BeforeEach
  void open() {
    emulator = emulators.emulator();
    server = requireNonNull(CallbackServer.builder().meterRegistry(meters).bind().block(PATIENCE));
    receiver = new RecordingReceiver(server);
    client = Clients.of(emulator);
  }

  @AfterEach
  void close() {
    server.close();
    client.closeLater().block(PATIENCE);
    assertThat(emulator.violations()).isEmpty();
  }

  Runs runs(Duration reconcileAfter) {
    return client.runs().receiver(receiver).reconcileAfter(reconcileAfter).build();
  }

  static RunHandle<ExecutionDetails> start(Runs runs) {
    return requireNonNull(runs.start(PLAYBOOK, ExecuteRequest.empty()).block(PATIENCE));
  }

  CallbackTarget target(int run) {
    return receiver.made.get(run).target();
  }

  static List<Completion<ExecutionDetails>> startAndAwait(Runs runs, int count) {
    return requireNonNull(
        Flux.range(0, count)
            .flatMap(i -> runs.start(PLAYBOOK, ExecuteRequest.empty()), 50)
            .flatMap(RunHandle::completion, count)
            .collectList()
            .block(PATIENCE));
  }

  /** Each run once, each with the end that the emulator has on record. */
  void assertTrue(List<Completion<ExecutionDetails>> ends, int count) {
    assertThat(ends).hasSize(count);
    assertThat(ends).extracting(Completion::executionId).doesNotHaveDuplicates();
    assertThat(emulator.runs()).hasSize(count);
    assertThat(ends)
        .allSatisfy(
            end -> {
              RecordedRun truth = requireNonNull(emulator.run(end.executionId()));
              assertThat(truth.finished()).isTrue();
              assertThat(end.execution().effectiveState().name()).isEqualTo(truth.stateUi());
              assertThat(end.state()).isEqualTo(truth.stateUi());
              assertThat(end.succeeded()).isEqualTo("Completed".equals(truth.stateUi()));
            });
  }

  /** Once all were sent: what was honest succeeded, what was forged met a 404. */
  void assertCallbacks() {
    awaitSettled();
    assertThat(emulator.callbacks())
        .allSatisfy(
            sent -> {
              if (sent.kind() == Kind.FORGED) {
                assertThat(sent.status()).isEqualTo(404);
              } else {
                assertThat(sent.status()).isIn(200, 202);
              }
            });
  }

  void awaitSettled() {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> emulator.runs().stream().allMatch(RecordedRun::settled));
  }

  int ask(String request) throws IOException {
    try (RawConnection connection = new RawConnection(server.port())) {
      return connection.send(request).read().status();
    }
  }
}
