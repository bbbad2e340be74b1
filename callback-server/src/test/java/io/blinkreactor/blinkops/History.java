package io.blinkreactor.blinkops;

import io.blinkreactor.blinkops.HistoryEvent.Outcome;
import io.blinkreactor.blinkops.HistoryEvent.What;
import io.blinkreactor.internal.completion.Step;
import io.blinkreactor.testkit.RecordedCallback.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What happened to runs, as the vendor, the library and the waiters saw it, in the order of one
 * clock; and whether every promise was kept.
 */
final class History {

  /**
   * What "in time" and "few" mean.
   *
   * @param prompt from a callback that was answered with success to the look
   * @param late from a run's end to a waiter's being told
   * @param looks at a run
   */
  record Limits(Duration prompt, Duration late, int looks) {}

  /** A broken promise, and the whole history of the run. */
  record Violation(HistoryPromise promise, String sentence, List<HistoryEvent> events) {

    @Override
    public String toString() {
      Instant start = events.get(0).at();
      return promise
          + " ("
          + promise.sentence
          + ") "
          + sentence
          + events.stream()
              .map(
                  event ->
                      String.format(
                          "%n  %+10.3f ms  %s",
                          Duration.between(start, event.at()).toNanos() / 1e6, event.what()))
              .collect(Collectors.joining());
    }
  }

  private final Map<String, List<HistoryEvent>> runs = new LinkedHashMap<>();
  private final Limits limits;

  History(List<HistoryEvent> events, Limits limits) {
    this.limits = limits;
    events.stream()
        .sorted(Comparator.comparing(HistoryEvent::at))
        .forEach(event -> runs.computeIfAbsent(event.run(), r -> new ArrayList<>()).add(event));
  }

  int events() {
    return runs.values().stream().mapToInt(List::size).sum();
  }

  /** Fails with the shortest history of each promise that is broken. */
  void check() {
    List<Violation> broken = violations();
    if (!broken.isEmpty()) {
      throw new AssertionError(
          broken.size()
              + " times a promise was broken; the shortest of each:\n"
              + shortest(broken).stream()
                  .map(Violation::toString)
                  .collect(Collectors.joining("\n")));
    }
  }

  /** One of each promise that is broken. */
  static List<Violation> shortest(List<Violation> broken) {
    return broken.stream()
        .collect(
            Collectors.groupingBy(
                Violation::promise,
                Collectors.minBy(Comparator.comparing(violation -> violation.events().size()))))
        .values()
        .stream()
        .flatMap(Optional::stream)
        .sorted(Comparator.comparing(Violation::promise))
        .toList();
  }

  List<Violation> violations() {
    return runs.values().stream()
        .map(Checked::new)
        .flatMap(checked -> checked.violations().stream())
        .toList();
  }

  /** One run. */
  private final class Checked {

    private final List<HistoryEvent> events;
    private final List<Violation> broken = new ArrayList<>();

    Checked(List<HistoryEvent> events) {
      this.events = List.copyOf(events);
    }

    List<Violation> violations() {
      startedOnce();
      waitersHaveOneOutcome();
      callbacksLeadToLooks();
      toldFromTheApi();
      strangersAreRefused();
      knownInTime();
      return broken;
    }

    private void startedOnce() {
      long starts = of(What.Posted.class).filter(p -> !p.executionId().isEmpty()).count();
      if (starts > 1) {
        broke(HistoryPromise.ONCE, "It was started " + starts + " times.");
      }
    }

    private void waitersHaveOneOutcome() {
      of(What.Waits.class)
          .map(What.Waits::waiter)
          .distinct()
          .forEach(
              waiter -> {
                long outcomes = events.stream().filter(e -> isOutcome(e.what(), waiter)).count();
                boolean left = of(What.Left.class).anyMatch(l -> l.waiter() == waiter);
                if (outcomes == 0 && !left) {
                  broke(HistoryPromise.P1, "Waiter " + waiter + " was told nothing.");
                } else if (outcomes > 1) {
                  broke(
                      HistoryPromise.P3, "Waiter " + waiter + " was told " + outcomes + " times.");
                }
              });
      of(What.Failed.class)
          .filter(f -> f.outcome() == Outcome.NOTHING || f.outcome() == Outcome.OTHER)
          .forEach(
              f ->
                  broke(
                      HistoryPromise.P1, "Waiter " + f.waiter() + " was told what is no outcome."));
      if (of(What.HandedOut.class).findAny().isPresent()
          && of(What.Waits.class).findAny().isEmpty()
          && of(What.Passed.class).noneMatch(p -> p.step() == Step.ENDED)) {
        broke(HistoryPromise.P1, "It was handed out, and its end was never known.");
      }
    }

    private static boolean isOutcome(What what, int waiter) {
      return what instanceof What.Told told
          ? told.waiter() == waiter
          : what instanceof What.Failed failed && failed.waiter() == waiter;
    }

