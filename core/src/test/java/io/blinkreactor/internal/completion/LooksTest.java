package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.AuthenticationException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.RunException;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** When runs are looked at, and by how many calls. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LooksTest extends VirtualEngine {

  private List<RunHandle<String>> many(CompletionEngine<String> engine, int count) {
    List<RunHandle<String>> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RunHandle<String> run = started(engine, "x" + i);
      runs.add(run);
      await(run);
    }
    return runs;
  }

  @Test
  void theFirstLookComesWhenMostRunsOfThatPlaybookAreOver() {
    CompletionEngine<String> engine = engine();
    for (int i = 0; i < Durations.ENOUGH; i++) {
      RunHandle<String> run = started(engine, "old" + i);
      await(run);
      vendor.end("old" + i, Duration.ofMinutes(10));
      receiver.call(run, "");
      scheduler.advanceTime();
    }
    assertThat(ends).hasSize(Durations.ENOUGH);
    vendor.looks.clear();
    await(started(engine, "x"));
    int waited = 0;
    while (vendor.looks.isEmpty()) {
      passSeconds(1);
      waited++;
    }
    assertThat(waited).as("a fifth of jitter at most").isBetween(480, 721);
    passSeconds(73);
    assertThat(vendor.looks).as("the next one comes by the usual schedule").hasSize(2);
  }

  @Test
  void shortRunsDontHastenTheFirstLook() {
    CompletionEngine<String> engine = engine();
    for (int i = 0; i < Durations.ENOUGH; i++) {
      RunHandle<String> run = started(engine, "old" + i);
      await(run);
      vendor.end("old" + i, Duration.ofMillis(5));
      receiver.call(run, "");
    }
    vendor.looks.clear();
    await(started(engine, "x"));
    passSeconds(23);
    assertThat(vendor.looks).isEmpty();
    passSeconds(14);
    assertThat(vendor.looks).hasSize(1);
  }

  @Test
  void t19LooksWithoutACallbackKeepToTheirNumberASecond() {
    options = new CompletionOptions(TIMEOUT, RECONCILE, 10_000, 10);
    CompletionEngine<String> engine = engine();
    many(engine, 1_000);
    passSeconds(24);
    int before = 0;
    int least = Integer.MAX_VALUE;
    for (int second = 0; second < 60; second++) {
      passSeconds(1);
      assertThat(vendor.looks.size() - before).as("second %d", second).isLessThanOrEqualTo(21);
      if (second > 20) {
        least = Math.min(least, vendor.looks.size() - before);
      }
      before = vendor.looks.size();
    }
    assertThat(before).isBetween(550, 611);
    assertThat(least).as("the budget is used while there is work").isGreaterThanOrEqualTo(9);
  }

  @Test
  void aCallbackNeedNotWaitForTheBudget() {
    options = new CompletionOptions(TIMEOUT, RECONCILE, 10_000, 1);
    CompletionEngine<String> engine = engine();
    List<RunHandle<String>> runs = many(engine, 100);
    pass(DUE);
    assertThat(vendor.looks).hasSizeLessThan(20);
    RunHandle<String> queued =
        runs.stream()
            .filter(run -> !vendor.looks.contains(String.valueOf(run.executionId())))
            .findAny()
            .orElseThrow();
    String id = String.valueOf(queued.executionId());
    vendor.end(id, "Completed");
    receiver.call(queued, "");
    scheduler.advanceTime();
    assertThat(ends)
        .singleElement()
        .matches(end -> end.executionId().equals(id))
        .matches(end -> end.source() == CompletionSource.CALLBACK);
    assertThat(vendor.looks).as("one look, not two").containsOnlyOnce(id);
  }

  /** Of an hour, in which looks of our own come every five minutes at the most. */
  @Test
  void t2ACallbackThatIsSentAgainAndAgainBuysALookAMinute() {
    RunHandle<String> run = started(engine(), "x");
    await(run);
    pass(Duration.ofMinutes(1));
    int before = vendor.looks.size();
    for (int second = 0; second < 3_000; second++) {
      receiver.call(run, "");
      passSeconds(1);
    }
    assertThat(vendor.looks.size() - before)
        .as("at once, 5 by the ladder, 4 up to a minute, 50 of a minute each, and those of our own")
        .isBetween(40, 75);
    pass(CompletionOptions.LONGEST_LAG.multipliedBy(2));
    vendor.end("x", "Completed");
    receiver.call(run, "");
    scheduler.advanceTime();
    assertThat(ends).as("at once, after a minute of rest").hasSize(1);
  }

  @Test
  void manyThatAreDueShareACall() {
    options = new CompletionOptions(TIMEOUT, RECONCILE, 10_000, 1);
    vendor.mostAtOnce = 40;
    CompletionEngine<String> engine = engine();
    many(engine, 400);
    passSeconds(24);
    passSeconds(25);
    assertThat(vendor.shared).hasSizeBetween(10, 26);
    assertThat(vendor.shared).allSatisfy(ids -> assertThat(ids.size()).isBetween(4, 40));
    assertThat(vendor.looks).as("runs that go on need no look").hasSizeLessThan(10);
    assertThat(ends).isEmpty();
    assertThat(engine.pending()).isEqualTo(400);
  }

  @Test
  void whoIsNotAmongThoseThatGoOnGetsALook() {
    options = new CompletionOptions(TIMEOUT, RECONCILE, 10_000, 1);
    vendor.mostAtOnce = 40;
    CompletionEngine<String> engine = engine();
    many(engine, 40);
    vendor.end("x3", "Completed");
    vendor.unlisted.add("x5");
    passSeconds(60);
    assertThat(vendor.shared).isNotEmpty();
    assertThat(ends)
        .singleElement()
        .matches(end -> end.executionId().equals("x3"))
        .matches(end -> end.source() == CompletionSource.RECONCILE);
    assertThat(vendor.looks).contains("x3", "x5");
    assertThat(engine.pending()).as("what a list does not show has not ended").isEqualTo(39);
  }

  @Test
  void aVendorThatDoesNotShareIsAskedOneByOne() {
    options = new CompletionOptions(TIMEOUT, RECONCILE, 10_000, 2);
    vendor.mostAtOnce = 40;
    vendor.sharedFailure = FakeVendor.refused(400);
    CompletionEngine<String> engine = engine();
    many(engine, 100);
    passSeconds(90);
    assertThat(vendor.shared).as("asked once").hasSize(1);
    assertThat(vendor.looks).hasSizeBetween(100, 140);
    assertThat(vendor.looks).containsAll(vendor.shared.get(0));
    assertThat(engine.pending()).isEqualTo(100);
  }

  @Test
  void aSharedCallThatFailsIsRepeatedLater() {
    options = new CompletionOptions(TIMEOUT, RECONCILE, 10_000, 1);
    vendor.mostAtOnce = 40;
    vendor.sharedFailure = FakeVendor.refused(500);
    CompletionEngine<String> engine = engine();
    many(engine, 40);
    passSeconds(40);
    vendor.sharedFailure = null;
    for (int i = 0; i < 40; i++) {
      vendor.end("x" + i, "Completed");
    }
    passSeconds(120);
    assertThat(ends).hasSize(40);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void aRefusedCredentialPausesAllLooksAndForgetsNoCallback(int status) {
    CompletionEngine<String> engine = engine();
    List<RunHandle<String>> runs = many(engine, 50);
    vendor.failure = FakeVendor.refused(status);
    for (RunHandle<String> run : runs) {
      assertThat(receiver.call(run, "")).isEqualTo(CallbackReceipt.ACCEPTED);
    }
    assertThat(vendor.looks).as("one refusal is enough").hasSize(1);
    assertThat(engine.health().paused()).isTrue();
    passSeconds(4);
    assertThat(vendor.looks).hasSize(1);
    passSeconds(1);
    assertThat(vendor.looks).as("one tries again after 5 s").hasSize(2);
    passSeconds(9);
    assertThat(vendor.looks).hasSize(2);
    passSeconds(1);
    assertThat(vendor.looks).as("then after 10 s").hasSize(3);
    vendor.failure = null;
    for (int i = 0; i < 50; i++) {
      vendor.end("x" + i, "Completed");
    }
    passSeconds(20);
    assertThat(ends).hasSize(50).allMatch(end -> end.source() == CompletionSource.CALLBACK);
    assertThat(engine.health().paused()).isFalse();
    assertThat(vendor.looks).as("a look each, and the refused ones").hasSize(53);
  }

  @Test
  void looksOnTheirWayDontLengthenThePause() {
    CompletionEngine<String> engine = engine();
    List<RunHandle<String>> runs = many(engine, 40);
    Sinks.One<Look<String>> refusal = Sinks.one();
    vendor.held = look -> refusal.asMono();
    runs.forEach(run -> receiver.call(run, ""));
    assertThat(vendor.looks).as("so many at once").hasSize(Looks.AT_ONCE);
    vendor.held = look -> look;
    refusal.tryEmitError(FakeVendor.refused(401)).orThrow();
    assertThat(vendor.looks).hasSize(Looks.AT_ONCE);
    for (int i = 0; i < 40; i++) {
      vendor.end("x" + i, "Completed");
    }
    passSeconds(5);
    assertThat(ends).hasSize(40);
  }

  @Test
  void thePauseGrowsToFiveMinutes() {
    options = new CompletionOptions(Duration.ofDays(1), RECONCILE);
    RunHandle<String> run = started(engine(), "x");
    await(run);
    vendor.failure = FakeVendor.refused(401);
    receiver.call(run, "");
    for (long pause : List.of(5, 10, 20, 40, 80, 160, 300, 300, 300)) {
      int looks = vendor.looks.size();
      passSeconds(pause - 1);
      assertThat(vendor.looks).as("pause of %d s", pause).hasSize(looks);
      passSeconds(1);
      assertThat(vendor.looks).as("pause of %d s", pause).hasSize(looks + 1);
    }
  }

  @Test
  void aDeadlineEndsRunsWhileLooksAreRefused() {
    CompletionEngine<String> engine = engine();
    List<RunHandle<String>> runs = many(engine, 100);
    vendor.failure = FakeVendor.refused(401);
    // Half of them have a look that waits, half of them are not due.
    runs.subList(0, 50).forEach(run -> receiver.call(run, ""));
    pass(TIMEOUT);
    assertThat(errors)
        .hasSize(100)
        .allSatisfy(
            error ->
                assertThat(error)
                    .isInstanceOf(DeadlineException.class)
                    .hasCauseInstanceOf(AuthenticationException.class));
    assertThat(engine.pending()).isZero();
  }

  @Test
  void aRunThatTheVendorDoesNotKnowYetIsWaitedFor() {
    RunHandle<String> run = started(engine(), "x");
    await(run);
    vendor.failure = FakeVendor.refused(404);
    receiver.call(run, "");
    pass(Run.GRACE);
    assertThat(vendor.looks).hasSizeGreaterThan(Transitions.MISSES + 1);
    assertThat(errors).isEmpty();
    vendor.failure = null;
    vendor.end("x", "Completed");
    pass(Duration.ofMinutes(7));
    assertThat(ends).hasSize(1);
  }

  @Test
  void aRunThatTheVendorDoesNotKnowAnyMoreHasVanished() {
    RunHandle<String> run = started(engine(null, store), "x");
    await(run);
    passSeconds(100);
    vendor.failure = FakeVendor.refused(404);
    pass(Duration.ofMinutes(30));
    assertThat(errors)
        .singleElement()
        .isInstanceOfSatisfying(
            RunException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(RunException.Reason.VANISHED);
              assertThat(e.executionId()).isEqualTo("x");
              assertThat(e.correlationId()).isEqualTo(run.correlationId());
              assertThat(e)
                  .hasMessageContaining("a run of playbook p, execution x, last seen in state");
            });
    assertThat(store.records()).isEmpty();
  }

  @Test
  void missesThatAreNotInARowDontCount() {
    options = new CompletionOptions(Duration.ofDays(1), RECONCILE);
    RunHandle<String> run = started(engine(), "x");
    await(run);
    pass(Duration.ofMinutes(20));
    for (int i = 0; i < 20; i++) {
      vendor.failure = FakeVendor.refused(404);
      passSeconds(7 * 60);
      vendor.failure = null;
      passSeconds(7 * 60);
    }
    assertThat(vendor.looks).hasSizeGreaterThan(40);
    assertThat(errors).isEmpty();
  }

  @Test
  void aLookThatIsOvertakenByTheDeadlineIsFollowedByTheLast() {
    RunHandle<String> run = started(engine(), "x");
    await(run);
    Sinks.One<Look<String>> slow = Sinks.one();
    vendor.held = look -> slow.asMono();
    receiver.call(run, "");
    pass(TIMEOUT);
    assertThat(errors).isEmpty();
    vendor.held = look -> look;
    vendor.end("x", "Completed");
    slow.tryEmitValue(new Look<>("x", "p", "Running", "running", false, false, null, null))
        .orThrow();
    scheduler.advanceTime();
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.RECONCILE);
  }

  @Test
  void cancellingAsksTheVendorAndLooksAtOnce() {
    RunHandle<String> run = started(engine(), "x");
    await(run);
    run.cancel().block();
    scheduler.advanceTime();
    assertThat(ends).singleElement().matches(end -> end.state().equals("Cancelled"));
    assertThat(vendor.looks).hasSize(1);
    assertThat(Mono.just(ends.get(0)).map(end -> end.succeeded()).block()).isFalse();
  }
}
