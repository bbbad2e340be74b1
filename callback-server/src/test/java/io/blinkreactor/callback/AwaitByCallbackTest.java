package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.StoreException;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.InvariantsExtension;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedCallback;
import io.blinkreactor.testkit.RecordedCallback.Kind;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** All parts together, with the emulator as the vendor and as the judge. */
class AwaitByCallbackTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String PLAYBOOK = "playbook-1";
  private static final String OTHER_WORKSPACE = "workspace-2";

  @RegisterExtension
  @Order(1)
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          b -> {
            long seed = ThreadLocalRandom.current().nextLong();
            System.out.println("AwaitByCallbackTest: seed of the emulator " + seed);
            return b.seed(seed).workspaces(OTHER_WORKSPACE).set(Switch.LIMIT_RUNNING, "400");
          });

  @RegisterExtension
  @Order(2)
  final InvariantsExtension invariants = new InvariantsExtension();

  private BlinkOpsEmulator emulator;
  private CallbackServer server;
  private RecordingReceiver receiver;
  private BlinkOpsClient client;

  @BeforeEach
  void open() {
    emulator = emulators.emulator();
    server = requireNonNull(CallbackServer.builder().bind().block(PATIENCE));
    receiver = new RecordingReceiver(server);
    client = Clients.of(emulator);
  }

  @AfterEach
  void close() {
    server.close();
    client.closeLater().block(PATIENCE);
    assertThat(emulator.violations()).isEmpty();
  }

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
  void aForgedCallbackAloneWakesNobody() {
    emulator.set(Switch.CALLBACK_FORGED, "1");
    emulator.set(Switch.CALLBACK_LOST, "1");
    emulator.set(Switch.RUN_DURATION, "50ms");
    try (Runs runs = runs(Duration.ofMillis(1500))) {
      List<Completion<ExecutionDetails>> ends = startAndAwait(runs, 20);
      assertTrue(ends, 20);
      assertThat(ends).allMatch(end -> end.source() == CompletionSource.RECONCILE);
      assertThat(ends).allMatch(end -> end.payload() == null);
      assertCallbacks();
      assertThat(emulator.callbacks()).hasSize(20).allMatch(sent -> sent.kind() == Kind.FORGED);
      assertThat(emulator.count(Operation.GET)).isEqualTo(20);
    }
  }

  @Test
  void aSealOfOneWorkspaceIsWorthNothingInAnother() throws IOException {
    emulator.set(Switch.RUN_DURATION, "manual");
    BlinkOpsClient otherClient = client.workspace(OTHER_WORKSPACE);
    try (Runs ours = client.runs().receiver(receiver).build();
        Runs theirs = otherClient.runs().receiver(receiver).build()) {
      RunHandle<ExecutionDetails> our = start(ours);
      RunHandle<ExecutionDetails> their = start(theirs);
      RecordingReceiver.Made ourTarget = receiver.made.get(0);
      RecordingReceiver.Made theirTarget = receiver.made.get(1);
      assertThat(ourTarget.scope()).isEqualTo(emulator.workspace());
      assertThat(theirTarget.scope()).isEqualTo(OTHER_WORKSPACE);
      assertThat(ask(RecordingReceiver.request(ourTarget.target(), theirTarget.target())))
          .isEqualTo(404);
      assertThat(ask(RecordingReceiver.request(theirTarget.target(), ourTarget.target())))
          .isEqualTo(404);
      assertThat(emulator.count(Operation.GET)).as("nobody was woken").isZero();
      emulator.completeRun(requireNonNull(our.executionId()), "Failed");
      emulator.completeRun(requireNonNull(their.executionId()), "Completed");
      assertTrue(
          List.of(
              requireNonNull(our.completion().block(PATIENCE)),
              requireNonNull(their.completion().block(PATIENCE))),
          2);
      assertCallbacks();
    }
  }

  @Test
  void aRunThatOutlastsItsTimeIsToldAndItsLateCallbackIsADuplicate() throws IOException {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Runs runs = client.runs().receiver(receiver).timeout(Duration.ofSeconds(1)).build()) {
      RunHandle<ExecutionDetails> run = start(runs);
      assertThatThrownBy(() -> run.completion().block(PATIENCE))
          .isInstanceOf(DeadlineException.class)
          .hasMessageContaining(requireNonNull(run.executionId()))
          .hasMessageContaining("last seen in state Running");
      assertThat(runs.pending()).isZero();
      long looks = emulator.count(Operation.GET);
      assertThat(ask(RecordingReceiver.request(target(0), target(0)))).isEqualTo(200);
      assertThat(emulator.count(Operation.GET)).isEqualTo(looks);
    }
  }

  @Test
  void aStolenSealOnlyMakesUsLook() throws IOException {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Runs runs = runs(PATIENCE)) {
      RunHandle<ExecutionDetails> run = start(runs);
      assertThat(ask(RecordingReceiver.request(target(0), target(0)))).isEqualTo(202);
      Awaitility.await().atMost(PATIENCE).until(() -> emulator.count(Operation.GET) >= 1);
      assertThat(runs.pending()).as("the vendor says it goes on").isOne();
      emulator.completeRun(requireNonNull(run.executionId()), "Cancelled");
      assertTrue(List.of(requireNonNull(run.completion().block(PATIENCE))), 1);
    }
  }

  @Test
  void t22ACallbackThatCannotBeStoredWakesItsWaiterButIsNotAcknowledged() {
    PendingStore store = storeWhoseSignalsFail();
    try (store;
        Runs runs =
            client.runs().receiver(receiver).store(store).reconcileAfter(PATIENCE).build()) {
      Completion<ExecutionDetails> end = requireNonNull(start(runs).completion().block(PATIENCE));
      assertTrue(List.of(end), 1);
      assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
      awaitSettled();
      assertThat(emulator.callbacks())
          .singleElement()
          .satisfies(sent -> assertThat(sent.status()).isEqualTo(503));
    }
  }

  private static PendingStore storeWhoseSignalsFail() {
    PendingStore store = PendingStore.memory();
    return (PendingStore)
        Proxy.newProxyInstance(
            PendingStore.class.getClassLoader(),
            new Class<?>[] {PendingStore.class},
            (proxy, method, args) ->
                method.getName().equals("signal")
                    ? Mono.error(
                        new StoreException(StoreException.Reason.FAILED, "Full.", "Buy.", null))
                    : method.invoke(store, args));
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

  private void complete(List<RunHandle<ExecutionDetails>> runs) {
    runs.forEach(run -> emulator.completeRun(requireNonNull(run.executionId()), "Completed"));
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

  private Runs runs(Duration reconcileAfter) {
    return client.runs().receiver(receiver).reconcileAfter(reconcileAfter).build();
  }

  private static RunHandle<ExecutionDetails> start(Runs runs) {
    return requireNonNull(runs.start(PLAYBOOK, ExecuteRequest.empty()).block(PATIENCE));
  }

  private CallbackTarget target(int run) {
    return receiver.made.get(run).target();
  }

  private static List<Completion<ExecutionDetails>> startAndAwait(Runs runs, int count) {
    return requireNonNull(
        Flux.range(0, count)
            .flatMap(i -> runs.start(PLAYBOOK, ExecuteRequest.empty()), 50)
            .flatMap(RunHandle::completion, count)
            .collectList()
            .block(PATIENCE));
  }

  /** Each run once, each with the end that the emulator has on record. */
  private void assertTrue(List<Completion<ExecutionDetails>> ends, int count) {
    assertThat(ends).hasSize(count);
    assertThat(ends).extracting(Completion::executionId).doesNotHaveDuplicates();
    assertThat(emulator.runs()).hasSize(count);
    assertThat(ends)
        .allSatisfy(
            end -> {
              RecordedRun truth = requireNonNull(emulator.run(end.executionId()));
              assertThat(truth.finished()).isTrue();
              assertThat(end.execution().effectiveState().name()).isEqualTo(truth.stateUi());
            });
  }

  private Set<String> plan(Completion<?> end) {
    return requireNonNull(emulator.run(end.executionId())).callbackPlan();
  }

  /** Once all were sent: what was honest succeeded, what was forged met a 404. */
  private void assertCallbacks() {
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

  private void awaitSettled() {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> emulator.runs().stream().allMatch(RecordedRun::settled));
  }

  private int ask(String request) throws IOException {
    try (RawConnection connection = new RawConnection(server.port())) {
      return connection.send(request).read().status();
    }
  }
}
