package io.blinkreactor.internal;

import io.blinkreactor.TimeSource;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * Lets so many requests leave in a second, evenly, whoever asks. Found in the Reactor context under
 * its class. Safe for use by many threads.
 */
public final class Pace {

  private final TimeSource time;
  private final long gap;
  private long next;

  /** A pace of so many a second. */
  public Pace(double perSecond, TimeSource time) {
    this.time = time;
    this.gap = (long) (1e9 / perSecond);
    this.next = time.nanos();
  }

  /** Completes when the request may leave. */
  public Mono<Void> pass() {
    return Mono.defer(() -> time.delay(Duration.ofNanos(place())));
  }

  private synchronized long place() {
    long now = time.nanos();
    long wait = Math.max(0, next - now);
    next = now + wait + gap;
    return wait;
  }
}
