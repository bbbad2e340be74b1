package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.internal.completion.Transitions.Event;
import io.blinkreactor.internal.completion.Transitions.Sight;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The state machine as a table; see the javadoc of {@link Transitions}. */
class TransitionsTest {

  private static final String ID = "exec-1";

  private static RunState in(Phase phase) {
    return new RunState(
        phase, ID, false, false, Reason.DUE, (short) 0, (short) 0, (short) 0, Timed.NEVER, 7);
  }

  private static RunState next(RunState state, Event event) {
    return Objects.requireNonNull(Transitions.next(state, event));
  }

  private static List<Event> allEvents() {
    return List.of(
        new Event.Requested(),
        new Event.Started(ID),
        new Event.StartFailed(),
        new Event.Signal(),
        new Event.Due(7),
        new Event.TakenBack(7),
        new Event.Ended(7),
        new Event.NotEnded(7, Sight.RUN),
        new Event.Broke(),
        new Event.Resumed(ID, true),
        new Event.Found(7, ID),
        new Event.NotFound(7, true),
        new Event.Deadline(),
        new Event.Released(),
        new Event.Subscribed(),
        new Event.Cancelled());
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      names = {"COMPLETED", "START_FAILED", "START_LOST", "VANISHED", "TIMED_OUT", "CANCELLED"})
  void aTerminalPhaseIsNeverLeft(Phase terminal) {
    assertThat(terminal.isTerminal()).isTrue();
    assertThat(allEvents()).allSatisfy(e -> assertThat(Transitions.next(in(terminal), e)).isNull());
  }

