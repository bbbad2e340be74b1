package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.StoreException;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedCallback.Kind;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Callbacks that are forged, stolen or cannot be stored end no run. */
class ForgedCallbackTest extends AwaitSupport {

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
}
