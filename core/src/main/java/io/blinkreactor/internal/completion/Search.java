package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.internal.completion.Transitions.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds out under which id a run goes on whose start broke. A callback's hint counts once the API
 * says that it is a run of that target and of that time, and no other run of ours has it; without
 * one, a run counts if it is the only one of that target and time. Never guesses.
 */
final class Search<T> {

  private static final Logger log = LoggerFactory.getLogger(Search.class);

  /**
   * How far the vendor's clock may differ from ours. Wider, a run that somebody else started just
   * before could pass for ours; if the clocks differ by more, ours is not found, and that is told.
   */
  static final Duration CLOCK_SKEW = Duration.ofSeconds(2);

  /** How long a request to start may be on its way: more than a call's clock. */
  static final Duration LONGEST_START = Duration.ofMinutes(2);

  /** Two are one too many. */
  private static final int ENOUGH = 2;

  /** Searches at once. */
  private static final int AT_ONCE = 4;

  private final CompletionEngine<T> engine;
  private final Queue<Ask<T>> asked = new ConcurrentLinkedQueue<>();
  private final AtomicInteger work = new AtomicInteger();
  private final AtomicInteger inFlight = new AtomicInteger();

  /** A search that a run asked for in one of its states. */
  private record Ask<T>(Run<T> run, int version) {}

  /** An execution that fits. */
  private record Fitting(String id, Instant created) {}

  Search(CompletionEngine<T> engine) {
    this.engine = engine;
  }

  /** Searches when it is the run's turn: an outage may have broken the starts of many. */
  void begin(Run<T> run, int version) {
    asked.add(new Ask<>(run, version));
    drain();
  }

  private void drain() {
    if (work.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      Ask<T> next;
      while (inFlight.get() < AT_ONCE && (next = asked.poll()) != null) {
        if (next.run().state().version() == next.version()) {
          search(next.run(), next.version());
        }
      }
      missed = work.addAndGet(-missed);
    } while (missed != 0);
  }

  private void search(Run<T> run, int version) {
    inFlight.incrementAndGet();
    byHint(run)
        .switchIfEmpty(Mono.defer(() -> byTime(run)))
        .doFinally(
            end -> {
              inFlight.decrementAndGet();
              drain();
            })
        .subscribe(
            id -> found(run, version, id),
            error -> {
              run.failure(error);
              run.candidates(null);
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
    return Flux.fromIterable(run.hints())
        .filter(id -> !engine.isTaken(id, run))
        .concatMap(id -> fitting(run, id).onErrorComplete(), 0)
        .filterWhen(one -> engine.isStored(run, one.id(), one.created()).map(other -> !other))
        .next()
        .map(Fitting::id);
  }

  private Mono<Fitting> fitting(Run<T> run, String id) {
    return engine
        .vendor()
        .look(run.target(), id)
        .filter(look -> fits(run, look))
        .map(look -> new Fitting(id, requireNonNull(look.createdAt())));
  }

  private Mono<String> byTime(Run<T> run) {
    return engine
        .vendor()
        .created(run.target(), since(run), until(run))
        .distinct()
        .filter(id -> !engine.isTaken(id, run))
        .concatMap(id -> fitting(run, id), 0)
        .take(ENOUGH)
        .collectList()
        .flatMap(fitting -> theOnlyOne(run, fitting));
  }

  private Mono<String> theOnlyOne(Run<T> run, List<Fitting> fitting) {
    run.candidates(fitting.stream().map(Fitting::id).toList());
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
    return !created.isBefore(registered.minus(CLOCK_SKEW)) && !created.isAfter(latest(registered));
  }

  private static Instant latest(Instant registered) {
    return registered.plus(LONGEST_START).plus(CLOCK_SKEW);
  }

  private Instant since(Run<T> run) {
    return run.registeredByClock().minus(CLOCK_SKEW);
  }

  private Instant until(Run<T> run) {
    return latest(run.registeredByClock());
  }

  /** Lists show a run by then; a callback could still settle which of several it is. */
  private boolean isHopeless(Run<T> run) {
    boolean late = engine.time().since(run.registeredAt()).compareTo(Run.GRACE) > 0;
    List<String> candidates = run.candidates();
    return late && ((candidates != null && candidates.isEmpty()) || !engine.hasReceiver());
  }

  /** What was found, as the end of a sentence. */
  String result(Run<T> run) {
    List<String> candidates = run.candidates();
    if (candidates == null) {
      return "it could not be searched for";
    }
    return switch (candidates.size()) {
      case 0 -> "no run of that time was found";
      case 1 ->
          "the one run of that time that was found, " + candidates.get(0) + ", may be another";
      default ->
          "several runs of that time were found, such as " + String.join(" and ", candidates);
    };
  }
}