  @Test
  void theStraightWay() {
    RunState run = next(RunState.NEW, new Event.Requested());
    assertThat(run.phase()).isEqualTo(Phase.STARTING);
    run = next(run, new Event.Started(ID));
    assertThat(run.phase()).isEqualTo(Phase.WAITING);
    assertThat(run.executionId()).isEqualTo(ID);
    run = next(run, new Event.Signal());
    assertThat(run.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(run.reason()).isEqualTo(Reason.CALLBACK);
    assertThat(next(run, new Event.Ended(run.version())).phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void aCallbackBeforeTheAnswerIsJoinedWithIt() {
    RunState early = next(next(RunState.NEW, new Event.Requested()), new Event.Signal());
    assertThat(early.phase()).isEqualTo(Phase.STARTING);
    RunState joined = next(early, new Event.Started(ID));
    assertThat(joined.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(joined.reason()).isEqualTo(Reason.CALLBACK);
    assertThat(joined.signalled()).isFalse();
  }

  @Test
  void aCallbackBeforeTheRequestIsRemembered() {
    RunState early = next(RunState.NEW, new Event.Signal());
    assertThat(early.signalled()).isTrue();
    assertThat(next(next(early, new Event.Requested()), new Event.Started(ID)).phase())
        .isEqualTo(Phase.VERIFYING);
  }

  @Test
  void aLookThatShowsNoEndAfterACallbackIsFollowedByFiveMore() {
    RunState run = next(in(Phase.WAITING), new Event.Signal());
    for (int look = 1; look <= Transitions.LAG_LOOKS; look++) {
      run = next(run, new Event.NotEnded(run.version(), Sight.RUN));
      assertThat(run.phase()).isEqualTo(Phase.LAGGING);
      assertThat((int) run.lagLooks()).isEqualTo(look);
      run = next(run, new Event.Due(run.version()));
      assertThat(run.reason()).isEqualTo(Reason.LAG);
    }
    assertThat(next(run, new Event.NotEnded(run.version(), Sight.RUN)).phase())
        .isEqualTo(Phase.WAITING);
  }

  @Test
  void aCallbackDuringALookIsFollowedByAnother() {
    RunState run = next(next(in(Phase.WAITING), new Event.Due(7)), new Event.Signal());
    RunState again = next(run, new Event.NotEnded(run.version(), Sight.RUN));
    assertThat(again.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(again.reason()).isEqualTo(Reason.CALLBACK);
  }

  @Test
  void aCallbackWhileTheApiLagsIsNotForgotten() {
    RunState run = next(in(Phase.WAITING), new Event.Signal());
    run = next(run, new Event.NotEnded(run.version(), Sight.RUN));
    run = next(run, new Event.Signal());
    for (int look = 1; look < Transitions.LAG_LOOKS; look++) {
      run = next(run, new Event.Due(run.version()));
      run = next(run, new Event.NotEnded(run.version(), Sight.RUN));
    }
    assertThat(Stream.of(Phase.WAITING, Phase.LAGGING, Phase.VERIFYING)).contains(run.phase());
    assertThat(run.phase()).isNotEqualTo(Phase.WAITING);
  }

  @Test
  void staleTimersAndLooksAreVoid() {
    for (Phase phase : Phase.values()) {
      assertThat(Transitions.next(in(phase), new Event.Due(6))).isNull();
      assertThat(Transitions.next(in(phase), new Event.Ended(6))).isNull();
      assertThat(Transitions.next(in(phase), new Event.NotEnded(6, Sight.RUN))).isNull();
    }
  }

  @Test
  void theDeadlineAsksOnceMore() {
    RunState last = next(in(Phase.WAITING), new Event.Deadline());
    assertThat(last.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(last.reason()).isEqualTo(Reason.DEADLINE);
    assertThat(next(last, new Event.Ended(last.version())).phase()).isEqualTo(Phase.COMPLETED);
    assertThat(next(last, new Event.NotEnded(last.version(), Sight.RUN)).phase())
        .isEqualTo(Phase.TIMED_OUT);
  }

  @Test
  void theDeadlineDuringALookLetsItEndAndAsksOnceMore() {
    RunState looking = next(in(Phase.WAITING), new Event.Signal());
    RunState expired = next(looking, new Event.Deadline());
    assertThat(expired.version()).isEqualTo(looking.version());
    RunState last = next(expired, new Event.NotEnded(expired.version(), Sight.RUN));
    assertThat(last.reason()).isEqualTo(Reason.DEADLINE);
    assertThat(next(last, new Event.NotEnded(last.version(), Sight.RUN)).phase())
        .isEqualTo(Phase.TIMED_OUT);
  }

  @Test
  void theDeadlineBeforeTheAnswerTimesOut() {
    assertThat(next(in(Phase.STARTING), new Event.Deadline()).phase()).isEqualTo(Phase.TIMED_OUT);
  }

  @Test
  void aReleasedRunLooksAtOnceWhenSomebodyWaitsAgain() {
    for (Phase phase : List.of(Phase.WAITING, Phase.VERIFYING, Phase.LAGGING)) {
      RunState released = next(in(phase), new Event.Released());
      assertThat(released.phase()).isEqualTo(Phase.RELEASED);
      assertThat(next(released, new Event.Subscribed()).reason()).isEqualTo(Reason.RESUME);
    }
  }

  /**
   * From any state that random events lead to, an end that is seen completes the run, and no
   * callback is forgotten before it was followed by a look.
   */
  @Test
  void noRandomHistoryGetsStuckOrForgetsACallback() {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int history = 0; history < 20_000; history++) {
      RunState run = next(RunState.NEW, new Event.Requested());
      StringBuilder told = new StringBuilder("seed " + seed + ": ");
      for (int step = 0; step < 30 && !run.phase().isTerminal(); step++) {
        Event event = current(allEvents().get(random.nextInt(allEvents().size())), run.version());
        told.append(event).append(' ');
        RunState after = Transitions.next(run, event);
        if (after != null) {
          if (run.signalled() && !after.phase().isTerminal() && after.phase() != Phase.RELEASED) {
            assertThat(after.signalled() || after.phase() == Phase.VERIFYING)
                .as("a callback is remembered or followed by a look: %s", told)
                .isTrue();
          }
          assertThat(after.phase() != Phase.WAITING || !after.signalled())
              .as("nothing waits with a callback unanswered: %s", told)
              .isTrue();
          run = after;
        }
      }
      if (run.phase() == Phase.VERIFYING) {
        assertThat(next(run, new Event.Ended(run.version())).phase()).isEqualTo(Phase.COMPLETED);
      }
    }
  }

  private static Event current(Event event, int version) {
    if (event instanceof Event.Due) {
      return new Event.Due(version);
    } else if (event instanceof Event.Ended) {
      return new Event.Ended(version);
    } else if (event instanceof Event.NotEnded) {
      return new Event.NotEnded(version, Sight.RUN);
    }
    return event;
  }
}
