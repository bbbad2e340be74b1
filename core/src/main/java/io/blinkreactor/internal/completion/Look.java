package io.blinkreactor.internal.completion;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a look at a run showed.
 *
 * @param execution the vendor's object
 * @param target what is run, as the vendor says
 * @param state its state, for messages
 * @param outcome its state, for metrics: one of a few words
 * @param finished whether it has ended
 * @param succeeded whether it has ended well
 * @param createdAt when it was created, by the vendor's clock
 * @param took how long it took, by the vendor's clock; null if it has not ended
 */
public record Look<T>(
    T execution,
    @Nullable String target,
    String state,
    String outcome,
    boolean finished,
    boolean succeeded,
    @Nullable Instant createdAt,
    @Nullable Duration took) {

  /** From one of the vendor's times to another, or null if they don't tell. */
  public static @Nullable Duration took(@Nullable Instant from, @Nullable Instant to) {
    return from == null || to == null || to.isBefore(from) ? null : Duration.between(from, to);
  }
}
