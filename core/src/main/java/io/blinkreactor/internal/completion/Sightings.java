package io.blinkreactor.internal.completion;

import io.blinkreactor.completion.Observation;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** What looks at one run have seen; made at the first look. One look at a time writes. */
final class Sightings {

  /** Each is looked at once a search. */
  static final int MOST_HINTS = 4;

  volatile int looks;

  /** Executions that the last search found to fit, two at most; null if it failed. */
  volatile @Nullable List<String> candidates;

  /** When the run was registered, by the wall clock; only of runs that may be searched for. */
  volatile @Nullable Instant registered;

  /** When a look last followed a callback, by the monotonic clock; 0 if none has. */
  volatile long heardAt;

  /** The execution ids that callbacks claimed. */
  private @Nullable Set<String> hints;

  volatile @Nullable String state;
  volatile @Nullable Throwable failure;

  private Sinks.@Nullable Many<Observation> observers;
  private @Nullable Observation last;

  synchronized void looking() {
    looks++;
  }

  /** Notes what a callback claimed; answers whether that is news, of which so many are taken. */
  synchronized boolean hint(String executionId) {
    if (hints == null) {
      hints = new LinkedHashSet<>();
    }
    return hints.size() < MOST_HINTS && hints.add(executionId);
  }

  synchronized List<String> hints() {
    return hints == null ? List.of() : List.copyOf(hints);
  }

  synchronized void saw(Look<?> look, Instant at) {
    Observation now = new Observation(look.state(), look.finished(), at);
    boolean news = last == null || !last.state().equals(now.state());
    state = look.state();
    last = now;
    if (observers != null) {
      if (news) {
        observers.tryEmitNext(now);
      }
      if (look.finished()) {
        observers.tryEmitComplete();
      }
    }
  }

  /** The last state seen, and further ones. */
  synchronized Flux<Observation> flux() {
    if (observers == null) {
      observers = Sinks.many().replay().latest();
      if (last != null) {
        observers.tryEmitNext(last);
        if (last.finished()) {
          observers.tryEmitComplete();
        }
      }
    }
    return observers.asFlux();
  }
}
