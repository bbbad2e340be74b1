package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.internal.completion.RunState.Heard;
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
  private static final Event SIGNAL = new Event.Signal(false, true);
  private static final Event TELLING = new Event.Signal(true, true);
  private static final Event SOON = new Event.Signal(false, false);

  private static RunState in(Phase phase) {
    return new RunState(
        phase,
        ID,
        Heard.NOTHING,
        false,
        Reason.DUE,
        (short) 0,
        (short) 0,
        (short) 0,
        Timed.NEVER,
        7);
  }

  private static RunState next(RunState state, Event event) {
    return Objects.requireNonNull(Transitions.next(state, event));
  }

  private static List<Event> allEvents() {
    return List.of(
        new Event.Requested(),
        new Event.Started(ID),
        new Event.StartFailed(),
        SIGNAL,
        TELLING,
        SOON,
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
    run = next(run, SIGNAL);
    assertThat(run.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(run.reason()).isEqualTo(Reason.CALLBACK);
    assertThat(next(run, new Event.Ended(run.version())).phase()).isEqualTo(Phase.COMPLETED);
  }

  @Test
  void aCallbackBeforeTheAnswerIsJoinedWithIt() {
    RunState early = next(next(RunState.NEW, new Event.Requested()), SIGNAL);
    assertThat(early.phase()).isEqualTo(Phase.STARTING);
    RunState joined = next(early, new Event.Started(ID));
    assertThat(joined.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(joined.reason()).isEqualTo(Reason.CALLBACK);
    assertThat(joined.signalled()).isFalse();
  }

  @Test
  void aCallbackBeforeTheRequestIsRemembered() {
    RunState early = next(RunState.NEW, SIGNAL);
    assertThat(early.signalled()).isTrue();
    assertThat(next(next(early, new Event.Requested()), new Event.Started(ID)).phase())
        .isEqualTo(Phase.VERIFYING);
  }

  @Test
  void aLookThatShowsNoEndAfterACallbackIsFollowedByFiveMore() {
    RunState run = next(in(Phase.WAITING), SIGNAL);
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

  /** Or who has a seal could have a run looked at without end. */
  @Test
  void aCallbackThatComesSoonAfterTheseLooksGetsOneMoreAfterALongerPause() {
    RunState run = next(in(Phase.WAITING), SIGNAL);
    for (int look = 0; look < Transitions.LAG_LOOKS; look++) {
      run = next(run, new Event.NotEnded(run.version(), Sight.RUN));
      run = next(run, new Event.Due(run.version()));
    }
    run = next(run, SOON);
    run = next(run, new Event.NotEnded(run.version(), Sight.RUN));
    assertThat(run.phase()).as("after one during the last look").isEqualTo(Phase.LAGGING);
    assertThat((int) run.lagLooks()).isEqualTo(Transitions.LAG_LOOKS + 1);
    run = next(run, new Event.Due(run.version()));
    run = next(run, new Event.NotEnded(run.version(), Sight.RUN));
    assertThat(run.phase()).isEqualTo(Phase.WAITING);
    RunState soon = next(run, SOON);
    assertThat(soon.phase()).isEqualTo(Phase.LAGGING);
    assertThat((int) soon.lagLooks()).isEqualTo(Transitions.LAG_LOOKS + 2);
    RunState later = next(run, SIGNAL);
    assertThat(later.phase()).isEqualTo(Phase.VERIFYING);
    assertThat((int) later.lagLooks()).isZero();
  }

  @Test
  void aCallbackDuringALookIsFollowedByAnother() {
    RunState run = next(next(in(Phase.WAITING), new Event.Due(7)), SIGNAL);
    RunState again = next(run, new Event.NotEnded(run.version(), Sight.RUN));
    assertThat(again.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(again.reason()).isEqualTo(Reason.CALLBACK);
  }

  @Test
  void aCallbackWhileTheApiLagsIsNotForgotten() {
    RunState run = next(in(Phase.WAITING), SIGNAL);
    run = next(run, new Event.NotEnded(run.version(), Sight.RUN));
    run = next(run, SIGNAL);
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
    RunState looking = next(in(Phase.WAITING), SIGNAL);
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

  private static RunState unknown() {
    return next(next(RunState.NEW, new Event.Requested()), new Event.Broke());
  }

  @Test
  void aBrokenStartIsSearchedForWhenItsTimeComesOrACallback() {
    RunState run = unknown();
    assertThat(run.phase()).isEqualTo(Phase.START_UNKNOWN);
    assertThat(run.executionId()).isNull();
    RunState due = next(run, new Event.Due(run.version()));
    assertThat(due.phase()).isEqualTo(Phase.SEARCHING);
    assertThat(due.signalled()).isFalse();
    RunState called = next(run, SIGNAL);
    assertThat(called.phase()).isEqualTo(Phase.SEARCHING);
    assertThat(called.signalled()).as("for the look that follows").isTrue();
  }

  @Test
  void aSearchThatFindsNothingIsRepeatedUnlessThereIsNoHope() {
    RunState run = next(unknown(), SIGNAL);
    assertThat(next(run, new Event.NotFound(run.version(), true)).phase())
        .isEqualTo(Phase.START_LOST);
    RunState again = next(run, new Event.NotFound(run.version(), false));
    assertThat(again.phase()).isEqualTo(Phase.START_UNKNOWN);
    assertThat(again.signalled()).as("the callback is not forgotten").isTrue();
  }

  /** What it tells may be what settles the search. */
  @Test
  void aCallbackDuringASearchIsFollowedByAnother() {
    RunState due = next(unknown(), new Event.Due(unknown().version()));
    for (RunState searching : List.of(due, next(due, new Event.Deadline()))) {
      RunState called = next(searching, SIGNAL);
      RunState again = next(called, new Event.NotFound(called.version(), true));
      assertThat(again.phase()).isEqualTo(Phase.SEARCHING);
      assertThat(next(again, new Event.NotFound(again.version(), true)).phase())
          .isEqualTo(Phase.START_LOST);
    }
  }

  @Test
  void onlyACallbackThatTellsMoreIsFollowedByASearchOnceThereWasOne() {
    RunState searching = next(unknown(), SIGNAL);
    assertThat(Transitions.next(searching, SIGNAL)).isNull();
    RunState told = next(searching, TELLING);
    assertThat(Transitions.next(told, TELLING)).as("what is remembered already").isNull();
    assertThat(next(told, new Event.NotFound(told.version(), false)).phase())
        .isEqualTo(Phase.SEARCHING);
    RunState idle = next(searching, new Event.NotFound(searching.version(), false));
    assertThat(idle.phase()).isEqualTo(Phase.START_UNKNOWN);
    assertThat(Transitions.next(idle, SIGNAL)).isNull();
    assertThat(next(idle, TELLING).phase()).isEqualTo(Phase.SEARCHING);
  }

  @Test
  void whatIsFoundWaitsOrIsLookedAtIfThereWasACallback() {
    RunState run = unknown();
    run = next(run, new Event.Due(run.version()));
    RunState found = next(run, new Event.Found(run.version(), ID));
    assertThat(found.phase()).isEqualTo(Phase.WAITING);
    assertThat(found.executionId()).isEqualTo(ID);
    assertThat((int) found.dueLooks()).as("the schedule of looks begins").isZero();
    RunState called = next(run, SIGNAL);
    assertThat(called.version()).isEqualTo(run.version());
    RunState look = next(called, new Event.Found(called.version(), ID));
    assertThat(look.phase()).isEqualTo(Phase.VERIFYING);
    assertThat(look.reason()).isEqualTo(Reason.CALLBACK);
  }

  @Test
  void theDeadlineOfABrokenStartLeadsToALastSearch() {
    RunState last = next(unknown(), new Event.Deadline());
    assertThat(last.phase()).isEqualTo(Phase.SEARCHING);
    assertThat(next(last, new Event.NotFound(last.version(), false)).phase())
        .isEqualTo(Phase.START_LOST);
    assertThat(next(last, new Event.Found(last.version(), ID)).reason()).isEqualTo(Reason.DEADLINE);
    RunState searching = next(unknown(), SIGNAL);
    RunState expired = next(searching, new Event.Deadline());
    assertThat(expired.version()).isEqualTo(searching.version());
    assertThat(next(expired, new Event.NotFound(expired.version(), false)).phase())
        .isEqualTo(Phase.START_LOST);
  }

  @Test
  void aRunThatIsTakenUpGoesOnWhereItWas() {
    assertThat(next(RunState.NEW, new Event.Resumed(ID, false)).reason()).isEqualTo(Reason.RESUME);
    assertThat(next(RunState.NEW, new Event.Resumed(ID, true)).reason()).isEqualTo(Reason.CALLBACK);
    assertThat(next(RunState.NEW, new Event.Resumed(null, false)).phase())
        .isEqualTo(Phase.START_UNKNOWN);
    RunState called = next(RunState.NEW, new Event.Resumed(null, true));
    assertThat(called.phase()).isEqualTo(Phase.SEARCHING);
    assertThat(called.signalled()).isTrue();
    RunState early = next(RunState.NEW, SIGNAL);
    assertThat(next(early, new Event.Resumed(ID, false)).reason()).isEqualTo(Reason.CALLBACK);
  }

  @Test
  void aReleasedRunWhoseIdIsNotKnownIsSearchedForAgain() {
    RunState released = next(unknown(), new Event.Released());
    assertThat(released.phase()).isEqualTo(Phase.RELEASED);
    assertThat(next(released, new Event.Subscribed()).phase()).isEqualTo(Phase.START_UNKNOWN);
  }

  @Test
  void aRunVanishesOnlyIfItIsMissedOftenInARowAndForLong() {
    RunState run = in(Phase.WAITING);
    for (Sight sight : List.of(Sight.MISSING, Sight.MISSING, Sight.MISSING, Sight.GONE)) {
      assertThat(run.phase()).isEqualTo(Phase.WAITING);
      run = next(run, new Event.Due(run.version()));
      run = next(run, new Event.NotEnded(run.version(), sight));
    }
    assertThat(run.phase()).isEqualTo(Phase.VANISHED);
    for (Sight between : List.of(Sight.RUN, Sight.NOTHING)) {
      run = in(Phase.WAITING);
      for (Sight sight : List.of(Sight.GONE, Sight.GONE, between, Sight.GONE)) {
        run = next(run, new Event.Due(run.version()));
        run = next(run, new Event.NotEnded(run.version(), sight));
      }
      assertThat(run.phase())
          .as("after %s", between)
          .isEqualTo(between == Sight.RUN ? Phase.WAITING : Phase.VANISHED);
    }
  }

  @Test
  void aCallbackTakesALookOutOfTheQueue() {
    RunState due = next(next(in(Phase.WAITING), new Event.Due(7)), SIGNAL);
    RunState now = next(due, new Event.TakenBack(due.version()));
    assertThat(now.reason()).isEqualTo(Reason.CALLBACK);
    assertThat(now.version()).isNotEqualTo(due.version());
    assertThat(Transitions.next(now, new Event.TakenBack(due.version()))).isNull();
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
      RunState run = RunState.NEW;
      StringBuilder told = new StringBuilder("seed " + seed + ": ");
      for (int step = 0; step < 30 && !run.phase().isTerminal(); step++) {
        Event event =
            current(allEvents().get(random.nextInt(allEvents().size())), run.version(), random);
        told.append(event).append(' ');
        RunState after = Transitions.next(run, event);
        if (after != null) {
          if (run.signalled() && !after.phase().isTerminal() && after.phase() != Phase.RELEASED) {
            assertThat(
                    after.signalled()
                        || after.phase() == Phase.LAGGING
                        || (after.phase() == Phase.VERIFYING && after.executionId() != null))
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

  private static Event current(Event event, int version, SplittableRandom random) {
    Sight[] sights = Sight.values();
    if (event instanceof Event.Due) {
      return new Event.Due(version);
    } else if (event instanceof Event.TakenBack) {
      return new Event.TakenBack(version);
    } else if (event instanceof Event.Ended) {
      return new Event.Ended(version);
    } else if (event instanceof Event.NotEnded) {
      return new Event.NotEnded(version, sights[random.nextInt(sights.length)]);
    } else if (event instanceof Event.Found) {
      return new Event.Found(version, ID);
    } else if (event instanceof Event.NotFound) {
      return new Event.NotFound(version, random.nextInt(4) == 0);
    } else if (event instanceof Event.Resumed) {
      return new Event.Resumed(random.nextBoolean() ? ID : null, random.nextBoolean());
    }
    return event;
  }
}