    /**
     * A callback is known before it is answered, so the look it leads to may be, too. None is owed
     * once the run is over for us, or while nobody waits; nor if the one under way shows the end.
     */
    private void callbacksLeadToLooks() {
      for (HistoryEvent event : events) {
        if (!(event.what() instanceof What.Called called && called.succeeded())) {
          continue;
        }
        Instant signal =
            last(what -> isStep(what, Step.SIGNALLED), event.at())
                .map(HistoryEvent::at)
                .orElse(null);
        if (signal == null) {
          broke(HistoryPromise.P2, "A callback was answered with success that was not taken.");
          return;
        }
        // It can't be looked at before its execution is known.
        Instant from =
            first(what -> isStep(what, Step.STARTED)).map(s -> max(s.at(), signal)).orElse(signal);
        Instant until = from.plus(limits.prompt());
        boolean looked =
            events.stream()
                .anyMatch(
                    e ->
                        e.what() instanceof What.Got
                            && !e.at().isBefore(signal)
                            && !e.at().isAfter(until));
        boolean over =
            events.stream()
                .anyMatch(
                    e ->
                        !e.at().isAfter(until)
                            && (isStep(e.what(), Step.ENDED)
                                || e.what() instanceof What.Failed
                                || e.what() instanceof What.Left));
        if (!looked && !over) {
          broke(
              HistoryPromise.P2,
              "No look within " + limits.prompt().toMillis() + " ms of a callback.");
          return;
        }
      }
    }

    private void toldFromTheApi() {
      for (HistoryEvent event : events) {
        if (!(event.what() instanceof What.Told told)) {
          continue;
        }
        boolean ended =
            events.stream()
                .anyMatch(
                    e ->
                        e.what() instanceof What.Finished finished
                            && finished.state().equals(told.state())
                            && !e.at().isAfter(event.at()));
        boolean read =
            events.stream()
                .anyMatch(
                    e ->
                        e.what() instanceof What.Got got
                            && got.status() == 200
                            && !e.at().isAfter(event.at()));
        if (!ended) {
          broke(HistoryPromise.P4, "It had not ended in state " + told.state() + ".");
        } else if (!read) {
          broke(HistoryPromise.P4, "The API had not been asked.");
        } else if (!told.asTheApiTells()) {
          broke(HistoryPromise.P4, "The API tells another execution.");
        }
      }
    }

    private void strangersAreRefused() {
      boolean refused =
          of(What.Called.class)
              .filter(called -> called.kind() == Kind.FORGED)
              .allMatch(called -> called.status() == 404 || called.status() == 0);
      long honest = of(What.Called.class).filter(called -> called.kind() != Kind.FORGED).count();
      long taken = of(What.Passed.class).filter(p -> p.step() == Step.SIGNALLED).count();
      if (!refused) {
        broke(HistoryPromise.P5, "A stranger was answered with something but a 404.");
      } else if (taken > honest) {
        broke(
            HistoryPromise.P5,
            taken + " callbacks were taken, of " + honest + " that the vendor made.");
      }
    }

    private void knownInTime() {
      long looks = of(What.Got.class).count();
      if (looks > limits.looks()) {
        broke(HistoryPromise.P6, "It was looked at " + looks + " times.");
      }
      Instant end = first(what -> what instanceof What.Finished).map(HistoryEvent::at).orElse(null);
      if (end == null) {
        return;
      }
      for (HistoryEvent event : events) {
        if (!(event.what() instanceof What.Waits waits)) {
          continue;
        }
        Instant until = max(end, event.at()).plus(limits.late());
        boolean left = of(What.Left.class).anyMatch(l -> l.waiter() == waits.waiter());
        boolean told =
            events.stream()
                .anyMatch(e -> isOutcome(e.what(), waits.waiter()) && !e.at().isAfter(until));
        if (!left && !told) {
          broke(
              HistoryPromise.P6,
              "Waiter "
                  + waits.waiter()
                  + " was told nothing within "
                  + limits.late().toMillis()
                  + " ms of the end.");
        }
      }
    }

    private void broke(HistoryPromise promise, String sentence) {
      broken.add(new Violation(promise, sentence, events));
    }

    private <W extends What> Stream<W> of(Class<W> kind) {
      return events.stream().map(HistoryEvent::what).filter(kind::isInstance).map(kind::cast);
    }

    private Optional<HistoryEvent> first(Predicate<What> which) {
      return events.stream().filter(event -> which.test(event.what())).findFirst();
    }

    private Optional<HistoryEvent> last(Predicate<What> which, Instant until) {
      return events.stream()
          .filter(event -> which.test(event.what()) && !event.at().isAfter(until))
          .reduce((before, after) -> after);
    }

    private static boolean isStep(@Nullable What what, Step step) {
      return what instanceof What.Passed passed && passed.step() == step;
    }

    private static Instant max(Instant one, Instant other) {
      return one.isBefore(other) ? other : one;
    }
  }
}
