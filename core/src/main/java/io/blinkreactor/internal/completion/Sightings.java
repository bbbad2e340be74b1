package io.blinkreactor.internal.completion;

import io.blinkreactor.completion.Observation;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** What looks at one run have seen; made at the first look. One look at a time writes. */
final class Sightings {

  volatile int looks;

  /** Executions that the last search found to fit, two at most; null if it failed. */
  volatile @Nullable List<String> candidates;

  /** When the run was registered, by the wall clock; only of runs that may be searched for. */
  volatile @Nullable Instant registered;

  /** The execution id that a callback of an earlier process claimed. */
  volatile @Nullable String hint;

  volatile @Nullable String state;
  volatile @Nullable Throwable failure;

  private Sinks.@Nullable Many<Observation> observers;
  private @Nullable Observation last;

  synchronized void looking() {
    looks++;
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
