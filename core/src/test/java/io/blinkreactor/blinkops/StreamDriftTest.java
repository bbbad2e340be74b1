package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Lists whose rows come, go and change while they are read: each survivor once, over HTTP. */
class StreamDriftTest extends SwitchTest {

  private static final int ROWS = Boolean.getBoolean("blinkreactor.full") ? 20_000 : 1_000;
  private static final int PAGE = 100;
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  private ExecutionQuery all() {
    return client.executions().find(Rql.all()).pageSize(PAGE);
  }

  /** Reads to the end, with a change in the middle of each page's worth of rows. */
  private List<Execution> readWhileItDrifts(
      ExecutionQuery query, Drift drift, Drift.Place place, int every) {
    int[] read = {0};
    return requireNonNull(
        query
            .items()
            .doOnNext(
                row -> {
                  if (++read[0] % every == every / 2) {
                    drift.step(place);
                  }
                })
            .collectList()
            .block(LONG));
  }

  @ParameterizedTest
  @CsvSource({"KEYSET,false", "KEYSET,true", "TIME,false", "OFFSET,false"})
  void eachSurvivorComesOnceInItsOrder(PagingMode mode, boolean oldestFirst) {
    Drift drift = new Drift(emulator, ROWS, SEED);
    ExecutionQuery query = all().paging(mode);
    List<Execution> rows =
        readWhileItDrifts(
            oldestFirst ? query.oldestFirst() : query, drift, Drift.Place.ANYWHERE, PAGE);
    drift.check(rows.stream().map(SwitchTest::id).toList(), about(mode.name()));
    Comparator<Execution> byTime =
        Comparator.comparing(row -> requireNonNull(row.createdAt(), about("created_at")));
    assertThat(rows).isSortedAccordingTo(oldestFirst ? byTime : byTime.reversed());
    if (mode == PagingMode.KEYSET) {
      assertThat(emulator.count(Operation.LIST))
          .as("each page is full but the last few, which hold what came meanwhile, or nothing")
          .isLessThanOrEqualTo(rows.size() / PAGE + 4L);
    }
    assertThat(emulator.openConnections())
        .as("a page is asked for before the last one's connection is back")
        .isLessThanOrEqualTo(2);
  }

  @Test
  void theLoosestWayIsExactWhileRowsComeAtTheHeadAndGoAtTheTail() {
    emulator.set(Switch.LIST_FIELDS_FILTERABLE, "playbook_id");
    emulator.set(Switch.LIST_FIELDS_SORTABLE, "started_at");
    Drift drift = new Drift(emulator, ROWS, SEED);
    List<Execution> rows = readWhileItDrifts(all(), drift, Drift.Place.EDGES, PAGE);
    drift.check(rows.stream().map(SwitchTest::id).toList(), about("loose"));
    assertThat(rows.size()).isGreaterThanOrEqualTo(drift.survivors());
  }

  /** Changes come while the next pages are on their way already. */
  @ParameterizedTest
  @CsvSource({"KEYSET,3,1", "TIME,2,1", "OFFSET,2,1", "KEYSET,0,4", "TIME,1,3"})
  void lookingAheadAndSlicesAreAsExact(PagingMode mode, int lookAhead, int slices) {
    Drift drift = new Drift(emulator, 2_500, SEED);
    List<Execution> rows =
        readWhileItDrifts(
            all().pageSize(40).paging(mode).lookAhead(lookAhead).parallel(slices),
            drift,
            Drift.Place.ANYWHERE,
            25);
    drift.check(
        rows.stream().map(SwitchTest::id).toList(), about(mode + " " + lookAhead + " " + slices));
    assertThat(rows)
        .isSortedAccordingTo(
            Comparator.comparing((Execution row) -> requireNonNull(row.createdAt())).reversed());
  }

