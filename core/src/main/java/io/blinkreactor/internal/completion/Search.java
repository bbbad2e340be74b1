package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.internal.completion.Transitions.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Finds out under which id a run goes on whose start broke. A callback's hint counts once the API
 * says that it is a run of that target and of that time, and that no other run of ours has it;
 * without one, a run counts if it is the only one of that target and time. Never guesses.
 */
final class Search<T> {

  private static final Logger log = LoggerFactory.getLogger(Search.class);

  /** How far the vendor's clock may be behind ours. */
  static final Duration CLOCK_SKEW = Duration.ofMinutes(1);

  /** Two are one too many. */
  private static final int ENOUGH = 2;

  private final CompletionEngine<T> engine;

  /** An execution that fits. */
  private record Fitting(String id, Instant created) {}

  Search(CompletionEngine<T> engine) {
    this.engine = engine;
  }

  void begin(Run<T> run, int version) {
    byHint(run)
        .switchIfEmpty(Mono.defer(() -> byTime(run)))
        .subscribe(
            id -> found(run, version, id),
            error -> {
              run.failure(error);
              log.debug("Searching for {} failed", run.what(), error);
              run.on(new Event.NotFound(version, false));
            },
            () -> run.on(new Event.NotFound(version, isHopeless(run))));
  }

  private void found(Run<T> run, int version, String id) {
    boolean news;
    synchronized (this) {
      // Two searches may have come to the same end since they looked.
      boolean taken = engine.isTaken(id, run);
      news = run.on(taken ? new Event.NotFound(version, false) : new Event.Found(version, id));
      news &= !taken;
    }
    if (news) {
      log.info("{} goes on as execution {}", run.what(), id);
      engine.found(run, id);
    }
  }

  private Mono<String> byHint(Run<T> run) {
    String hint = run.hint();
    return hint == null || engine.isTaken(hint, run)
        ? Mono.empty()
        : engine
            .vendor()
            .look(run.target(), hint)
            .onErrorComplete()
            .filter(look -> fits(run, look))
            .map(look -> hint);
  }

  private Mono<String> byTime(Run<T> run) {
    return engine
        .vendor()
        .created(run.target(), since(run))
        .distinct()
        .filter(id -> !engine.isTaken(id, run))
        .concatMap(
            id ->
                engine
                    .vendor()
                    .look(run.target(), id)
                    .filter(look -> fits(run, look))
                    .map(look -> new Fitting(id, requireNonNull(look.createdAt()))),
            0)
        .take(ENOUGH)
        .collectList()
        .flatMap(fitting -> theOnlyOne(run, fitting));
  }

  private Mono<String> theOnlyOne(Run<T> run, List<Fitting> fitting) {
    run.candidates(fitting.size());
    if (fitting.size() != 1) {
      return Mono.empty();
    }
    Fitting one = fitting.get(0);
    return engine
        .hasRival(run, one.id(), one.created())
        .flatMap(rival -> rival ? Mono.empty() : Mono.just(one.id()));
  }

  private boolean fits(Run<T> run, Look<T> look) {
    Instant created = look.createdAt();
    return run.target().equals(look.target())
        && created != null
        && mayBe(created, run.registeredByClock());
  }

  /** Whether an execution created then may be of a run registered then. */
  static boolean mayBe(Instant created, Instant registered) {
    return !created.isBefore(registered.minus(CLOCK_SKEW))
        && !created.isAfter(registered.plus(Run.GRACE).plus(CLOCK_SKEW));
  }

  private Instant since(Run<T> run) {
    return run.registeredByClock().minus(CLOCK_SKEW);
  }

  /** Lists show a run by then; a callback could still settle which of several it is. */
  private boolean isHopeless(Run<T> run) {
    boolean late = engine.time().since(run.registeredAt()).compareTo(Run.GRACE) > 0;
    return late && (run.candidates() == 0 || !engine.hasReceiver());
  }

  /** What was found, as the end of a sentence. */
  String result(Run<T> run) {
    return switch (run.candidates()) {
      case 0 -> "no run of that time was found";
      case 1 -> "the one run of that time that was found may be another one";
      default -> "several runs of that time were found";
    };
  }
}
