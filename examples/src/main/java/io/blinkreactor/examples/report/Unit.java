package io.blinkreactor.examples.report;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/** What one bar of the chart stands for, in UTC. */
enum Unit {
  HOUR("hour", ChronoUnit.HOURS),
  DAY("day", ChronoUnit.DAYS),
  WEEK("week", ChronoUnit.WEEKS),
  MONTH("month", ChronoUnit.MONTHS),
  YEAR("year", ChronoUnit.YEARS);

  private static final int HOURS = 72;
  private static final int DAYS = 92;
  private static final int WEEKS = 104;
  private static final int MONTHS = 120;

  final String word;
  private final ChronoUnit step;

  Unit(String word, ChronoUnit step) {
    this.word = word;
    this.step = step;
  }

  /** The unit for a span of time: the longer it is, the longer the unit. */
  static Unit of(LocalDateTime first, LocalDateTime last) {
    if (HOUR.between(first, last) < HOURS) {
      return HOUR;
    } else if (DAY.between(first, last) < DAYS) {
      return DAY;
    } else if (WEEK.between(first, last) < WEEKS) {
      return WEEK;
    }
    return MONTH.between(first, last) < MONTHS ? MONTH : YEAR;
  }

  /** When the bar that a time belongs to begins. */
  LocalDateTime start(LocalDateTime time) {
    return switch (this) {
      case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
      case DAY -> time.truncatedTo(ChronoUnit.DAYS);
      case WEEK ->
          time.truncatedTo(ChronoUnit.DAYS)
              .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case MONTH -> time.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1);
      case YEAR -> time.truncatedTo(ChronoUnit.DAYS).withDayOfYear(1);
    };
  }

  LocalDateTime next(LocalDateTime start) {
    return start.plus(1, step);
  }

  private long between(LocalDateTime first, LocalDateTime last) {
    return step.between(start(first), start(last));
  }
}
