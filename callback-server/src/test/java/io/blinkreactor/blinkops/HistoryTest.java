package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.blinkops.HistoryEvent.Outcome;
import io.blinkreactor.blinkops.HistoryEvent.What;
import io.blinkreactor.internal.completion.Step;
import io.blinkreactor.testkit.RecordedCallback.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker finds what is broken: one history by hand for each promise and each way. */
class HistoryTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final History.Limits LIMITS =
      new History.Limits(Duration.ofMillis(100), Duration.ofMillis(1_000), 3);

  private static final What POSTED = new What.Posted("execution", 200);
  private static final What STARTED = new What.Passed(Step.STARTED);
  private static final What SIGNALLED = new What.Passed(Step.SIGNALLED);
  private static final What ENDED = new What.Passed(Step.ENDED);
  private static final What HANDED_OUT = new What.HandedOut();
  private static final What WAITS = new What.Waits(0);
  private static final What FINISHED = new What.Finished("Failed");
  private static final What CALLED = new What.Called(Kind.GENUINE, 202);
  private static final What GOT = new What.Got(200);
  private static final What TOLD = new What.Told(0, "Failed", true);

  @Test
  void aGoodHistoryIsGood() {
    assertThat(
            broken(
                POSTED, STARTED, HANDED_OUT, WAITS, FINISHED, SIGNALLED, CALLED, GOT, ENDED, TOLD))
        .isEmpty();
  }

  @Test
  void anEarlyCallbackMayWaitForTheId() {
    assertThat(broken(FINISHED, SIGNALLED, CALLED, at(500, POSTED), STARTED, WAITS, GOT, TOLD))
        .isEmpty();
  }

  @Test
  void aCallbackMayComeWhileTheLookIsUnderWay() {
    assertThat(broken(WAITS, FINISHED, GOT, SIGNALLED, CALLED, ENDED, TOLD)).isEmpty();
  }

  @Test
  void aSecondStartIsFound() {
    assertThat(broken(POSTED, new What.Posted("another", 200))).contains(HistoryPromise.ONCE);
    assertThat(broken(new What.Posted("", 0), POSTED)).isEmpty();
  }

  @Test
  void p1SilenceIsFound() {
    assertThat(broken(HANDED_OUT, WAITS)).containsExactly(HistoryPromise.P1);
    assertThat(broken(HANDED_OUT)).containsExactly(HistoryPromise.P1);
    assertThat(broken(WAITS, new What.Left(0))).isEmpty();
    assertThat(broken(WAITS, new What.Failed(0, Outcome.TIMED_OUT))).isEmpty();
    assertThat(broken(WAITS, new What.Failed(0, Outcome.OTHER))).containsExactly(HistoryPromise.P1);
    assertThat(broken(WAITS, new What.Failed(0, Outcome.NOTHING)))
        .containsExactly(HistoryPromise.P1);
    assertThat(broken(WAITS, new What.Waits(1), new What.Failed(1, Outcome.TIMED_OUT)))
        .containsExactly(HistoryPromise.P1);
  }

  @Test
  void p2ACallbackThatLeadsToNothingIsFound() {
    assertThat(broken(STARTED, SIGNALLED, CALLED)).containsExactly(HistoryPromise.P2);
    assertThat(broken(STARTED, GOT, SIGNALLED, CALLED)).containsExactly(HistoryPromise.P2);
    assertThat(broken(STARTED, SIGNALLED, CALLED, at(500, GOT)))
        .as("that look had another reason")
        .containsExactly(HistoryPromise.P2);
    assertThat(broken(CALLED, GOT)).containsExactly(HistoryPromise.P2);
    assertThat(broken(new What.Called(Kind.GENUINE, 503))).isEmpty();
  }

  @Test
  void p3ASecondEndIsFound() {
    assertThat(broken(WAITS, FINISHED, GOT, TOLD, TOLD)).containsExactly(HistoryPromise.P3);
    assertThat(broken(WAITS, FINISHED, GOT, TOLD, new What.Failed(0, Outcome.TIMED_OUT)))
        .containsExactly(HistoryPromise.P3);
  }

  @Test
  void p4WhatTheApiDidNotSayIsFound() {
    assertThat(broken(WAITS, FINISHED, GOT, new What.Told(0, "Completed", true)))
        .containsExactly(HistoryPromise.P4);
    assertThat(broken(WAITS, GOT, TOLD, FINISHED)).contains(HistoryPromise.P4);
    assertThat(broken(WAITS, FINISHED, TOLD)).containsExactly(HistoryPromise.P4);
    assertThat(broken(WAITS, FINISHED, new What.Got(500), TOLD)).containsExactly(HistoryPromise.P4);
    assertThat(broken(WAITS, FINISHED, GOT, new What.Told(0, "Failed", false)))
        .containsExactly(HistoryPromise.P4);
  }

  @Test
  void p5AStrangerThatIsHeardIsFound() {
    assertThat(broken(new What.Called(Kind.FORGED, 404))).isEmpty();
    assertThat(broken(new What.Called(Kind.FORGED, 500))).containsExactly(HistoryPromise.P5);
    assertThat(broken(SIGNALLED, new What.Called(Kind.FORGED, 404)))
        .containsExactly(HistoryPromise.P5);
    assertThat(broken(SIGNALLED, SIGNALLED, CALLED, GOT)).containsExactly(HistoryPromise.P5);
  }

  @Test
  void p6WhatComesLateOrCostsTooMuchIsFound() {
    assertThat(broken(WAITS, FINISHED, GOT, at(5_000, TOLD))).containsExactly(HistoryPromise.P6);
    assertThat(broken(WAITS, GOT, GOT, GOT, FINISHED, GOT, TOLD))
        .containsExactly(HistoryPromise.P6);
    assertThat(broken(FINISHED, at(5_000, WAITS), GOT, TOLD))
        .as("who comes late can't be told before")
        .isEmpty();
  }

  @Test
  void theShortestHistoryIsPrintedInOrder() {
    List<HistoryEvent> events = new ArrayList<>();
    events.addAll(history("long", STARTED, WAITS, FINISHED, GOT, TOLD, TOLD));
    events.addAll(history("short", TOLD, GOT, FINISHED, WAITS, TOLD).subList(1, 5));
    events.add(new HistoryEvent(START.plusMillis(90), "short", TOLD));
    History history = new History(events, LIMITS);
    assertThat(history.violations()).hasSize(2);
    assertThatThrownBy(history::check)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("2 times a promise was broken; the shortest of each:\nP3 (")
        .hasMessageContaining(" told 2 times.")
        .hasMessageNotContaining("STARTED");
    String message = new History.Violation(HistoryPromise.P3, "Why.", events).toString();
    assertThat(message.lines().skip(1).findFirst())
        .hasValueSatisfying(line -> assertThat(line).contains("+0.000 ms").contains("STARTED"));
  }

  @Test
  void nothingIsGood() {
    assertThatCode(() -> new History(List.of(), LIMITS).check()).doesNotThrowAnyException();
  }

  /** At so many milliseconds after the start. */
  private record At(int millis, What what) {}

  private static At at(int millis, What what) {
    return new At(millis, what);
  }

  private static List<HistoryPromise> broken(Object... whats) {
    return new History(history("run", whats), LIMITS)
        .violations().stream().map(History.Violation::promise).distinct().toList();
  }

  /** Each a millisecond after the one before. */
  private static List<HistoryEvent> history(String run, Object... whats) {
    List<HistoryEvent> events = new ArrayList<>();
    int millis = 0;
    for (Object what : whats) {
      millis = what instanceof At at ? at.millis() : millis + 1;
      events.add(
          new HistoryEvent(
              START.plusMillis(millis), run, what instanceof At at ? at.what() : (What) what));
    }
    return events;
  }
}
