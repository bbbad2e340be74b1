package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.RunException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.Observation;
import io.blinkreactor.completion.RunHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Many runs, their bounds, who is told on which thread, and what a handle can do. */
class BulkTest extends VirtualEngine {

  private final List<RunHandle<String>> handles = new ArrayList<>();

  private Flux<Mono<RunHandle<String>>> starts(CompletionEngine<String> engine, int many) {
    return Flux.range(0, many)
        .map(
            n ->
                engine.start(
                    "p",
                    target ->
                        n % 5 == 4
                            ? Mono.error(new IllegalStateException("refused " + n))
                            : Mono.just("x" + n)));
  }

  private void finish(RunHandle<String> run) {
    vendor.end(requireNonNull(run.executionId()), "Completed");
    receiver.call(run, "");
    scheduler.advanceTime();
  }

  @Test
  void noMoreRunsGoOnThanAllowedAndAnErrorKeepsNoneFromStarting() {
    CompletionEngine<String> engine = engine();
    engine.startAll(starts(engine, 100), 7).subscribe(handles::add, errors::add);
    int finished = 0;
    while (errors.isEmpty()) {
      assertThat(engine.pending()).isLessThanOrEqualTo(7);
      assertThat(engine.pending()).isEqualTo(Math.min(7, 80 - finished));
      finish(handles.get(finished++));
    }
    assertThat(handles).hasSize(80);
    assertThat(finished).isEqualTo(80);
    assertThat(Exceptions.unwrapMultiple(errors.get(0))).hasSize(20);
  }

  @Test
  void aRunThatTimesOutMakesRoom() {
    CompletionEngine<String> engine = engine();
    engine.startAll(starts(engine, 4), 1).subscribe(handles::add, errors::add);
    assertThat(handles).hasSize(1);
    pass(TIMEOUT);
    assertThat(handles).hasSize(2);
  }

  @Test
  void cancellingTheBulkStartsNoMoreAndKeepsThoseThatGoOn() {
    CompletionEngine<String> engine = engine();
    Disposable bulk = engine.startAll(starts(engine, 100), 2).subscribe(handles::add);
    handles.forEach(this::await);
    bulk.dispose();
    finish(handles.get(0));
    finish(handles.get(1));
    assertThat(handles).hasSize(2);
    assertThat(errors).isEmpty();
    assertThat(ends).hasSize(2);
  }

  @Test
  void whoTakesOnlyTheHandleDoesNotGiveUpTheRun() {
    CompletionEngine<String> engine = engine();
    RunHandle<String> run =
        requireNonNull(engine.start("p", target -> Mono.just("x")).flux().next().block());
    assertThat(engine.pending()).isOne();
    await(run);
    finish(run);
    assertThat(ends).hasSize(1);
  }

  @Test
  void moreThanAllowedFailAtOnceAndAreNotSent() {
    options = new CompletionOptions(TIMEOUT, RECONCILE, 3, 10);
    CompletionEngine<String> engine = engine(receiver, store);
    for (int i = 0; i < 3; i++) {
      RunHandle<String> run = started(engine, "x" + i);
      handles.add(run);
      await(run);
    }
    engine
        .start(
            "p",
            target -> {
              throw new AssertionError("sent");
            })
        .subscribe(run -> {}, errors::add);
    assertThat(errors)
        .singleElement()
        .isInstanceOfSatisfying(
            RunException.class,
            e -> assertThat(e.reason()).isEqualTo(RunException.Reason.TOO_MANY));
    assertThat(store.records()).hasSize(3);
    finish(handles.get(0));
    assertThat(started(engine, "x9").executionId()).isEqualTo("x9");
  }

  @ParameterizedTest
  @ValueSource(longs = {-3600, 3600})
  void t27AJumpOfTheWallClockChangesNothing(long seconds) {
    await(started(engine(receiver, store), "x"));
    passSeconds(10);
    jump = Duration.ofSeconds(seconds);
    passSeconds(13);
    assertThat(vendor.looks).isEmpty();
    passSeconds(14);
    assertThat(vendor.looks).hasSize(1);
    pass(TIMEOUT.minusSeconds(38));
    assertThat(errors).isEmpty();
    passSeconds(1);
    assertThat(errors).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {-3600, 3600})
  void theTimeItTookIsNotThatOfTheWallClock(long seconds) {
    RunHandle<String> run = started(engine(), "x");
    await(run);
    passSeconds(10);
    jump = Duration.ofSeconds(seconds);
    finish(run);
    assertThat(ends).singleElement().matches(end -> end.elapsed().toSeconds() == 10);
  }

