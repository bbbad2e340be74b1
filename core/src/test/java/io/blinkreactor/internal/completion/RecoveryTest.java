package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.RunException;
import io.blinkreactor.StoreException;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.PendingRun;
import io.blinkreactor.completion.RunHandle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What is stored when, what a process that follows takes up, and what a failing store does. */
class RecoveryTest extends VirtualEngine {

  private List<RunHandle<String>> recovered(CompletionEngine<String> engine) {
    return requireNonNull(engine.recover().collectList().block());
  }

  private void record(String correlationId) {
    store
        .register(
            PendingRun.builder("ws", correlationId, "p", time.now(), time.now().plus(TIMEOUT))
                .build())
        .block();
  }

  @Test
  void theRecordIsThereBeforeTheRequestAndGoneAfterTheWaiterWasTold() {
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run =
        requireNonNull(
            engine
                .start(
                    "p",
                    target -> {
                      assertThat(store.calls).containsExactly("register");
                      return Mono.just("x");
                    })
                .block());
    assertThat(store.calls).containsExactly("register", "started");
    vendor.end("x", "Completed");
    receiver.call(run, "");
    scheduler.advanceTime();
    assertThat(store.records()).as("nobody was told").hasSize(1);
    run.completion()
        .subscribe(
            end -> {
              assertThat(store.calls).doesNotContain("finish");
              ends.add(end);
            });
    scheduler.advanceTime();
    assertThat(ends).hasSize(1);
    assertThat(store.calls).containsExactly("register", "started", "signal", "finish");
    assertThat(store.records()).isEmpty();
    assertThat(steps)
        .containsExactly(
            "REGISTERED null",
            "ANSWERED x",
            "STARTED x",
            "ENDED x",
            "SIGNALLED x",
            "TOLD x",
            "FINISHED x");
  }

  @Test
  void whoIsNotToldIsTakenUpAgain() {
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run = started(engine, "x");
    vendor.end("x", "Completed");
    receiver.call(run, "");
    RunHandle<String> again = recovered(engine).get(0);
    await(again);
    assertThat(ends).hasSize(1);
    assertThat(store.records()).isEmpty();
  }

