package io.blinkreactor.blaxel;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/** A wall clock that goes as a scheduler does, from a day in 2026 on. */
final class SchedulerClock extends Clock {
  private static final Instant START = Instant.parse("2026-05-04T00:00:00Z");

  private final Scheduler scheduler;

  SchedulerClock(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public Instant instant() {
    return START.plusMillis(scheduler.now(TimeUnit.MILLISECONDS));
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
