package io.blinkreactor.internal.stream;

import static io.blinkreactor.internal.stream.Direction.NEWEST_FIRST;
import static io.blinkreactor.internal.stream.Direction.OLDEST_FIRST;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blinkreactor.StreamException;
import io.blinkreactor.internal.stream.ListServer.Answer;
import io.blinkreactor.internal.stream.ListServer.Fault;
import io.blinkreactor.internal.stream.ListServer.Row;
import io.blinkreactor.stream.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/**
 * Servers that do other than they are asked: read whole all the same, or a typed error after the
 * rows that came; never a silent end, and never calls without end.
 */
class GuardTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int PAGE = 10;
  private static final StreamOptions OPTIONS = StreamOptions.DEFAULTS.pageSize(PAGE);

  @ParameterizedTest
  @EnumSource(names = {"CURSOR", "KEYSET", "TIME", "OFFSET"})
  void anIgnoredSortIsAnErrorThatNamesTheMember(Rung rung) {
    ListServer server = server(rung, 100);
    server.answering(
        (ask, honest) -> server.calls() >= 3 ? honest.rows(reversed(honest.rows())) : honest);
    Broken broken = broken(server, 7);
    assertThat(broken.error).hasMessageContaining("not sorted by created_at");
    assertThat(broken.got)
        .startsWith(server.ids(NEWEST_FIRST).subList(0, 18).toArray(new String[0]))
        // By a cursor it shows behind the page whether an order was asked for.
        .hasSizeLessThan(rung == Rung.CURSOR ? 31 : 22);
  }

  @Test
  void rowsOfOneTimeThatAreNotSortedByIdAreNamedToo() {
    ListServer server =
        ListServer.of(20, 20)
            .answering((ask, honest) -> honest.rows(reversed(honest.rows())))
            .only(Rung.KEYSET);
    assertThat(broken(server, 1).error)
        .hasMessageContaining("not sorted by id")
        .hasMessageContaining("PagingMode.TIME");
  }

  @ParameterizedTest
  @EnumSource(names = {"KEYSET", "TIME"})
  void anIgnoredFilterIsAnError(Rung rung) {
    ListServer server = server(rung, 100);
    List<Row> firstPage = new ArrayList<>();
    server.answering(
        (ask, honest) -> {
          if (firstPage.isEmpty()) {
            firstPage.addAll(honest.rows());
          }
          return honest.rows(firstPage);
        });
    Broken broken = broken(server, 2);
    assertThat(broken.error).hasMessageContaining("ignores 'filter'");
    assertThat(broken.got).hasSize(PAGE);
  }

  /** Slices and followed lists have a bound before their first row. */
  @ParameterizedTest
  @CsvSource({
    "KEYSET,OLDEST_FIRST",
    "TIME,OLDEST_FIRST",
    "KEYSET,NEWEST_FIRST",
    "TIME,NEWEST_FIRST"
  })
  void anIgnoredFilterIsFoundOutBeforeTheFirstRowToo(Rung rung, Direction way) {
    ListServer server = server(rung, 400);
    PageAsk open = new PageAsk(rung, way, null, Range.ALL, 0, null, PAGE, Set.of());
    List<Row> start = requireNonNull(server.fetch(open).rows().collectList().block(PATIENCE));
    server.answering((ask, honest) -> ask.limit() == PAGE ? honest.rows(start) : honest);
    assertThat(broken(server, OPTIONS.direction(way).parallel(4), 40).error)
        .hasMessageContaining("filter");
  }

  @ParameterizedTest
  @CsvSource({"OFFSET,100", "OFFSET,10", "OFFSET,3", "LOOSE_OFFSET,100", "LOOSE_OFFSET,10"})
  void anIgnoredOffsetIsAnError(Rung rung, int rows) {
    ListServer server = server(rung, rows);
    List<Row> first = new ArrayList<>();
    server.answering(
        (ask, honest) -> {
          if (first.isEmpty()) {
            first.addAll(honest.rows());
          }
          return honest.rows(first);
        });
    Broken broken = broken(server, 6);
    assertThat(broken.error).hasMessageContaining("does not heed 'offset'");
    assertThat(broken.got).hasSize(Math.min(rows, PAGE));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void cursorsThatComeRoundAgainAreAnError(int round) {
    ListServer server = server(Rung.CURSOR, 100);
    List<Answer> seen = new ArrayList<>();
    server.answering(
        (ask, honest) -> {
          seen.add(honest);
          return seen.size() <= round
              ? honest
              : honest.next(seen.get((seen.size() - 1) % round).end().nextToken(), true);
        });
    Broken broken = broken(server, 2 * round + 1);
    assertThat(broken.error).hasMessageContaining("the same cursor twice");
    assertThat(broken.got).doesNotHaveDuplicates().isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null"})
  void moreRowsWithoutACursorIsAnError(String token) {
    ListServer server =
        server(Rung.CURSOR, 100)
            .answering((ask, honest) -> honest.next(token.isEmpty() ? "" : null, true));
    Broken broken = broken(server, 1);
    assertThat(broken.error).hasMessageContaining("more rows, but hands out no cursor");
    assertThat(broken.got).hasSize(PAGE);
  }

  @Test
  void theCursorCountsMoreThanWhatIsSaidBesideIt() {
    ListServer server = server(Rung.CURSOR, 100);
    server.answering((ask, honest) -> honest.next(honest.end().nextToken(), null).total(3L));
    readsWhole(server, 10);
    server.answering((ask, honest) -> honest.next(honest.end().nextToken(), false).total(3_000L));
    readsWhole(server, 10);
  }

  @Test
  void emptyPagesWithCursorsAreReadOnButNotForEver() {
    ListServer filtered = server(Rung.CURSOR, 30);
    long newest = ListServer.FIRST_LATE - 1;
    filtered.answering(
        (ask, honest) ->
            ask.token() == null
                ? Answer.of(List.of()).next((newest + 5) + "/", true)
                : ask.token().equals((newest + 5) + "/")
                    ? Answer.of(List.of()).next((newest + 1) + "/", true)
                    : honest);
    readsWhole(filtered, 5);
    ListServer endless = server(Rung.CURSOR, 30);
    endless.answering((ask, honest) -> Answer.of(List.of()).next("0/" + endless.calls(), true));
    assertThat(broken(endless, 1_001).error).hasMessageContaining("pages in a row");
  }

  /** The second slice has bounds on both sides, and nothing to go on after yet. */
  @ParameterizedTest
  @EnumSource(names = {"KEYSET", "TIME"})
  void rowsBeforeTheBoundsAloneAreAnErrorToo(Rung rung) {
    ListServer server = server(rung, 400);
    PageAsk open = new PageAsk(rung, OLDEST_FIRST, null, Range.ALL, 0, null, PAGE, Set.of());
    List<Row> start = requireNonNull(server.fetch(open).rows().collectList().block(PATIENCE));
    server.answering(
        (ask, honest) ->
            ask.range().from() != null && ask.range().to() != null && ask.after() == null
                ? honest.rows(start)
                : honest);
    assertThat(broken(server, OPTIONS.direction(OLDEST_FIRST).parallel(2), 60).error)
        .hasMessageContaining("A page held no row of the times asked for");
  }

  @Test
  void aLostCursorIsCaughtUpWithBeyondTheIdsThatAreKept() {
    ListServer server = server(Rung.CURSOR, 400).forgettingCursors(call -> call == 30);
    readsWhole(server, 71);
  }

  @Test
  void cursorsMayBeLostAgainAndAgainAsLongAsNewRowsCome() {
    ListServer server =
        server(Rung.CURSOR, 100).forgettingCursors(call -> Set.of(4, 9, 15, 22).contains(call));
    readsWhole(server, 33);
  }

  @Test
  void aCursorsPageThatCameBeforeIsPassedOver() {
    ListServer server = server(Rung.CURSOR, 100);
    List<Row> first = new ArrayList<>();
    server.answering(
        (ask, honest) -> {
          if (first.isEmpty()) {
            first.addAll(honest.rows());
          }
          return server.calls() == 3 ? honest.rows(first) : honest;
        });
    assertThat(names(server)).doesNotHaveDuplicates().hasSize(90);
  }

  @ParameterizedTest
  @EnumSource(names = {"KEYSET", "TIME"})
  void aKeyThatStandsStillIsAnError(Rung rung) {
    ListServer server = server(rung, 100);
    List<Row> second = new ArrayList<>();
    server.answering(
        (ask, honest) -> {
          if (server.calls() == 2) {
            second.addAll(honest.rows());
          }
          return server.calls() > 2 ? honest.rows(second) : honest;
        });
    assertThat(broken(server, 3).got).hasSizeBetween(19, 20);
  }

  @ParameterizedTest
  @EnumSource(names = "CURSOR", mode = EnumSource.Mode.EXCLUDE)
  void anEmptyPageInTheMiddleIsNotTheEndIfThereIsATotal(Rung rung) {
    for (int empty = 1; empty <= 10; empty++) {
      int at = empty;
      ListServer server = server(rung, 95).counting();
      server.answering((ask, honest) -> server.calls() == at ? honest.rows(List.of()) : honest);
      readsWhole(server, 30);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OFFSET", "LOOSE_OFFSET"})
  void aHoleInTheListIsAnErrorIfThereIsATotal(Rung rung) {
    ListServer server = server(rung, 200).counting();
    server.answering((ask, honest) -> ask.skip() >= 50 ? honest.rows(List.of()) : honest);
    Broken broken = broken(server, 60);
    assertThat(broken.error).hasMessageContaining("is empty, though there are 200 rows");
    assertThat(broken.got).hasSizeGreaterThanOrEqualTo(50).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void noTotalMisleads(Rung rung) {
    for (long total : new long[] {-1, 0, 1, 10, 11, 50, 1_000_000, Long.MAX_VALUE}) {
      for (int rows : new int[] {0, 1, 9, 10, 11, 95, 100}) {
        ListServer server = server(rung, rows).answering((ask, honest) -> honest.total(total));
        readsWhole(server, 22);
      }
    }
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    Random random = new Random(seed);
    ListServer server =
        server(rung, 95).answering((ask, honest) -> honest.total((long) random.nextInt(200)));
    assertThat(names(server)).as("seed %d", seed).isEqualTo(server.ids(NEWEST_FIRST));
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void aRowWithoutAnIdIsAnErrorAfterTheRowsBeforeIt(Rung rung) {
    ListServer server = server(rung, 100);
    server.answering(
        (ask, honest) ->
            server.calls() == 2 ? with(honest, 5, row -> new Row(null, row.at(), 0)) : honest);
    Broken broken = broken(server, 2);
    assertThat(broken.error).hasMessageContaining("A row has no id");
    assertThat(broken.got).hasSizeBetween(12, 15);
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void aRowWithoutATimeIsAnErrorWhereTheTimeCounts(Rung rung) {
    ListServer server = server(rung, 40);
    server.answering((ask, honest) -> with(honest, 5, row -> new Row(row.id(), null, 0)));
    if (rung.keepsWindow()) {
      readsWhole(server, 8);
    } else {
      Broken broken = broken(server, 1);
      assertThat(broken.error).hasMessageContaining("A row has no created_at");
      assertThat(broken.got).hasSize(5);
    }
  }

  @Test
  void withoutAnyTimesIdsAloneSuffice() {
    for (Rung rung : List.of(Rung.CURSOR, Rung.LOOSE_OFFSET)) {
      ListServer server = server(rung, 500);
      server.answering(
          (ask, honest) ->
              honest.rows(honest.rows().stream().map(row -> new Row(row.id(), null, 0)).toList()));
      readsWhole(server, 60);
    }
  }

  @Test
  void aCursorThatIsGoneMeansReadingFromTheStartWithoutRepeating() {
    for (int gone = 2; gone < 10; gone++) {
      int at = gone;
      ListServer server =
          ListServer.of(95, 7).only(Rung.CURSOR).forgettingCursors(call -> call == at);
      readsWhole(server, 22);
      server =
          ListServer.of(95, 7).only(Rung.CURSOR).forgettingCursors(call -> call == 5 || call == 9);
      readsWhole(server, 22);
    }
  }

  @Test
  void cursorsThatAreAlwaysGoneAreAnError() {
    ListServer server = server(Rung.CURSOR, 100).forgettingCursors(call -> true);
    Broken broken = broken(server, 10);
    assertThat(broken.error)
        .hasMessageContaining("none of the cursors")
        .hasCauseInstanceOf(ListServer.Refused.class);
    assertThat(broken.got).hasSize(PAGE);
  }

  @Test
  void aCursorThatIsGoneWithoutTimesToFindThePlaceIsAnError() {
    ListServer server = server(Rung.CURSOR, 100).forgettingCursors(call -> call == 3);
    server.answering(
        (ask, honest) ->
            honest.rows(honest.rows().stream().map(row -> new Row(row.id(), null, 0)).toList()));
    Broken broken = broken(server, 3);
    assertThat(broken.error).hasCauseInstanceOf(ListServer.Refused.class);
    assertThat(broken.got).hasSize(20);
  }

  @Test
  void cursorsThatEndInTheMiddleAreAnError() {
    ListServer server = server(Rung.CURSOR, 100);
    server.only(Rung.CURSOR, Rung.LOOSE_OFFSET);
    server.answering(
        (ask, honest) ->
            ask.token() == null
                ? honest
                : new Answer(honest.rows(), new PageFetch.End(null, null, null, true)));
    Broken broken = broken(server, 2);
    assertThat(broken.error).hasMessageContaining("changed its contract");
    assertThat(broken.got).hasSize(20);
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void aCallThatFailsEndsTheStreamAfterTheRowsBeforeIt(Rung rung) {
    ListServer server = server(rung, 100);
    server.answering(
        (ask, honest) -> {
          if (server.calls() == 3) {
            throw new Fault(false);
          }
          return honest;
        });
    Broken broken = broken(server, 3);
    assertThat(broken.error)
        .hasCauseInstanceOf(Fault.class)
        .hasMessageContaining("broke off after " + broken.got.size() + " elements");
    assertThat(broken.got).hasSizeBetween(12, 20);

    ListServer again = server(rung, 100);
    again.answering(
        (ask, honest) -> {
          throw new Fault(false);
        });
    assertThat(catchThrowableOfType(StreamException.class, () -> readPages(again)))
        .as("no page is asked for again that failed before its first row")
        .isNotNull()
        .hasCauseInstanceOf(Fault.class);
    assertThat(again.calls()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void aPageThatAlwaysBreaksOffAtTheSamePlaceIsNotAskedForForEver(Rung rung) {
    ListServer server = ListServer.of(100, 7).only(rung).patience(10);
    server.delivering(page -> cut(page, 1));
    if (rung == Rung.KEYSET) {
      assertThat(names(server)).as("one row a call").isEqualTo(server.ids(NEWEST_FIRST));
    } else {
      assertThat(broken(server, 20).error).hasCauseInstanceOf(Fault.class);
    }
    ListServer whole =
        ListServer.of(100, 7).only(rung).patience(10).delivering(page -> cut(page, 5));
    assertThat(catchThrowableOfType(StreamException.class, () -> readPages(whole)))
        .hasCauseInstanceOf(Fault.class);
    assertThat(whole.calls()).isLessThanOrEqualTo(20);
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void aGroupOfOneTimeThatIsMoreThanAPageIsReadExactlyOrNotAtAll(Direction way) {
    StreamOptions options = StreamOptions.DEFAULTS.direction(way).pageSize(100);
    ListServer steady = ListServer.of(600, 150).only(Rung.TIME).most(100, false);
    List<String> got =
        requireNonNull(steady.stream(options).items().map(Row::name).collectList().block(PATIENCE));
    assertThat(got).containsExactlyInAnyOrderElementsOf(steady.ids(way)).doesNotHaveDuplicates();
    ListServer shuffled = ListServer.of(600, 150).only(Rung.TIME).most(100, false).shufflingTies();
    assertThat(
            catchThrowableOfType(
                StreamException.class,
                () -> shuffled.stream(options).items().collectList().block(PATIENCE)))
        .isNotNull()
        .hasMessageContaining("another order at each call");
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void rowsThatGoFromAGroupOfMoreThanAPageHideNoOthers(Direction way) {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20; round++) {
      ListServer server = ListServer.of(400, 100).only(Rung.TIME).most(20, false);
      server.churning(0, 2, random.split());
      List<String> before = server.ids(way);
      List<String> got =
          requireNonNull(
              server.stream(StreamOptions.DEFAULTS.direction(way).pageSize(20))
                  .items()
                  .map(Row::name)
                  .collectList()
                  .block(PATIENCE));
      Set<String> left = new HashSet<>(server.ids(way));
      left.retainAll(before);
      assertThat(got).as("seed %d", seed).doesNotHaveDuplicates().containsAll(left);
    }
  }

  @Test
  void aServerThatClampsPagesWithoutSayingSoIsNoEndlessLoop() {
    for (int largest : new int[] {5, 20}) {
      for (int pageSize : new int[] {1, 2, 3, 11, 24}) {
        ListServer server = ListServer.of(150, 10).only(Rung.OFFSET).most(largest, true);
        List<String> got =
            requireNonNull(
                server.stream(StreamOptions.DEFAULTS.pageSize(pageSize))
                    .items()
                    .map(Row::name)
                    .collectList()
                    .block(PATIENCE));
        assertThat(got).containsExactlyElementsOf(server.ids(NEWEST_FIRST));
        assertThat(server.calls()).isLessThan(400);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OFFSET", "LOOSE_OFFSET", "TIME"})
  void aServerOfOneRowAPageIsAnErrorWhereNothingWouldShowALoss(Rung rung) {
    ListServer server = ListServer.of(100, 7).only(rung).most(1, true);
    assertThat(broken(server, 20).error).hasMessageContaining("one row at a time");
  }

  /** Breaks off after some rows, if there are more. */
  private static Flux<Row> cut(Flux<Row> page, int after) {
    return page.index()
        .handle(
            (row, sink) -> {
              if (row.getT1() < after) {
                sink.next(row.getT2());
              } else {
                sink.error(new Fault(false));
              }
            });
  }

  private static List<Page<Row>> readPages(ListServer server) {
    return requireNonNull(server.stream(OPTIONS).pages().collectList().block(PATIENCE));
  }

  // What follows is how the servers above are made and read.

  private static ListServer server(Rung rung, int rows) {
    return ListServer.of(rows, 1).only(rung);
  }

  private static List<Row> reversed(List<Row> rows) {
    List<Row> reversed = new ArrayList<>(rows);
    Collections.reverse(reversed);
    return reversed;
  }

  private static Answer with(Answer honest, int index, UnaryOperator<Row> change) {
    List<Row> rows = new ArrayList<>(honest.rows());
    if (index < rows.size()) {
      rows.set(index, change.apply(rows.get(index)));
    }
    return honest.rows(rows);
  }

  private static List<String> names(ListServer server) {
    return requireNonNull(
        server.stream(OPTIONS).items().map(Row::name).collectList().block(PATIENCE));
  }

  private static void readsWhole(ListServer server, int mostCalls) {
    int before = server.calls();
    assertThat(names(server)).isEqualTo(server.ids(NEWEST_FIRST));
    assertThat(server.calls() - before).isLessThanOrEqualTo(mostCalls);
  }

  /** What came before the error, which tells the same. */
  private record Broken(StreamException error, List<String> got) {}

  private static Broken broken(ListServer server, int mostCalls) {
    return broken(server, OPTIONS, mostCalls);
  }

  private static Broken broken(ListServer server, StreamOptions options, int mostCalls) {
    List<String> got = new ArrayList<>();
    StreamException error =
        requireNonNull(
            catchThrowableOfType(
                StreamException.class,
                () ->
                    server.stream(options)
                        .items()
                        .doOnNext(row -> got.add(row.name()))
                        .blockLast(PATIENCE)),
            "an error");
    assertThat(server.calls()).isLessThanOrEqualTo(mostCalls);
    assertThat(got).doesNotHaveDuplicates();
    assertThat(error.delivered()).isEqualTo(got.size());
    // Where the order can't be trusted, rows before the place may be missing.
    boolean placeless = String.valueOf(error.getMessage()).contains("The server ignores ");
    assertThat(error.checkpoint() == null).isEqualTo(placeless || got.isEmpty());
    return new Broken(error, got);
  }
}
