package io.blinkreactor.internal.stream;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.StreamException;
import io.blinkreactor.internal.stream.ListServer.Row;
import io.blinkreactor.stream.Checkpointed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Slices of time, read side by side. */
class SlicesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int TIES = 7;

  private final long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);

  static List<Object[]> everyWay() {
    return ListServer.everyWay();
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void theOrderStays(Rung rung, Direction way) {
    for (int rows : new int[] {0, 1, 2, 8, 100, 3_000}) {
      for (int slices : new int[] {2, 5, 16}) {
        for (int pageSize : new int[] {1, 30, 1_000}) {
          ListServer server =
              ListServer.of(Math.min(rows, 50 * pageSize), TIES)
                  .only(rung)
                  .delivering(page -> page.publishOn(Schedulers.parallel(), 3));
          assertThat(names(server.stream(options(way, pageSize, slices)).items()))
              .as("%s %s, %d rows, %d slices, pages of %d", rung, way, rows, slices, pageSize)
              .isEqualTo(server.ids(way));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void rowsThatComeAndGoAndFaultsDoNoHarm(Rung rung, Direction way) {
    int churn = rung == Rung.LOOSE_OFFSET ? 1 : 5;
    ListServer server =
        ListServer.of(5_000, TIES)
            .only(rung)
            .churning(churn, churn, random.split())
            .faulty(random.split());
    List<String> before = server.ids(way);
    List<String> got = names(server.stream(options(way, 40, 4)).items());
    Set<String> left = new HashSet<>(got);
    assertThat(left).as("seed %d", seed).hasSize(got.size());
    Set<String> survivors = new HashSet<>(server.ids(way));
    assertThat(before.stream().filter(survivors::contains).filter(id -> !left.contains(id)))
        .as("seed %d", seed)
        .isEmpty();
    Set<String> known = new HashSet<>(before);
    List<String> old = got.stream().filter(known::contains).toList();
    assertThat(old).as("seed %d", seed).isEqualTo(before.stream().filter(left::contains).toList());
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void anErrorComesInItsPlace(Direction way) {
    ListServer server = ListServer.of(2_000, TIES);
    List<String> before = server.ids(way);
    String bad = before.get(1_234);
    for (int slices : new int[] {1, 2, 8}) {
      server.answering((ask, honest) -> honest.rows(spoiled(honest.rows(), bad)));
      List<String> got = new ArrayList<>();
      List<Throwable> errors = new ArrayList<>();
      server.stream(options(way, 50, slices))
          .items()
          .doOnNext(row -> got.add(row.name()))
          .onErrorResume(
              error -> {
                errors.add(error);
                return Flux.empty();
              })
          .blockLast(PATIENCE);
      assertThat(got).as("%d slices", slices).isEqualTo(before.subList(0, 1_234));
      assertThat(errors)
          .singleElement()
          .isInstanceOfSatisfying(
              StreamException.class,
              error -> {
                assertThat(error.delivered()).isEqualTo(1_234);
                server.answering((ask, honest) -> honest);
                assertThat(
                        names(
                            server.stream(
                                    options(way, 50, 1).resume(requireNonNull(error.checkpoint())))
                                .items()))
                    .isEqualTo(before.subList(1_234, 2_000));
              });
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void noMorePagesAreHeldThanThereAreSlicesAtOnce(Direction way) {
    ListServer server = ListServer.of(10_000, TIES);
    Collector<Row> rows = new Collector<>();
    server.stream(options(way, 50, 4)).items().subscribe(rows);
    int edges = 2;
    assertThat(server.calls()).as("before any demand").isZero();
    for (int asked = 1; asked <= 3_000; asked += 100) {
      rows.request(asked == 1 ? 1 : 100);
      // Each slice holds what it was asked for, and ends with a page that may be short.
      int explained = edges + asked / 50 + 2 * (asked / (10_000 / 16) + 4) + 4;
      assertThat(server.calls()).as("%d asked for", asked).isLessThanOrEqualTo(explained);
      assertThat(rows.values()).hasSize(asked);
    }
    rows.cancel();
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void checkpointsAreGoodForReadingWithOrWithoutSlices(Rung rung, Direction way) {
    for (int kill = 0; kill < 30; kill++) {
      ListServer server = ListServer.of(700, TIES).only(rung);
      List<String> before = server.ids(way);
      int most = 1 + random.nextInt(699);
      Checkpointed<Row> last =
          requireNonNull(
              server.stream(options(way, 20, 3)).checkpointed().take(most).blockLast(PATIENCE));
      for (int slices : new int[] {1, 4}) {
        assertThat(
                names(
                    server.stream(options(way, 20, slices).resume(last.checkpoint().text()))
                        .items()))
            .as("%s %s after %d, seed %d", rung, way, most, seed)
            .isEqualTo(before.subList(most, 700));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CURSOR", "OFFSET", "LOOSE_OFFSET"})
  void withoutAFilterByTimeThereIsOneSlice(Rung rung) {
    ListServer server = ListServer.of(500, 1).only(rung);
    List<String> got = names(server.stream(options(Direction.NEWEST_FIRST, 100, 8)).items());
    assertThat(got).isEqualTo(server.ids(Direction.NEWEST_FIRST));
    assertThat(server.calls()).isLessThanOrEqualTo(1 + 7);
  }

  private static List<Row> spoiled(List<Row> rows, String id) {
    return rows.stream().map(row -> row.name().equals(id) ? new Row(id, null, 0) : row).toList();
  }

  private static StreamOptions options(Direction way, int pageSize, int slices) {
    return StreamOptions.DEFAULTS.direction(way).pageSize(pageSize).parallel(slices);
  }

  private static List<String> names(Flux<Row> rows) {
    return requireNonNull(rows.map(Row::name).collectList().block(PATIENCE));
  }
}
