package io.blinkreactor.internal.http;

import io.blinkreactor.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import reactor.core.publisher.Mono;

/**
 * Holds back every call of a client after the vendor asked one of them to wait, and lets them go
 * one after the other once the pause is over, so that they do not hit the limit together again.
 */
final class Gate {

  /** Between two calls that leave a closed gate. */
  static final Duration SPACING = Duration.ofMillis(10);

  private record Pause(long endNanos, long nextSlotNanos) {}

  private final TimeSource time;
  private volatile Pause pause;

  private static final AtomicReferenceFieldUpdater<Gate, Pause> PAUSE =
      AtomicReferenceFieldUpdater.newUpdater(Gate.class, Pause.class, "pause");

  Gate(TimeSource time) {
    this.time = time;
    long now = time.nanos();
    this.pause = new Pause(now, now);
  }

  /** Closes the gate for a while; never shortens a pause that runs. */
  void close(Duration duration) {
    long end = time.nanos() + duration.toNanos();
    PAUSE.updateAndGet(this, p -> end - p.endNanos > 0 ? new Pause(end, end) : p);
  }

  /** Completes with the time waited, once this call may leave. */
  Mono<Duration> pass() {
    return Mono.defer(
        () -> {
          long now = time.nanos();
          return pause.endNanos - now <= 0 ? Mono.just(Duration.ZERO) : attempt(now);
        });
  }

  private Mono<Duration> attempt(long arrived) {
    long now = time.nanos();
    Pause current = pause;
    if (current.endNanos - now <= 0) {
      return Mono.just(Duration.ofNanos(now - arrived));
    }
    Pause taken =
        PAUSE.getAndUpdate(this, p -> new Pause(p.endNanos, p.nextSlotNanos + SPACING.toNanos()));
    long wait = Math.max(0, taken.nextSlotNanos - now);
    // The pause may have been prolonged by the time this call wakes, so it looks again.
    return time.delay(Duration.ofNanos(wait))
        .then(Mono.defer(() -> stillClosed() ? attempt(arrived) : waited(arrived)));
  }

  private boolean stillClosed() {
    return pause.endNanos - time.nanos() > 0;
  }

  private Mono<Duration> waited(long arrived) {
    return Mono.just(time.since(arrived));
  }
}
