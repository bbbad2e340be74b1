package io.blinkreactor.examples.report;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each run is in the bar that its time belongs to, in UTC, whatever the unit came to be. */
class TimelineTest {

  @ParameterizedTest
  @CsvSource({
    "HOUR,  2026-03-29T01:59:59.999, 2026-03-29T01:00",
    "HOUR,  2026-03-29T02:00,        2026-03-29T02:00",
    "DAY,   2026-10-24T23:59:59.999, 2026-10-24T00:00",
    "DAY,   2026-10-25T00:00,        2026-10-25T00:00",
    "WEEK,  2026-11-22T23:59:59.999, 2026-11-16T00:00",
    "WEEK,  2026-11-23T00:00,        2026-11-23T00:00",
    "WEEK,  2027-01-01T12:00,        2026-12-28T00:00",
    "MONTH, 2028-02-29T23:59:59.999, 2028-02-01T00:00",
    "MONTH, 2028-03-01T00:00,        2028-03-01T00:00",
    "YEAR,  2026-12-31T23:59:59.999, 2026-01-01T00:00",
    "YEAR,  2027-01-01T00:00,        2027-01-01T00:00"
  })
  void aBarBeginsAtARoundTime(Unit unit, LocalDateTime time, LocalDateTime start) {
    assertThat(unit.start(time)).isEqualTo(start);
    assertThat(unit.start(start)).isEqualTo(start);
    assertThat(unit.next(start)).isAfter(time);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-01T00:00, 2026-11-01T00:00, HOUR,  1",
    "2026-11-01T00:00, 2026-11-03T23:59, HOUR,  72",
    "2026-11-01T00:00, 2026-11-04T00:00, DAY,   4",
    "2026-11-01T23:59, 2027-01-31T23:59, DAY,   92",
    "2026-11-01T23:59, 2027-02-01T00:00, WEEK,  15",
    "2024-11-25T00:00, 2026-11-22T23:59, WEEK,  104",
    "2024-11-25T00:00, 2026-11-23T00:00, MONTH, 25",
    "2017-01-31T00:00, 2026-12-31T23:59, MONTH, 120",
    "2017-01-31T00:00, 2027-01-01T00:00, YEAR,  11",
    "2000-01-01T00:00, 2099-12-31T23:59, YEAR,  100"
  })
  void theLongerTheTimeTheLongerTheUnit(
      LocalDateTime first, LocalDateTime last, Unit unit, int bars) {
    Timeline timeline = new Timeline();
    timeline.add(utc(last), 0);
    timeline.add(utc(first), 0);
    Model.Timeline model = timeline.model(List.of(0), 1);
    assertThat(model.unit()).isEqualTo(unit);
    assertThat(model.bars()).hasSize(bars);
    assertThat(model.bars().get(0).start()).isEqualTo(unit.start(first));
    assertThat(model.bars().get(bars - 1).start()).isEqualTo(unit.start(last));
  }

  private static Instant utc(LocalDateTime time) {
    return time.toInstant(ZoneOffset.UTC);
  }

  @Test
  void whateverComesWhenNothingIsLostOrMoved() {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 100; round++) {
      String told = "seed " + seed + " round " + round;
      List<Instant> times = times(random);
      Timeline timeline = new Timeline();
      Trends trends = new Trends();
      int[] trend = trends.trend();
      for (int i = 0; i < times.size(); i++) {
        timeline.add(times.get(i), i % 3);
        trends.add(trend, times.get(i));
      }
      // The first and the third state share a band.
      Model.Timeline model = timeline.model(List.of(0, 1, 0), 2);
      assertThat(counts(model)).as(told).isEqualTo(expected(times, model.unit()));
      List<Integer> parts = trends.model(trend);
      assertThat(parts).as(told).hasSizeBetween(2, 64);
      assertThat(parts.stream().mapToInt(i -> i).sum()).as(told).isEqualTo(times.size());
      assertThat(parts.get(0)).as(told).isPositive();
      assertThat(parts.get(parts.size() - 1)).as(told).isPositive();
    }
  }

  private static List<Instant> times(SplittableRandom random) {
    long span = (long) (Duration.ofHours(1).toMillis() * Math.pow(10, 4.5 * random.nextDouble()));
    Instant start = Instant.parse("2026-01-01T00:00:00Z").plusMillis(random.nextLong(span));
    List<Instant> times = new ArrayList<>(List.of(start, start.plusMillis(span)));
    for (int i = random.nextInt(300); i > 0; i--) {
      times.add(start.plusMillis(random.nextLong(span)));
    }
    Collections.shuffle(times, new Random(random.nextLong()));
    return times;
  }

  private static Map<LocalDateTime, List<Long>> counts(Model.Timeline model) {
    Map<LocalDateTime, List<Long>> counts = new TreeMap<>();
    for (Model.Bar bar : model.bars()) {
      if (bar.total() > 0) {
        counts.put(bar.start(), bar.counts());
      }
    }
    return counts;
  }

  private static Map<LocalDateTime, List<Long>> expected(List<Instant> times, Unit unit) {
    Map<LocalDateTime, long[]> counts = new TreeMap<>();
    for (int i = 0; i < times.size(); i++) {
      LocalDateTime start = unit.start(Timeline.utc(times.get(i)));
      requireNonNull(counts.computeIfAbsent(start, any -> new long[2]))[i % 3 == 1 ? 1 : 0]++;
    }
    Map<LocalDateTime, List<Long>> expected = new TreeMap<>();
    counts.forEach((start, row) -> expected.put(start, List.of(row[0], row[1])));
    return expected;
  }
}
