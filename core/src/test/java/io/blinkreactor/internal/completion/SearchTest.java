package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.RunException;
import io.blinkreactor.TransportException;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.PendingRun;
import io.blinkreactor.completion.RunHandle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Runs whose start broke after it was sent. */
class SearchTest extends VirtualEngine {

  private void made(String id) {
    vendor.make(id, "p", vendorTime());
  }

  private RunException lost() {
    assertThat(errors).singleElement().isInstanceOf(RunException.class);
    RunException lost = (RunException) errors.get(0);
    assertThat(lost.reason()).isEqualTo(RunException.Reason.START_UNKNOWN);
    return lost;
  }

  @Test
  void aBrokenStartIsSentOnceAndIsNoError() {
    AtomicInteger sent = new AtomicInteger();
    RunHandle<String> run =
        requireNonNull(
            engine()
                .start(
                    "p",
                    target ->
                        Mono.defer(
                            () -> {
                              sent.incrementAndGet();
                              return Mono.error(reset());
                            }))
                .block());
    assertThat(run.executionId()).isNull();
    await(run);
    pass(TIMEOUT);
    assertThat(sent).hasValue(1);
    assertThat(lost())
        .hasMessageContaining("The request to start a run of playbook p broke after it was sent")
        .hasMessageContaining("no run of that time was found")
        .hasMessageContaining("It was not sent again")
        .hasRootCauseMessage(reset().getMessage());
    assertThat(lost().correlationId()).isEqualTo(run.correlationId());
    assertThat(lost().executionId()).isNull();
  }

  @Test
  void theTimeThatListsMayLagIsWaitedFor() {
    await(broken(engine()));
    pass(Run.GRACE);
    assertThat(errors).isEmpty();
    assertThat(vendor.searches.size()).as("2, 4, 8 s and so on").isBetween(6, 9);
    pass(Duration.ofMinutes(7));
    lost();
    int searches = vendor.searches.size();
    pass(TIMEOUT);
    assertThat(vendor.searches).hasSize(searches);
  }