  @ParameterizedTest
  @EnumSource(
      value = PagingMode.class,
      names = {"KEYSET", "TIME", "OFFSET"})
  void pagesAreAsExactAsTheirRows(PagingMode mode) {
    Drift drift = new Drift(emulator, 1_500, SEED);
    List<String> seen = new ArrayList<>();
    got(
        all()
            .paging(mode)
            .pages()
            .doOnNext(
                page -> {
                  assertThat(page.mode()).isEqualTo(mode);
                  assertThat(page.items()).isNotEmpty();
                  seen.addAll(page.items().stream().map(SwitchTest::id).toList());
                  drift.step(Drift.Place.ANYWHERE);
                })
            .then()
            .thenReturn(true));
    drift.check(seen, about(mode + " pages"));
  }

  /** A group that shares one moment, larger than a page, that grows and shrinks meanwhile. */
  @ParameterizedTest
  @EnumSource(
      value = PagingMode.class,
      names = {"KEYSET", "TIME", "OFFSET"})
  void aGroupOfOneMomentThatIsLargerThanAPageIsReadOnce(PagingMode mode) {
    List<String> ids = new ArrayList<>();
    Instant moment = Instant.parse("2026-03-01T00:00:00Z");
    for (int i = 0; i < 300; i++) {
      Instant at = i < 30 || i >= 270 ? moment.plusSeconds(i - 150) : moment;
      ids.add(emulator.addExecution(Map.of("created_at", at)));
    }
    assertThat(ids(all().pageSize(20).paging(mode))).containsExactlyInAnyOrderElementsOf(ids);
  }

  /**
   * Readers that die and are followed by others: together they saw everything, and what came twice
   * was handled but not yet noted when its reader died.
   */
  @ParameterizedTest
  @CsvSource({
    "KEYSET,ANYWHERE",
    "TIME,ANYWHERE",
    "OFFSET,ANYWHERE",
    "KEYSET,EDGES",
    "OFFSET,EDGES",
    ",EDGES"
  })
  void readersThatCrashGoOnFromTheLastCheckpoint(@Nullable PagingMode mode, Drift.Place place) {
    if (mode == null) {
      emulator.set(Switch.LIST_FIELDS_FILTERABLE, "playbook_id");
      emulator.set(Switch.LIST_FIELDS_SORTABLE, "started_at");
    }
    SplittableRandom random = new SplittableRandom(SEED);
    Drift drift = new Drift(emulator, 1_500, SEED);
    List<String> handled = new ArrayList<>();
    List<String> unnoted = new ArrayList<>();
    String checkpoint = null;
    boolean over = false;
    for (int crash = 0; !over; crash++) {
      int lives = crash < 20 ? 1 + random.nextInt(120) : Integer.MAX_VALUE;
      // A process of its own has a client of its own.
      try (BlinkOpsClient reader = client(quick().build())) {
        ExecutionQuery query = reader.executions().find(Rql.all()).pageSize(50);
        query = mode == null ? query : query.paging(mode);
        query = checkpoint == null ? query : query.from(Checkpoint.parse(checkpoint));
        List<Checkpointed<Execution>> part =
            requireNonNull(query.checkpointed().take(lives).collectList().block(LONG));
        boolean diesBeforeItNotes = random.nextBoolean();
        for (int i = 0; i < part.size(); i++) {
          handled.add(id(part.get(i).value()));
          if (i == part.size() - 1 && diesBeforeItNotes && lives != Integer.MAX_VALUE) {
            unnoted.add(id(part.get(i).value()));
          } else {
            checkpoint = part.get(i).checkpoint().text();
          }
        }
        over = part.size() < lives;
      }
      drift.step(place);
    }
    Set<String> once = new HashSet<>();
    List<String> twice = handled.stream().filter(id -> !once.add(id)).toList();
    List<String> unexplained = new ArrayList<>(twice);
    unnoted.forEach(unexplained::remove);
    assertThat(unexplained).as(about("came again")).isEmpty();
    drift.checkSeen(once, about("crashes by " + mode));
  }

  private static String about(String what) {
    return what + ", seed " + SEED;
  }
}