  @Test
  void aStartedRunIsLookedAtAtOnce() {
    started(engine(null, store), "x");
    vendor.end("x", "Completed");
    CompletionEngine<String> after = engine(receiver, store);
    RunHandle<String> run = recovered(after).get(0);
    assertThat(run.executionId()).isEqualTo("x");
    await(run);
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.RECONCILE);
    assertThat(store.records()).isEmpty();
  }

  @Test
  void aSignalledRunIsLookedAtForItsCallback() {
    CompletionEngine<String> before = engine(receiver, store);
    RunHandle<String> run = started(before, "x");
    vendor.failure = FakeVendor.refused(500);
    receiver.call(run, "");
    before.close();
    vendor.failure = null;
    vendor.end("x", "Completed");
    await(recovered(engine(receiver, store)).get(0));
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.CALLBACK);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStartThatWasNotAnsweredIsSearchedFor(boolean broke) {
    record("c");
    if (broke) {
      store.startUnknown("c").block();
    }
    vendor.make("x", "p", vendorTime());
    vendor.end("x", "Completed");
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run = recovered(engine).get(0);
    assertThat(run.executionId()).isNull();
    assertThat(run.correlationId()).isEqualTo("c");
    await(run);
    passSeconds(3);
    assertThat(run.executionId()).isEqualTo("x");
    pass(DUE);
    assertThat(ends).hasSize(1);
  }

  @Test
  void aStartThatWasNotAnsweredButCalledBackIsSearchedForAtOnce() {
    record("c");
    store.signal("c", time.now()).block();
    vendor.make("x", "p", vendorTime());
    vendor.end("x", "Completed");
    await(recovered(engine(receiver, store)).get(0));
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.CALLBACK);
  }

  @Test
  void aStartThatNeverLeftIsToldToBeUnknownAndForgotten() {
    record("c");
    await(recovered(engine(receiver, store)).get(0));
    pass(TIMEOUT);
    assertThat(errors)
        .singleElement()
        .isInstanceOfSatisfying(
            RunException.class,
            e -> assertThat(e.reason()).isEqualTo(RunException.Reason.START_UNKNOWN));
    assertThat(store.records()).isEmpty();
  }

  @Test
  void whatEndedWhileNobodyWaitedIsToldEvenAfterItsDeadline() {
    started(engine(null, store), "x");
    passSeconds(1);
    record("c");
    store.startUnknown("c").block();
    vendor.make("x", "p", vendorTime());
    vendor.make("y", "p", vendorTime());
    vendor.end("x", "Completed");
    vendor.end("y", "Failed");
    Duration down = TIMEOUT.multipliedBy(3);
    jump = down;
    CompletionEngine<String> after = engine(receiver, store);
    recovered(after).forEach(this::await);
    passSeconds(60);
    assertThat(errors).isEmpty();
    assertThat(ends).extracting(end -> end.executionId()).containsExactlyInAnyOrder("x", "y");
    assertThat(ends).allMatch(end -> end.elapsed().compareTo(down) >= 0);
  }

  @Test
  void whatHasNotEndedByItsDeadlineIsAwaitedAnew() {
    started(engine(null, store), "x");
    jump = TIMEOUT.plusSeconds(1);
    await(recovered(engine(receiver, store)).get(0));
    scheduler.advanceTimeBy(TIMEOUT.minusSeconds(1));
    assertThat(errors).isEmpty();
    assertThat(store.records()).hasSize(1);
    scheduler.advanceTimeBy(Duration.ofSeconds(1));
    assertThat(errors).singleElement().isInstanceOf(DeadlineException.class);
    assertThat(store.records()).isEmpty();
  }

  @Test
  void aRunInMemoryIsNotTakenUpTwice() {
    CompletionEngine<String> engine = engine(receiver, store);
    await(started(engine, "x"));
    broken(engine);
    assertThat(recovered(engine)).isEmpty();
    assertThat(store.records()).hasSize(2);
  }

  @Test
  void runsAreTakenUpAsTheyAreAskedFor() {
    CompletionEngine<String> before = engine(null, store);
    for (int i = 0; i < 10; i++) {
      started(before, "x" + i);
      passSeconds(1);
    }
    before.close();
    CompletionEngine<String> after = engine(receiver, store);
    StepVerifier.create(after.recover(), 0)
        .thenRequest(3)
        .expectNextCount(3)
        .then(() -> assertThat(after.pending()).as("one ahead").isBetween(3, 4))
        .thenRequest(Long.MAX_VALUE)
        .expectNextCount(7)
        .verifyComplete();
    assertThat(after.pendingExecutions()).hasSize(10);
  }

  @Test
  void withoutAStoreNothingCanBeTakenUp() {
    engine().recover().subscribe(run -> {}, errors::add);
    assertThat(errors).singleElement().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatCannotBeRegisteredIsNotSent() {
    store.failing.add("register");
    AtomicInteger sent = new AtomicInteger();
    CompletionEngine<String> engine = engine(receiver, store);
    engine
        .start(
            "p",
            target -> {
              sent.incrementAndGet();
              return Mono.just("x");
            })
        .subscribe(run -> {}, errors::add);
    assertThat(errors).singleElement().isInstanceOf(StoreException.class);
    assertThat(sent).hasValue(0);
    assertThat(engine.pending()).isZero();
  }

  @Test
  void aStoreThatFailsAfterTheAnswerDoesNotTakeTheHandleAway() {
    store.failing.add("started");
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run = started(engine, "x");
    await(run);
    vendor.end("x", "Completed");
    receiver.call(run, "");
    scheduler.advanceTime();
    assertThat(ends).hasSize(1);
  }

  @Test
  void anIdThatCannotBeStoredDoesNotTakeTheHandleAway() {
    String huge = "x".repeat(300);
    assertThat(started(engine(receiver, store), huge).executionId()).isEqualTo(huge);
  }

  @Test
  void aStoreThatFailsAfterABreakDoesNotTakeTheHandleAway() {
    store.failing.add("startUnknown");
    assertThat(broken(engine(receiver, store)).executionId()).isNull();
  }

  @Test
  void aCallbackThatCannotBeStoredIsNotAcknowledgedButWakes() {
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run = started(engine, "x");
    await(run);
    store.failing.add("signal");
    vendor.end("x", "Completed");
    receiver.accept(run.correlationId(), "").subscribe(receipt -> {}, errors::add);
    scheduler.advanceTime();
    assertThat(errors).singleElement().isInstanceOf(StoreException.class);
    assertThat(ends).hasSize(1);
    assertThat(steps).doesNotContain("SIGNALLED x");
  }

  @Test
  void aRecordThatCannotBeRemovedComesBack() {
    CompletionEngine<String> engine = engine(receiver, store);
    store.failing.add("finish");
    RunHandle<String> run = started(engine, "x");
    await(run);
    vendor.end("x", "Completed");
    receiver.call(run, "");
    scheduler.advanceTime();
    assertThat(ends).hasSize(1);
    store.failing.clear();
    await(recovered(engine(null, store)).get(0));
    assertThat(ends).hasSize(2);
    assertThat(store.records()).isEmpty();
  }

  @Test
  void theLastWaiterThatLeavesLeavesTheRecord() {
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run = started(engine, "x");
    await(run).dispose();
    assertThat(engine.pending()).isZero();
    assertThat(store.records()).hasSize(1);
    assertThat(receiver.call(run, "")).as("stored").isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(store.records()).allMatch(record -> record.signalledAt() != null);
    vendor.end("x", "Completed");
    await(recovered(engine).get(0));
    assertThat(ends).hasSize(1);
  }

  @Test
  void closingLeavesTheRecords() {
    CompletionEngine<String> engine = engine(receiver, store);
    await(started(engine, "x"));
    broken(engine);
    engine.start("p", target -> Mono.<String>never()).subscribe();
    engine.close();
    scheduler.advanceTime();
    assertThat(errors).singleElement().isInstanceOf(CancellationException.class);
    assertThat(store.records()).hasSize(3);
    assertThat(recovered(engine(receiver, store))).hasSize(3);
  }

  @Test
  void whoWaitsAgainAfterClosingIsToldThatTheWaitIsOver() {
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run = started(engine, "x");
    await(run).dispose();
    engine.close();
    await(run);
    scheduler.advanceTime();
    assertThat(errors).singleElement().isInstanceOf(CancellationException.class);
    assertThat(store.records()).hasSize(1);
    assertThat(engine.pending()).isZero();
  }

  @Test
  void aStartThatIsCancelledLeavesItsRecordAndTakesItsCallback() {
    CompletionEngine<String> engine = engine(receiver, store);
    Disposable start = engine.start("p", target -> Mono.<String>never()).subscribe();
    start.dispose();
    assertThat(engine.pending()).isZero();
    String id = store.records().get(0).correlationId();
    assertThat(receiver.call(id, "")).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(store.records()).as("it may have been started").hasSize(1);
    assertThat(store.records()).allMatch(record -> record.signalledAt() != null);
  }

  /** Its record stays, and what the callback tells may be the only way to the run. */
  @Test
  void aCallbackOfALostStartThatNobodyWasToldOfIsStored() {
    vendor.make("x", "p", vendorTime());
    vendor.make("y", "p", vendorTime());
    RunHandle<String> run = broken(engine(receiver, store));
    pass(TIMEOUT.multipliedBy(2));
    assertThat(receiver.call(run, "id=x")).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(store.records()).singleElement().matches(record -> "x".equals(record.hint()));
  }

  @Test
  void whatEndsByItsDeadlineIsForgottenOnceTold() {
    await(started(engine(receiver, store), "x"));
    pass(TIMEOUT);
    assertThat(errors).hasSize(1);
    assertThat(store.records()).isEmpty();
  }

  @Test
  void anAdoptedRunIsStoredWithItsId() {
    engine(receiver, store).adopt("p", "x").block();
    assertThat(store.records()).singleElement().matches(r -> "x".equals(r.executionId()));
  }

  @Test
  void inBulkWhoHasNotWaitedHasNotBeenTold() {
    CompletionEngine<String> engine = engine(receiver, store);
    RunHandle<String> run =
        requireNonNull(
            engine
                .startAll(Mono.just(engine.start("p", target -> Mono.just("x"))), 1)
                .blockFirst());
    vendor.end("x", "Completed");
    receiver.call(run, "");
    scheduler.advanceTime();
    assertThat(store.records()).hasSize(1);
    await(run);
    assertThat(ends).hasSize(1);
    assertThat(store.records()).isEmpty();
  }
}
