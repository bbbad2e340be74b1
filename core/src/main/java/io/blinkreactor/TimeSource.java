package io.blinkreactor;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Where the library reads time and schedules work; the only place that knows a wall clock or a
 * default scheduler. In-process waits run on the monotonic side, so a jump of the wall clock moves
 * none of them.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class TimeSource {

  /** Of user code that may block, all at the same time. */
  private static final int MOST_WORKERS = 1_000;

  private static final int IDLE_SECONDS = 60;

  private static final TimeSource SYSTEM =
      new TimeSource(
          Clock.systemUTC(),
          Schedulers.parallel(),
          Schedulers.newBoundedElastic(
              MOST_WORKERS, Integer.MAX_VALUE, "blinkreactor-worker", IDLE_SECONDS, true),
          Schedulers.newBoundedElastic(
              Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE,
              Integer.MAX_VALUE,
              "blinkreactor-background",
              IDLE_SECONDS,
              true),
          System::nanoTime);

  private final Clock clock;
  private final Scheduler timers;
  private final Scheduler workers;
  private final Scheduler background;
  private final LongSupplier nanos;

  private TimeSource(
      Clock clock, Scheduler timers, Scheduler workers, Scheduler background, LongSupplier nanos) {
    this.clock = clock;
    this.timers = timers;
    this.workers = workers;
    this.background = background;
    this.nanos = nanos;
  }

  /**
   * {@return the system's clock, with Reactor's parallel scheduler for timers, up to 1,000 threads
   * of our own for user code, and a few others of our own for what is behind it}
   */
  public static TimeSource system() {
    return SYSTEM;
  }

  /**
   * A source for tests: everything, monotonic time included, comes from the given parts.
   *
   * @param clock the wall clock
   * @param scheduler runs timers and user code, and tells monotonic time, for example a {@code
   *     VirtualTimeScheduler}
   * @return the source
   */
  public static TimeSource of(Clock clock, Scheduler scheduler) {
    requireNonNull(clock, "clock");
    requireNonNull(scheduler, "scheduler");
    return new TimeSource(
        clock, scheduler, scheduler, scheduler, () -> scheduler.now(TimeUnit.NANOSECONDS));
  }

  /** {@return the wall-clock time} */
  public Instant now() {
    return clock.instant();
  }

  /** {@return a reading of the monotonic clock in nanoseconds, of use only in differences} */
  public long nanos() {
    return nanos.getAsLong();
  }

  /**
   * {@return the time since an earlier reading}
   *
   * @param earlier what {@link #nanos()} answered then
   */
  public Duration since(long earlier) {
    return Duration.ofNanos(nanos() - earlier);
  }

  /** {@return the scheduler of timers; nothing that blocks may run on it} */
  public Scheduler timers() {
    return timers;
  }

  /**
   * {@return the scheduler on which ends of runs are handed to the user's code, which may block; it
   * runs nothing else, so that blocked code keeps no callback from being answered}
   */
  public Scheduler workers() {
    return workers;
  }

  /**
   * {@return the scheduler on which a store's answers go on; nothing should block on it for long}
   */
  public Scheduler background() {
    return background;
  }

  /**
   * Waits.
   *
   * @param delay how long; zero or less signals at once
   * @return a {@code Mono} that completes empty on the timer scheduler
   */
  public Mono<Void> delay(Duration delay) {
    return delay.isNegative() || delay.isZero() ? Mono.empty() : Mono.delay(delay, timers).then();
  }

  /**
   * Runs a task later.
   *
   * @param task the task, which must not block
   * @param delay how long to wait
   * @return disposes of the task if it has not run
   */
  public Disposable schedule(Runnable task, Duration delay) {
    return timers.schedule(task, Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
  }
}
