package io.blinkreactor.internal.completion;

import io.blinkreactor.completion.UntrustedPayload;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the engine needs from a vendor. */
public interface Vendor<T> {

  /** A run of the target in words, for messages. */
  String describe(String target);

  /** Looks at a run. */
  Mono<Look<T>> look(String target, String executionId);

  /** Asks the vendor to cancel a run. */
  Mono<Void> cancel(String target, String executionId);

  /** How many runs {@link #goingOn} can ask for at once; 1 if it can't. */
  default int mostAtOnce() {
    return 1;
  }

  /**
   * Which of the runs certainly have not ended, by one call; the others want a look each.
   *
   * @param executionIds ids, {@link #mostAtOnce} of them at most
   */
  default Mono<Set<String>> goingOn(List<String> executionIds) {
    return Mono.just(Set.of());
  }

  /**
   * The execution ids of a target that were created from a time on, newest first, without those
   * that are known to be of a later time than another.
   */
  default Flux<String> created(String target, Instant from, Instant to) {
    return Flux.empty();
  }

  /** The execution id that a callback claims to be of, not to be believed. */
  default @Nullable String hint(UntrustedPayload payload) {
    return null;
  }
}
