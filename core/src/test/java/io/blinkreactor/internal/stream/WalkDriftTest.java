package io.blinkreactor.internal.stream;

import static io.blinkreactor.internal.stream.Direction.NEWEST_FIRST;
import static io.blinkreactor.internal.stream.Direction.OLDEST_FIRST;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.StreamException;
import io.blinkreactor.internal.stream.ListServer.Row;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Rows come, go and change while they are read, calls fail, and processes end: each row that is
 * there from start to end comes once, in its place.
 */
class WalkDriftTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final boolean FULL = Boolean.getBoolean("blinkreactor.full");
  private static final int TIES = 7;

  private final long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);

  static List<Object[]> everyWay() {
    return ListServer.everyWay();
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void everySurvivorComesOnceWhateverThePageSize(Rung rung, Direction way) {
    for (int pageSize : new int[] {1, 2, 3, 6, 7, 8, 10, 13, 100, 333, 1000}) {
      int rows = FULL ? (pageSize < 10 ? 2_000 : 20_000) : pageSize < 10 ? 500 : 4_000;
      ListServer server = churning(server(rung, rows), rung, pageSize);
      if (pageSize == 13) {
        server.delivering(page -> page.publishOn(Schedulers.parallel(), 4));
      }
      List<String> before = server.ids(way);
      List<String> got = names(server.stream(options(way, pageSize)).items());
      check(rung, way, pageSize, before, got, server);
      if (rung == Rung.KEYSET || rung == Rung.CURSOR) {
        assertThat(server.calls())
            .as("calls, %s %s, page size %d, seed %d", rung, way, pageSize, seed)
            .isLessThanOrEqualTo(got.size() / pageSize + 2);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void faultsInAThirdOfTheCallsRepeatAndLoseNothing(Rung rung, Direction way) {
    for (int pageSize : new int[] {5, 20, 100}) {
      for (boolean whole : new boolean[] {false, true}) {
        ListServer server =
            churning(server(rung, FULL ? 4_000 : 1_500), rung, pageSize).faulty(random.split());
        List<String> before = server.ids(way);
        ListStream<Row> stream = server.stream(options(way, pageSize));
        List<String> got =
            names(whole ? stream.pages().flatMapIterable(Page::items) : stream.items());
        if (whole) {
          // A first page that is asked for again may hold rows that were added meanwhile.
          got.retainAll(new HashSet<>(before));
        }
        check(rung, way, pageSize, before, got, server);
        assertThat(server.faults()).as("seed %d", seed).isPositive();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void aFaultCostsOneCallAtMost(Rung rung, Direction way) {
    for (int pageSize : new int[] {20, 100}) {
      for (boolean whole : new boolean[] {false, true}) {
        ListServer server = server(rung, FULL ? 4_000 : 1_500).faulty(random.split());
        List<String> before = server.ids(way);
        ListStream<Row> stream = server.stream(options(way, pageSize));
        List<String> got =
            names(whole ? stream.pages().flatMapIterable(Page::items) : stream.items());
        check(rung, way, pageSize, before, got, server);
        int again =
            switch (rung) {
              case CURSOR, KEYSET -> 0;
              case TIME -> TIES - 1;
              case OFFSET -> TIES + 1;
              case LOOSE_OFFSET -> 1;
            };
        assertThat(server.calls() - server.faults())
            .as("%s %s, pages of %d, seed %d", rung, way, pageSize, seed)
            .isLessThanOrEqualTo(before.size() / (pageSize - again) + 3);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void killedAtManyPlacesItGoesOnFromTheLastCheckpoint(Rung rung, Direction way) {
    for (int pageSize : new int[] {40, 400}) {
      ListServer server = churning(server(rung, FULL ? 12_000 : 2_500), rung, 40);
      List<String> before = server.ids(way);
      List<String> acknowledged = new ArrayList<>();
      String checkpoint = null;
      for (int kills = 0; ; kills++) {
        int most = kills < (FULL ? 200 : 40) ? 1 + random.nextInt(80) : Integer.MAX_VALUE;
        List<Checkpointed<Row>> got =
            requireNonNull(
                server.stream(resumed(options(way, pageSize), checkpoint))
                    .checkpointed()
                    .take(most)
                    .collectList()
                    .block(PATIENCE));
        boolean ended = got.size() < most;
        // The last one may have been handed on without having been dealt with.
        boolean all = ended || checkpoint == null || random.nextBoolean();
        int dealtWith = all ? got.size() : got.size() - 1;
        got.subList(0, dealtWith).forEach(element -> acknowledged.add(element.value().name()));
        if (dealtWith > 0) {
          checkpoint = got.get(dealtWith - 1).checkpoint().text();
        }
        if (ended) {
          assertThat(kills)
              .as("%s %s, seed %d", rung, way, seed)
              .isGreaterThanOrEqualTo(FULL ? 100 : 20);
          break;
        }
        server.forget();
      }
      check(rung, way, pageSize, before, acknowledged, server);
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void aPagesCheckpointIsAPlaceToGoOnFromToo(Rung rung, Direction way) {
    for (int pageSize : new int[] {15, 300}) {
      ListServer server = churning(server(rung, FULL ? 6_000 : 2_000), rung, 15);
      List<String> before = server.ids(way);
      List<String> got = new ArrayList<>();
      String checkpoint = null;
      while (true) {
        int most = 1 + random.nextInt(4);
        List<Page<Row>> pages =
            requireNonNull(
                server.stream(resumed(options(way, pageSize), checkpoint))
                    .pages()
                    .take(most)
                    .collectList()
                    .block(PATIENCE));
        for (Page<Row> page : pages) {
          page.items().forEach(row -> got.add(row.name()));
          checkpoint = page.checkpoint().text();
        }
        if (pages.size() < most) {
          break;
        }
        server.forget();
      }
      check(rung, way, pageSize, before, got, server);
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void aStreamThatBreaksOffTellsWhereToGoOn(Rung rung, Direction way) {
    ListServer server =
        churning(server(rung, 3_000), rung, 30).fatalAt(call -> call % 17 == 0 && call < 120);
    List<String> before = server.ids(way);
    List<String> got = new ArrayList<>();
    AtomicInteger delivered = new AtomicInteger();
    String checkpoint = null;
    boolean ended = false;
    for (int lives = 0; !ended; lives++) {
      assertThat(lives).as("%s %s, seed %d", rung, way, seed).isLessThan(1_000);
      delivered.set(0);
      try {
        server.stream(resumed(options(way, 30), checkpoint))
            .items()
            .doOnNext(row -> got.add(row.name()))
            .doOnNext(row -> delivered.incrementAndGet())
            .blockLast(PATIENCE);
        ended = true;
      } catch (StreamException broken) {
        assertThat(broken).hasCauseInstanceOf(ListServer.Fault.class);
        assertThat(broken.delivered()).isEqualTo(delivered.get());
        checkpoint = broken.checkpoint();
      }
    }
    check(rung, way, 30, before, got, server);
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void allRowsMayShareOneTime(Direction way) {
    for (Rung rung : Rung.values()) {
      for (int rows : new int[] {0, 1, 2, 3, 9, 10, 11, 25, 500}) {
        for (int pageSize : new int[] {1, 3, 10, 100}) {
          ListServer server = ListServer.of(rows, 1_000).only(rung);
          assertThat(names(server.stream(options(way, pageSize)).items()))
              .as("%s %s, %d rows, pages of %d", rung, way, rows, pageSize)
              .isEqualTo(server.ids(way));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void smallBoundsOfTheServerLoseNothing(boolean clamps) {
    for (Object[] kind : everyWay()) {
      Rung rung = (Rung) kind[0];
      Direction way = (Direction) kind[1];
      for (int most : new int[] {1, 2, 4, 8, 50}) {
        for (int rows : new int[] {1, 5, 60}) {
          if (most == 1 && rung != Rung.CURSOR && rung != Rung.KEYSET) {
            // An error, see GuardTest.
            continue;
          }
          ListServer server = ListServer.of(rows, TIES).only(rung).most(most, clamps).counting();
          assertThat(names(server.stream(options(way, 100)).items()))
              .as("%s %s, %d rows, %d at most", rung, way, rows, most)
              .isEqualTo(server.ids(way));
          assertThat(server.calls())
              .as("%s %s, %d rows, %d at most", rung, way, rows, most)
              .isLessThanOrEqualTo(3 * rows + 30);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void goingOnAtTheEndFindsItAgain(Rung rung, Direction way) {
    for (int rows : new int[] {1, 2, 10, 47}) {
      for (int pageSize : new int[] {1, 10, 100}) {
        ListServer server = server(rung, rows);
        Checkpoint last =
            requireNonNull(server.stream(options(way, pageSize)).checkpointed().blockLast(PATIENCE))
                .checkpoint();
        int calls = server.calls();
        assertThat(names(server.stream(resumed(options(way, pageSize), last.text())).items()))
            .as("%s %s, %d rows, pages of %d", rung, way, rows, pageSize)
            .isEmpty();
        assertThat(server.calls() - calls).isLessThanOrEqualTo(6);
      }
    }
  }

  @Test
  void withoutAKnownOrderMoreRowsGoneThanTheWindowHoldsAreALostPlace() {
    ListServer server = ListServer.of(1_000, 1).only(Rung.LOOSE_OFFSET);
    assertThatThrownBy(
            () ->
                server.stream(options(OLDEST_FIRST, 20))
                    .items()
                    .doOnNext(row -> expireOnce(server, row, 300, 200))
                    .blockLast(PATIENCE))
        .isInstanceOfSatisfying(
            StreamException.class,
            broken -> {
              assertThat(broken).hasMessageContaining("the place is lost");
              assertThat(broken.delivered()).isGreaterThanOrEqualTo(300);
              assertThat(broken.checkpoint()).isNotNull();
            });
  }

  @Test
  void withAKnownOrderThePlaceIsFoundHoweverManyRowsGo() {
    ListServer server = ListServer.of(1_000, 1).only(Rung.OFFSET);
    List<String> before = server.ids(OLDEST_FIRST);
    List<String> got =
        names(
            server.stream(options(OLDEST_FIRST, 20))
                .items()
                .doOnNext(row -> expireOnce(server, row, 300, 290)));
    assertThat(got).isEqualTo(before);
  }

  /** When one row is handed on, others expire. */
  private static void expireOnce(ListServer server, Row row, int at, int count) {
    if (row.time() == ListServer.FIRST_LATE - 1_000 + at) {
      server.expire(count);
    }
  }

  @Test
  void rowsYoungerThanTheStartAreLeftOutButEndNoListWhoseOrderIsNotKnown() {
    ListServer server = ListServer.of(30, 1).only(Rung.LOOSE_OFFSET);
    List<String> before = server.ids(OLDEST_FIRST);
    // Created just now, but sorted before the others by the order the server keeps.
    server.answering(
        (ask, honest) -> {
          List<Row> all = new ArrayList<>();
          for (int i = 0; i < before.size(); i++) {
            all.add(new Row(before.get(i), ListServer.FIRST_LATE - 30 + i, 0));
          }
          for (int i = 0; i < 12; i++) {
            all.add(5 + i, new Row("young " + i, ListServer.FIRST_LATE + 5, 0));
          }
          int from = (int) Math.min(all.size(), ask.skip());
          return honest.rows(all.subList(from, Math.min(all.size(), from + ask.limit())));
        });
    assertThat(names(server.stream(options(OLDEST_FIRST, 4)).items())).isEqualTo(before);
  }

  @Test
  void newestFirstLeavesOutWhatIsCreatedMeanwhile() {
    for (Rung rung : Rung.values()) {
      ListServer server = ListServer.of(300, TIES).only(rung).churning(3, 0, random.split());
      List<String> before = server.ids(NEWEST_FIRST);
      assertThat(names(server.stream(options(NEWEST_FIRST, 20)).items()))
          .as("%s, seed %d", rung, seed)
          .isEqualTo(before);
    }
  }

  private static ListServer server(Rung rung, int rows) {
    return ListServer.of(rows, TIES).only(rung).shufflingTies();
  }

  /**
   * By offset a page must hold more rows than come and go meanwhile, or reading never catches up;
   * many more where the place is known by a window of ids alone.
   */
  private ListServer churning(ListServer server, Rung rung, int pageSize) {
    int rows =
        switch (rung) {
          case CURSOR, KEYSET, TIME -> 5;
          case OFFSET -> Math.min(5, (pageSize - 1) / 2);
          case LOOSE_OFFSET -> Math.min(5, pageSize / 20);
        };
    return server.churning(rows, rows, random.split());
  }

  private static StreamOptions options(Direction way, int pageSize) {
    return StreamOptions.DEFAULTS.direction(way).pageSize(pageSize);
  }

  private static StreamOptions resumed(StreamOptions options, @Nullable String checkpoint) {
    return checkpoint == null ? options : options.resume(Checkpoint.parse(checkpoint).text());
  }

  private static List<String> names(Flux<Row> rows) {
    return requireNonNull(rows.map(Row::name).collectList().block(PATIENCE));
  }

  /** Nothing but what was there before, each once and in order; all that is still there. */
  private void check(
      Rung rung,
      Direction way,
      int pageSize,
      List<String> before,
      List<String> got,
      ListServer server) {
    String what = rung + " " + way + ", pages of " + pageSize + ", seed " + seed;
    Set<String> left = new HashSet<>(got);
    assertThat(left).as("repeated: %s", what).hasSize(got.size());
    Set<String> survivors = new HashSet<>(server.ids(way));
    List<String> missed =
        before.stream().filter(id -> survivors.contains(id) && !left.contains(id)).toList();
    assertThat(missed).as("missed: %s", what).isEmpty();
    List<String> known = before.stream().filter(left::contains).toList();
    if (rung == Rung.TIME || rung == Rung.OFFSET) {
      assertThat(left).as("foreign: %s", what).isEqualTo(new HashSet<>(known));
      assertThat(times(got, server)).as("order: %s", what).isEqualTo(times(known, server));
    } else if (rung == Rung.LOOSE_OFFSET) {
      // A page that begins at the list's start again may bring rows that came meanwhile.
      Set<String> old = new HashSet<>(before);
      assertThat(got.stream().filter(old::contains).toList())
          .as("order: %s", what)
          .isEqualTo(known);
    } else {
      assertThat(got).as("order: %s", what).isEqualTo(known);
    }
  }

  private static List<Long> times(List<String> ids, ListServer server) {
    Map<String, Long> times = server.times();
    return ids.stream().map(times::get).toList();
  }
}
