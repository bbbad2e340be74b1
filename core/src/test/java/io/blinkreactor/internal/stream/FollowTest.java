package io.blinkreactor.internal.stream;

import static io.blinkreactor.internal.stream.ListServer.NOW;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.internal.stream.ListServer.Row;
import io.blinkreactor.stream.Checkpointed;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A list that is followed without end, in virtual time. */
class FollowTest {

  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final StreamOptions OPTIONS =
      StreamOptions.DEFAULTS.direction(Direction.OLDEST_FIRST).pageSize(10);

  private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
  private final TimeSource time = TimeSource.of(new VirtualClock(scheduler), scheduler);
  private final Collector<Checkpointed<Row>> rows = new Collector<>();

  @AfterEach
  void stop() {
    rows.cancel();
    scheduler.dispose();
  }

  @ParameterizedTest
  @EnumSource(names = {"KEYSET", "TIME"})
  void itPollsOnlyWhileThereIsDemand(Rung rung) {
    ListServer server = ListServer.of(0, 1).only(rung).at(time);
    server.stream(OPTIONS).follow(NOW, PAUSE).subscribe(rows);
    pass(Duration.ofHours(1));
    assertThat(server.calls()).isZero();
    rows.request(1);
    assertThat(server.calls()).as("a look, and one whether times are understood").isEqualTo(2);
    pass(PAUSE.multipliedBy(5));
    assertThat(server.calls()).isEqualTo(7);

    server.add(now().toEpochMilli());
    pass(PAUSE);
    assertThat(rows.values()).hasSize(1);
    int calls = server.calls();
    assertThat(calls).isEqualTo(8);
    pass(Duration.ofHours(1));
    assertThat(server.calls()).as("without demand").isEqualTo(calls);

    rows.request(1);
    pass(PAUSE);
    assertThat(server.calls()).isGreaterThan(calls);
    rows.cancel();
    calls = server.calls();
    pass(Duration.ofHours(1));
    assertThat(server.calls()).as("after cancel").isEqualTo(calls);
  }

  @ParameterizedTest
  @EnumSource(names = {"KEYSET", "TIME"})
  void aQuietYearEndsNothing(Rung rung) {
    ListServer server = ListServer.of(5, 5).only(rung).at(time);
    server.stream(OPTIONS).follow(NOW.minusSeconds(60), PAUSE).subscribe(rows);
    rows.request(Long.MAX_VALUE);
    assertThat(rows.values()).hasSize(5);
    pass(PAUSE.multipliedBy(12_000));
    assertThat(rows.error()).isNull();
    Row late = server.add(now().toEpochMilli());
    pass(PAUSE);
    assertThat(rows.values()).extracting(Checkpointed::value).endsWith(late).hasSize(6);
  }

