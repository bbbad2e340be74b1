package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.blinkreactor.RunException;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.PendingRun;
import io.blinkreactor.completion.RunHandle;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs whose start was on its way when their process died. */
class RecoverSearchTest extends VirtualEngine {

  /** The record that a process leaves which dies between storing it and the answer. */
  private void left(String correlationId) {
    store
        .register(
            PendingRun.builder("ws", correlationId, "p", time.now(), time.now().plus(TIMEOUT))
                .build())
        .block();
  }

  private static List<RunHandle<String>> recover(CompletionEngine<String> engine) {
    return requireNonNull(engine.recover().collectList().block());
  }

  /** One without rivals, and the only execution of its time is another run's that has ended. */
  @Test
  void whatAnEarlierProcessSawTheEndOfIsNotTakenForAnotherRun() {
    CompletionEngine<String> first = engine(receiver, store);
    vendor.make("x1", "p", vendorTime());
    vendor.end("x1", "Completed");
    await(started(first, "x1"));
    receiver.call(lastRecord(), "");
    scheduler.advanceTime();
    assertThat(ends).hasSize(1);
    left("never-sent");
    first.close();
    List<RunHandle<String>> runs = recover(engine(receiver, store));
    assertThat(runs).extracting(RunHandle::correlationId).containsExactly("never-sent");
    await(runs.get(0));
    pass(TIMEOUT);
    assertThat(ends).hasSize(1);
    assertThat(errors)
        .singleElement()
        .isInstanceOfSatisfying(
            RunException.class,
            e -> assertThat(e.reason()).isEqualTo(RunException.Reason.START_UNKNOWN));
  }

  private String lastRecord() {
    List<PendingRun> records = store.records();
    return records.get(records.size() - 1).correlationId();
  }

  /** Two that nothing but their callbacks tells apart, and each came once. */
  @Test
  void aHintThatWasAcknowledgedOutlivesTheProcess() {
    CompletionEngine<String> first = engine(receiver, store);
    leftTwo();
    assertThat(receiver.call("a", "id=xa")).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(receiver.call("b", "id=xb")).isEqualTo(CallbackReceipt.ACCEPTED);
    first.close();
    recover(engine(receiver, store)).forEach(this::await);
    assertTold();
  }

  /** They come when the receiver listens already and the store has not been read. */
  @Test
  void aHintThatComesBeforeItsRunIsTakenUpIsNotLost() {
    leftTwo();
    CompletionEngine<String> engine = engine(receiver, store);
    receiver.call("a", "id=xa");
    receiver.call("b", "id=xb");
    recover(engine).forEach(this::await);
    assertTold();
    assertThat(ends).allMatch(end -> end.payload() != null, "what came is handed on");
  }

  private void leftTwo() {
    left("a");
    left("b");
    vendor.make("xa", "p", vendorTime());
    vendor.make("xb", "p", vendorTime());
    vendor.end("xa", "Completed");
    vendor.end("xb", "Failed");
  }

  private void assertTold() {
    scheduler.advanceTime();
    assertThat(ends)
        .extracting(Completion::correlationId, Completion::executionId, Completion::state)
        .containsExactlyInAnyOrder(tuple("a", "xa", "Completed"), tuple("b", "xb", "Failed"));
    assertThat(errors).isEmpty();
    assertThat(store.records()).isEmpty();
  }

  /** A hint is a claim: it does not count where the vendor says otherwise. */
  @Test
  void aHintThatWasKeptIsNotBelieved() {
    CompletionEngine<String> first = engine(receiver, store);
    left("a");
    vendor.make("other", "q", vendorTime());
    vendor.end("other", "Completed");
    receiver.call("a", "id=other");
    first.close();
    recover(engine(receiver, store)).forEach(this::await);
    pass(TIMEOUT);
    assertThat(ends).isEmpty();
    assertThat(errors).singleElement().isInstanceOf(RunException.class);
  }
}