  @Test
  void theOnlyRunOfThatTimeIsTheOne() {
    CompletionEngine<String> engine = engine(receiver, store);
    made("x");
    vendor.end("x", "Completed");
    RunHandle<String> run = broken(engine);
    assertThat(store.records())
        .singleElement()
        .matches(record -> record.phase() == PendingRun.Phase.UNKNOWN);
    await(run);
    passSeconds(3);
    assertThat(run.executionId()).isEqualTo("x");
    assertThat(store.records()).singleElement().matches(record -> "x".equals(record.executionId()));
    assertThat(steps).contains("BROKE null", "STARTED x");
    pass(DUE);
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.RECONCILE);
  }

  @Test
  void aListThatLagsIsAskedAgain() {
    RunHandle<String> run = broken(engine());
    await(run);
    passSeconds(30);
    vendor.make("x", "p", vendorTime().minusSeconds(30));
    passSeconds(60);
    assertThat(run.executionId()).isEqualTo("x");
  }

  @Test
  void runsOfOtherTimesAndPlaybooksAreNotTaken() {
    vendor.make("early", "p", vendorTime().minus(Search.CLOCK_SKEW).minusMillis(1));
    vendor.make(
        "late", "p", vendorTime().plus(Search.LONGEST_START).plus(Search.CLOCK_SKEW).plusMillis(1));
    vendor.make("other", "q", vendorTime());
    await(broken(engine()));
    pass(TIMEOUT);
    assertThat(lost()).hasMessageContaining("no run of that time was found");
  }

  @Test
  void aRunThatIsOursAlreadyIsNotTaken() {
    CompletionEngine<String> engine = engine();
    made("going");
    made("over");
    await(started(engine, "going"));
    RunHandle<String> over = started(engine, "over");
    await(over);
    vendor.end("over", "Completed");
    receiver.call(over, "");
    RunHandle<String> run = broken(engine);
    passSeconds(20);
    assertThat(vendor.searches).isNotEmpty();
    assertThat(run.executionId()).isNull();
    made("x");
    passSeconds(30);
    assertThat(run.executionId()).isEqualTo("x");
  }

  @Test
  void ofSeveralNoneIsGuessedButTheCallbackTells() {
    made("x");
    made("y");
    RunHandle<String> run = broken(engine());
    await(run);
    pass(Run.GRACE.multipliedBy(2));
    assertThat(errors).as("a callback may come yet").isEmpty();
    vendor.end("y", "Completed");
    receiver.call(run, "id=y");
    scheduler.advanceTime();
    assertThat(ends)
        .singleElement()
        .matches(end -> end.executionId().equals("y"))
        .matches(end -> end.source() == CompletionSource.CALLBACK);
  }

  @Test
  void ofSeveralWithoutACallbackNoneIsGuessed() {
    made("x");
    made("y");
    await(broken(engine()));
    pass(TIMEOUT);
    assertThat(lost()).hasMessageContaining("several runs of that time were found");
  }

  @Test
  void whereNoCallbackCanComeSeveralAreGivenUpSooner() {
    made("x");
    made("y");
    await(broken(engine(null, store)));
    pass(Run.GRACE.multipliedBy(3));
    assertThat(lost()).hasMessageContaining("several runs of that time were found");
    assertThat(store.records()).isEmpty();
  }

  @Test
  void twoBrokenStartsDontShareOneRun() {
    CompletionEngine<String> engine = engine();
    made("x");
    RunHandle<String> first = broken(engine);
    RunHandle<String> second = broken(engine);
    passSeconds(60);
    assertThat(first.executionId()).isNull();
    assertThat(second.executionId()).isNull();
    receiver.call(second, "id=x");
    passSeconds(1);
    assertThat(second.executionId()).isEqualTo("x");
    assertThat(first.executionId()).isNull();
  }

  @Test
  void aStartOfTheSameTimeIsARival() {
    CompletionEngine<String> engine = engine();
    RunHandle<String> run = broken(engine);
    await(run);
    made("x");
    passSeconds(1);
    engine.start("p", target -> Mono.<String>never()).subscribe();
    passSeconds(20);
    assertThat(run.executionId()).as("x may be that of the later one").isNull();
  }

  @Test
  void startsThatComeLaterDontKeepARunFromBeingFound() {
    CompletionEngine<String> engine = engine();
    RunHandle<String> run = broken(engine);
    await(run);
    made("x");
    vendor.failure = FakeVendor.refused(500);
    pass(Search.CLOCK_SKEW.plusSeconds(1));
    vendor.failure = null;
    engine.start("p", target -> Mono.<String>never()).subscribe();
    passSeconds(160);
    assertThat(run.executionId()).isEqualTo("x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "early", "taken", "unknown"})
  void aHintThatTheApiDoesNotConfirmIsRefused(String hint) {
    CompletionEngine<String> engine = engine();
    vendor.make("other", "q", vendorTime());
    vendor.make("early", "p", vendorTime().minusSeconds(3600));
    made("taken");
    await(started(engine, "taken"));
    RunHandle<String> run = broken(engine);
    receiver.call(run, "id=" + hint);
    passSeconds(100);
    assertThat(run.executionId()).isNull();
  }

  @Test
  void aHintIsConfirmedByALook() {
    made("x");
    made("y");
    RunHandle<String> run = broken(engine());
    await(run);
    vendor.end("x", "Completed");
    receiver.call(run, "id=x");
    scheduler.advanceTime();
    assertThat(vendor.looks).as("one confirms, one completes").containsExactly("x", "x");
    assertThat(vendor.searches).isEmpty();
    assertThat(ends).hasSize(1);
  }

  @Test
  void oneHintIsNotGoodForTwoRuns() {
    CompletionEngine<String> engine = engine();
    made("x");
    RunHandle<String> first = broken(engine);
    RunHandle<String> second = broken(engine);
    Sinks.Empty<Void> go = Sinks.empty();
    vendor.held = look -> go.asMono().then(look);
    receiver.call(first, "id=x");
    receiver.call(second, "id=x");
    vendor.held = look -> look;
    go.tryEmitEmpty().orThrow();
    assertThat(Stream.of(first, second).filter(r -> r.executionId() != null)).hasSize(1);
  }

  @Test
  void aCallbackBeforeTheBreakIsNotForgotten() {
    made("x");
    vendor.end("x", "Completed");
    RunHandle<String> run =
        requireNonNull(
            engine()
                .start(
                    "p",
                    target -> {
                      receiver.call(requireNonNull(target).url().getPath().substring(1), "no hint");
                      return Mono.error(reset());
                    })
                .block());
    await(run);
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.CALLBACK);
  }

  @Test
  void aCallbackDuringASearchIsFollowedByALook() {
    made("x");
    RunHandle<String> run = broken(engine());
    await(run);
    Sinks.Empty<Void> go = Sinks.empty();
    vendor.held = look -> go.asMono().then(look);
    passSeconds(3);
    assertThat(vendor.looks).hasSize(1);
    receiver.call(run, "");
    vendor.held = look -> look;
    vendor.end("x", "Completed");
    go.tryEmitEmpty().orThrow();
    scheduler.advanceTime();
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.CALLBACK);
  }

  /** It may tell what the search could not find out. */
  @Test
  void aCallbackDuringTheLastSearchIsFollowedByAnother() {
    vendor.make("other", "p", vendorTime());
    vendor.make("x", "p", vendorTime());
    options = new CompletionOptions(Duration.ofMinutes(2), RECONCILE);
    RunHandle<String> run = broken(engine());
    await(run);
    passSeconds(119);
    Sinks.Empty<Void> go = Sinks.empty();
    vendor.held = look -> go.asMono().then(look);
    passSeconds(1);
    vendor.end("x", "Completed");
    receiver.call(run, "id=x");
    vendor.held = look -> look;
    go.tryEmitEmpty().orThrow();
    scheduler.advanceTime();
    assertThat(errors).isEmpty();
    assertThat(ends).singleElement().matches(end -> end.executionId().equals("x"));
  }

  /** Who has a seal decides neither what is looked at nor how often. */
  @Test
  void t2ACallbackThatIsSentAgainAndAgainIsSearchedForOnce() {
    made("x");
    made("y");
    RunHandle<String> run = broken(engine());
    await(run);
    receiver.call(run, "");
    int searches = vendor.searches.size();
    for (int i = 0; i < 100; i++) {
      receiver.call(run, "");
    }
    assertThat(vendor.searches).hasSize(searches);
    int looks = vendor.looks.size();
    for (int i = 0; i < 100; i++) {
      receiver.call(run, "id=made-up-" + i);
    }
    assertThat(vendor.searches).hasSize(searches + Sightings.MOST_HINTS);
    assertThat(vendor.looks).hasSizeLessThan(looks + 30);
  }

  @Test
  void whatALaterCallbackTellsCountsToo() {
    made("x");
    made("y");
    RunHandle<String> run = broken(engine());
    receiver.call(run, "nothing");
    receiver.call(run, "id=made-up");
    receiver.call(run, "id=y");
    scheduler.advanceTime();
    assertThat(run.executionId()).isEqualTo("y");
  }

  @Test
  void aHintOfWhatIsAnothersByTheStoreIsRefused() {
    CompletionEngine<String> before = engine(null, store);
    made("x");
    made("y");
    started(before, "x");
    before.close();
    RunHandle<String> run = broken(engine(receiver, store));
    receiver.call(run, "id=x");
    scheduler.advanceTime();
    assertThat(run.executionId()).isNull();
  }

  @Test
  void manyBrokenStartsAreSearchedForAFewAtATime() {
    CompletionEngine<String> engine = engine();
    vendor.make("x", "p", vendorTime());
    Sinks.Empty<Void> go = Sinks.empty();
    vendor.held = look -> go.asMono().then(look);
    for (int i = 0; i < 100; i++) {
      await(broken(engine));
    }
    passSeconds(60);
    assertThat(vendor.searches).hasSize(4);
    vendor.held = look -> look;
    go.tryEmitEmpty().orThrow();
    assertThat(vendor.searches).hasSizeGreaterThanOrEqualTo(100);
  }

  @Test
  void aSearchThatFailsIsRepeated() {
    made("x");
    vendor.failure = FakeVendor.refused(500);
    RunHandle<String> run = broken(engine());
    await(run);
    pass(Run.GRACE);
    assertThat(errors).isEmpty();
    vendor.failure = null;
    pass(Duration.ofMinutes(6));
    assertThat(run.executionId()).isEqualTo("x");
  }

  @Test
  void theDeadlineLeadsToALastSearch() {
    options = new CompletionOptions(Duration.ofMinutes(2), RECONCILE);
    RunHandle<String> run = broken(engine());
    await(run);
    passSeconds(119);
    int searches = vendor.searches.size();
    made("x");
    vendor.end("x", "Completed");
    passSeconds(1);
    assertThat(vendor.searches).hasSize(searches + 1);
    assertThat(ends).hasSize(1);
    assertThat(errors).isEmpty();
  }

  @Test
  void theDeadlineWithoutAnyTraceIsAStartThatIsNotKnown() {
    options = new CompletionOptions(Duration.ofMinutes(2), RECONCILE);
    await(broken(engine()));
    passSeconds(120);
    lost();
  }

  @ParameterizedTest
  @ValueSource(longs = {-3600, 3600})
  void aJumpOfTheWallClockDoesNotHideTheRun(long seconds) {
    RunHandle<String> run = broken(engine());
    await(run);
    made("x");
    jump = Duration.ofSeconds(seconds);
    passSeconds(3);
    assertThat(run.executionId()).isEqualTo("x");
  }

  @Test
  void whatTheStoreHoldsAndNobodyHasTakenUpIsNotTaken() {
    CompletionEngine<String> before = engine(null, store);
    made("x");
    made("y");
    started(before, "x");
    before.close();
    CompletionEngine<String> after = engine(receiver, store);
    RunHandle<String> run = broken(after);
    vendor.end("y", "Completed");
    await(run);
    passSeconds(60);
    assertThat(run.executionId()).as("two fit").isNull();
    RunHandle<String> old = requireNonNull(after.recover().blockFirst());
    assertThat(old.executionId()).isEqualTo("x");
    passSeconds(120);
    assertThat(run.executionId()).isEqualTo("y");
  }

  @Test
  void aStartThatTheStoreDoesNotKnowTheEndOfIsARival() {
    CompletionEngine<String> before = engine(null, store);
    before.start("p", target -> Mono.<String>never()).subscribe();
    before.close();
    made("x");
    CompletionEngine<String> after = engine(receiver, store);
    RunHandle<String> run = broken(after);
    passSeconds(60);
    assertThat(run.executionId()).as("it may be that of the process before").isNull();
  }

  @Test
  void whoWaitsAgainForAnUnknownRunHasItSearched() {
    RunHandle<String> run = broken(engine());
    await(run).dispose();
    pass(Duration.ofMinutes(1));
    assertThat(vendor.searches).isEmpty();
    made("x");
    await(run);
    passSeconds(3);
    assertThat(vendor.searches).hasSize(1);
    assertThat(run.executionId()).as("created a minute later fits").isEqualTo("x");
  }

  @Test
  void anUnknownRunCantBeCancelledYet() {
    RunHandle<String> run = broken(engine());
    run.cancel().subscribe(done -> {}, errors::add);
    assertThat(errors).singleElement().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anAnswerThatDidNotLeaveIsAnErrorAtOnce() {
    CompletionEngine<String> engine = engine(receiver, store);
    engine
        .start("p", target -> Mono.error(new TransportException("No route.", false, "Look.", null)))
        .subscribe(run -> {}, errors::add);
    assertThat(errors).hasSize(1);
    assertThat(engine.pending()).isZero();
    assertThat(store.records()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {502, 504})
  void aGatewayThatGaveUpDoesNotKnowEither(int status) {
    RunHandle<String> run =
        requireNonNull(
            engine().start("p", target -> Mono.error(FakeVendor.refused(status))).block());
    assertThat(run.executionId()).isNull();
  }

  @Test
  void aCallThatRanOutOfTimeMayHaveStartedTheRun() {
    for (boolean sent : List.of(true, false)) {
      errors.clear();
      engine(null, null)
          .start(
              "p",
              target ->
                  Mono.error(
                      new DeadlineException(
                          DeadlineException.Clock.ATTEMPT,
                          Duration.ofSeconds(1),
                          "an answer",
                          "Wait.",
                          sent,
                          null)))
          .subscribe(run -> assertThat(sent).isTrue(), errors::add);
      assertThat(errors).hasSize(sent ? 0 : 1);
    }
  }
}