  /** Rows appear up to the lag after their time; each comes a pause after the lag at the latest. */
  @ParameterizedTest
  @EnumSource(names = {"KEYSET", "TIME"})
  void everyRowComesOnceAndInTimeThoughSomeAppearLate(Rung rung) {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    ListServer server =
        ListServer.of(20, 7).only(rung).at(time).faulty(random.split()).shufflingTies();
    List<String> expected = new ArrayList<>(server.ids(Direction.OLDEST_FIRST));
    TreeMap<Long, List<Long>> appearing = new TreeMap<>();
    List<Row> added = new ArrayList<>();
    String checkpoint = null;
    List<String> got = new ArrayList<>();
    Collector<Checkpointed<Row>> reader = new Collector<>();
    int seconds = Boolean.getBoolean("blinkreactor.full") ? 3_000 : 900;
    for (int second = 0; second < seconds; second++) {
      if (second % 300 == 0) {
        // The process ends, and another one goes on.
        reader.cancel();
        for (Checkpointed<Row> row : reader.values()) {
          got.add(row.value().name());
          checkpoint = row.checkpoint().text();
        }
        server.forget();
        reader = new Collector<>();
        server.stream(checkpoint == null ? OPTIONS : OPTIONS.resume(checkpoint))
            .follow(NOW.minusSeconds(60), PAUSE)
            .subscribe(reader);
      }
      reader.request(1 + random.nextInt(20));
      long at = now().toEpochMilli();
      for (int i = random.nextInt(4); i > 0; i--) {
        long created = at + random.nextInt(3);
        appearing
            .computeIfAbsent(created + random.nextInt(1_900), k -> new ArrayList<>())
            .add(created);
      }
      pass(Duration.ofSeconds(1));
      while (!appearing.isEmpty() && appearing.firstKey() <= now().toEpochMilli()) {
        for (long created : requireNonNull(appearing.pollFirstEntry()).getValue()) {
          added.add(server.add(created));
        }
      }
    }
    reader.request(Long.MAX_VALUE);
    pass(PAUSE.plusSeconds(3));
    reader.values().forEach(row -> got.add(row.value().name()));
    reader.cancel();
    added.stream()
        .sorted(Comparator.comparing(Row::time).thenComparing(Row::name))
        .forEach(row -> expected.add(row.name()));
    assertThat(got).as("seed %d", seed).doesNotHaveDuplicates();
    assertThat(got).as("seed %d", seed).hasSameElementsAs(expected);
    if (rung == Rung.KEYSET) {
      assertThat(got).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void aListThatCantBeFilteredByTimeCantBeFollowed() {
    ListServer server = ListServer.of(5, 1).at(time).lacking(ListServer.OR, ListServer.TIME_FILTER);
    server.stream(OPTIONS).follow(NOW, PAUSE).subscribe(rows);
    rows.request(1);
    assertThat(rows.error())
        .isInstanceOf(StreamException.class)
        .hasMessageContaining("a filter by time");
    Collector<Checkpointed<Row>> again = new Collector<>();
    server.stream(OPTIONS).follow(NOW, PAUSE).subscribe(again);
    again.request(1);
    assertThat(again.error()).hasMessageContaining("It can't be followed");
  }

  @Test
  void aCheckpointByOffsetCantBeFollowed() {
    ListServer server = ListServer.of(5, 1).only(Rung.OFFSET, Rung.KEYSET).at(time);
    String checkpoint =
        requireNonNull(server.stream(OPTIONS).checkpointed().blockFirst()).checkpoint().text();
    server.stream(OPTIONS.resume(checkpoint)).follow(NOW, PAUSE).subscribe(rows);
    rows.request(1);
    assertThat(rows.error())
        .isInstanceOf(StreamException.class)
        .hasMessageContaining("The checkpoint can't be used: it goes on by OFFSET");
  }

  @Test
  void theCheckpointOfAReadingGoesOnToBeFollowed() {
    ListServer server = ListServer.of(25, 7).at(time);
    List<String> before = server.ids(Direction.OLDEST_FIRST);
    String checkpoint =
        requireNonNull(server.stream(OPTIONS).checkpointed().take(13).blockLast())
            .checkpoint()
            .text();
    server.stream(OPTIONS.resume(checkpoint)).follow(NOW, PAUSE).subscribe(rows);
    rows.request(100);
    assertThat(rows.values())
        .extracting(row -> row.value().name())
        .isEqualTo(before.subList(13, 25));
    Row late = server.add(now().toEpochMilli());
    pass(PAUSE);
    assertThat(rows.values()).extracting(Checkpointed::value).endsWith(late);
  }

  private void pass(Duration duration) {
    scheduler.advanceTimeBy(duration);
  }

  private Instant now() {
    return time.now();
  }

  /** Tells the scheduler's time. */
  private static final class VirtualClock extends Clock {
    private final VirtualTimeScheduler scheduler;

    VirtualClock(VirtualTimeScheduler scheduler) {
      this.scheduler = scheduler;
    }

    @Override
    public Instant instant() {
      return NOW.plusMillis(scheduler.now(TimeUnit.MILLISECONDS));
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
}