  @Test
  void theStatesThatAreSeenCanBeWatched() {
    RunHandle<String> run = started(engine(), "x");
    List<String> early = new ArrayList<>();
    List<String> late = new ArrayList<>();
    List<String> after = new ArrayList<>();
    run.watch().map(Observation::state).doOnComplete(() -> early.add("|")).subscribe(early::add);
    pass(Duration.ofMinutes(20));
    assertThat(vendor.looks).hasSizeGreaterThan(3);
    run.watch().map(Observation::state).doOnComplete(() -> late.add("|")).subscribe(late::add);
    finish(run);
    run.watch().map(Observation::state).doOnComplete(() -> after.add("|")).subscribe(after::add);
    scheduler.advanceTime();
    assertThat(early).containsExactly("Running", "Completed", "|");
    assertThat(late).containsExactly("Running", "Completed", "|");
    assertThat(after).containsExactly("Completed", "|");
  }

  @Test
  void whoWatchesWaits() {
    CompletionEngine<String> engine = engine();
    RunHandle<String> run = started(engine, "x");
    Disposable watching = run.watch().subscribe();
    await(run).dispose();
    assertThat(engine.pending()).isOne();
    watching.dispose();
    assertThat(engine.pending()).isZero();
  }

  @Test
  void whoWatchesSeesTheDeadline() {
    RunHandle<String> run = started(engine(), "x");
    run.watch().subscribe(seen -> {}, errors::add);
    pass(TIMEOUT);
    assertThat(errors).hasSize(1);
  }

  @Test
  void aRunThatDidNotEndWellIsAValueUnlessAskedFor() {
    RunHandle<String> run = started(engine(), "x");
    await(run);
    vendor.end("x", "Failed");
    receiver.call(run, "");
    scheduler.advanceTime();
    Completion<String> end = ends.get(0);
    assertThat(end.succeeded()).isFalse();
    assertThatThrownBy(end::orThrow)
        .isInstanceOfSatisfying(
            RunException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(RunException.Reason.NOT_SUCCEEDED);
              assertThat(e.executionId()).isEqualTo("x");
            })
        .hasMessageContaining("Failed");
    RunHandle<String> good = started(engine(null, null), "y");
    vendor.end("y", "Completed");
    ends.clear();
    await(good);
    pass(DUE);
    assertThat(ends.get(0).orThrow()).isSameAs(ends.get(0));
    assertThat(ends.get(0).source()).isEqualTo(CompletionSource.RECONCILE);
  }

  @Test
  @Timeout(60)
  void t26AWaiterThatBlocksDelaysNobodyElse() throws Exception {
    CompletionEngine<String> engine =
        new CompletionEngine<>(
            TimeSource.system(),
            options,
            "ws",
            vendor,
            receiver,
            null,
            new PendingRuns("v", null),
            null,
            Step.Observer.NONE);
    RunHandle<String> run = started(engine, "x");
    RunHandle<String> other = started(engine, "y");
    CountDownLatch go = new CountDownLatch(1);
    // More than the threads of Reactor's bounded-elastic scheduler on most machines.
    int each = 300;
    CountDownLatch told = new CountDownLatch(2 * each);
    ConcurrentLinkedQueue<String> threads = new ConcurrentLinkedQueue<>();
    for (RunHandle<String> one :
        Collections.nCopies(each, List.of(run, other)).stream().flatMap(List::stream).toList()) {
      one.completion()
          .subscribe(
              end -> {
                threads.add(Thread.currentThread().getName());
                try {
                  told.countDown();
                  go.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }
    vendor.end("x", "Completed");
    vendor.end("y", "Completed");
    Thread caller = new Thread(() -> List.of(run, other).forEach(one -> receiver.call(one, "")));
    caller.start();
    assertThat(told.await(25, TimeUnit.SECONDS)).as("all at once").isTrue();
    caller.join();
    go.countDown();
    assertThat(threads).hasSize(2 * each).allMatch(name -> name.startsWith("blinkreactor-worker"));
    engine.close();
  }
}
