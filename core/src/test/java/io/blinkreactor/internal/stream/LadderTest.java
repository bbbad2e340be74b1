package io.blinkreactor.internal.stream;

import static io.blinkreactor.internal.stream.ListServer.ID_FILTER;
import static io.blinkreactor.internal.stream.ListServer.ID_SORT;
import static io.blinkreactor.internal.stream.ListServer.OFFSET;
import static io.blinkreactor.internal.stream.ListServer.OR;
import static io.blinkreactor.internal.stream.ListServer.TIME_FILTER;
import static io.blinkreactor.internal.stream.ListServer.TIME_SORT;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blinkreactor.StreamException;
import io.blinkreactor.internal.stream.ListServer.Row;
import io.blinkreactor.stream.Page;
import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which way of paging is taken at which server, what it costs to find out, and what is kept. */
class LadderTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final StreamOptions OPTIONS = StreamOptions.DEFAULTS;

  static Stream<Arguments> servers() {
    return Stream.of(
        Arguments.of(List.of(), Rung.KEYSET, 0),
        Arguments.of(List.of(OFFSET), Rung.KEYSET, 0),
        Arguments.of(List.of(ID_FILTER), Rung.TIME, 1),
        Arguments.of(List.of(OR), Rung.TIME, 1),
        Arguments.of(List.of(ID_SORT), Rung.TIME, 1),
        Arguments.of(List.of(ID_FILTER, OR, ID_SORT), Rung.TIME, 1),
        Arguments.of(List.of(TIME_FILTER), Rung.OFFSET, 1),
        Arguments.of(List.of(TIME_FILTER, ID_FILTER, ID_SORT), Rung.OFFSET, 1),
        Arguments.of(List.of(TIME_SORT), Rung.LOOSE_OFFSET, 1),
        Arguments.of(List.of(OR, TIME_SORT), Rung.LOOSE_OFFSET, 2),
        Arguments.of(List.of(TIME_FILTER, TIME_SORT), Rung.LOOSE_OFFSET, 2),
        Arguments.of(
            List.of(TIME_FILTER, ID_FILTER, OR, TIME_SORT, ID_SORT), Rung.LOOSE_OFFSET, 2));
  }

  @ParameterizedTest
  @MethodSource("servers")
  void theBestWayIsFoundByTheFirstPageAndRemembered(List<String> lacks, Rung rung, int extra) {
    ListServer server = ListServer.of(1_000, 1).lacking(lacks.toArray(new String[0]));
    List<String> newest = server.ids(Direction.NEWEST_FIRST);
    assertThat(names(server, OPTIONS, 250)).isEqualTo(newest.subList(0, 250));
    assertThat(server.calls()).isEqualTo(3 + extra);
    assertThat(last(server).rung()).isEqualTo(rung);

    assertThat(names(server, OPTIONS, 250)).isEqualTo(newest.subList(0, 250));
    assertThat(server.calls()).as("what was learnt is kept").isEqualTo(6 + extra);

    server.shaped("another filter");
    assertThat(names(server, OPTIONS, 250)).isEqualTo(newest.subList(0, 250));
    assertThat(server.calls()).as("but not for other queries").isEqualTo(9 + 2 * extra);

    Page<Row> page = requireNonNull(server.stream(OPTIONS).pages().blockFirst(PATIENCE), "a page");
    assertThat(page.mode()).isEqualTo(rung.mode());
    assertThat(names(server, OPTIONS.direction(Direction.OLDEST_FIRST), 1_000))
        .isEqualTo(server.ids(Direction.OLDEST_FIRST));
  }

  @Test
  void nothingPossibleIsAnErrorThatNamesWhatIsMissing() {
    ListServer server = ListServer.of(10, 1).lacking(TIME_SORT, OFFSET);
    StreamException first = failure(server, OPTIONS);
    assertThat(first)
        .hasMessageContaining("The server lacks what it takes to read List rows: ")
        .hasMessageContaining("offset")
        .hasCauseInstanceOf(ListServer.Refused.class);
    assertThat(first.checkpoint()).isNull();
    assertThat(first.delivered()).isZero();
    int calls = server.calls();
    assertThat(failure(server, OPTIONS))
        .hasMessageContaining("to read List rows: ")
        .hasMessageContaining(TIME_SORT)
        .hasMessageContaining(OFFSET);
    assertThat(server.calls()).as("known by now").isEqualTo(calls);
  }

  @Test
  void aWayThatIsForcedIsTakenAtOnceOrFails() {
    ListServer server = ListServer.of(150, 1).lacking(ID_FILTER);
    List<String> newest = server.ids(Direction.NEWEST_FIRST);
    assertThat(names(server, OPTIONS.forced(PagingMode.TIME), 999)).isEqualTo(newest);
    assertThat(server.asks()).extracting(PageAsk::rung).containsOnly(Rung.TIME);
    int calls = server.calls();
    assertThat(names(server, OPTIONS.forced(PagingMode.OFFSET), 999)).isEqualTo(newest);
    assertThat(server.asks().subList(calls, server.calls()))
        .extracting(PageAsk::rung)
        .containsOnly(Rung.OFFSET);

    for (int time = 0; time < 2; time++) {
      int before = server.calls();
      assertThat(failure(server, OPTIONS.forced(PagingMode.KEYSET)))
          .hasMessageContaining("by KEYSET: a filter by id.");
      assertThat(server.calls()).isLessThanOrEqualTo(before + 1);
    }
    assertThat(failure(server, OPTIONS.forced(PagingMode.CURSOR)))
        .hasMessageContaining("by CURSOR");
  }

  @Test
  void theOffsetMayBeLooseIfThatIsForced() {
    ListServer server = ListServer.of(150, 1).lacking(TIME_SORT);
    assertThat(names(server, OPTIONS.forced(PagingMode.OFFSET), 999))
        .isEqualTo(server.ids(Direction.NEWEST_FIRST));
    assertThat(server.asks())
        .extracting(PageAsk::rung)
        .containsExactly(Rung.OFFSET, Rung.LOOSE_OFFSET, Rung.LOOSE_OFFSET, Rung.LOOSE_OFFSET);
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void aPageTooLargeShrinksAndTheBoundIsKept(Rung rung) {
    ListServer server = ListServer.of(200, 1).only(rung).most(40, false);
    assertThat(names(server, OPTIONS, 999)).isEqualTo(server.ids(Direction.NEWEST_FIRST));
    assertThat(server.asks()).extracting(PageAsk::limit).startsWith(100, 40).endsWith(40);
    int calls = server.calls();
    assertThat(names(server, OPTIONS, 999)).isEqualTo(server.ids(Direction.NEWEST_FIRST));
    assertThat(server.calls()).isEqualTo(calls + calls - 1);
    assertThat(names(server, OPTIONS.pageSize(7), 20)).hasSize(20);
    assertThat(last(server).limit()).as("smaller ones stay as they are").isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void aBoundThatIsNoneIsTheServersError(Rung rung) {
    for (int bound : new int[] {0, -1, 100, 500}) {
      ListServer server =
          ListServer.of(200, 1)
              .only(rung)
              .answering(
                  (ask, honest) -> {
                    throw new ListServer.Refused(new Refusal.Limit(bound));
                  });
      assertThat(failure(server, OPTIONS)).hasCauseInstanceOf(ListServer.Refused.class);
      assertThat(server.calls()).isEqualTo(1);
    }
  }

  @Test
  void aFeatureThatIsRefusedAgainAndAgainEndsTheStream() {
    ListServer server =
        ListServer.of(200, 1)
            .answering(
                (ask, honest) -> {
                  throw new ListServer.Refused(new Refusal.Without(ID_FILTER));
                });
    assertThat(failure(server, OPTIONS)).hasCauseInstanceOf(ListServer.Refused.class);
    assertThat(server.calls()).isEqualTo(2);
  }

  @Test
  void aCheckpointOfAWayThatIsRefusedByNowCantBeUsed() {
    ListServer server = ListServer.of(200, 1);
    String checkpoint =
        requireNonNull(server.stream(OPTIONS).checkpointed().blockFirst(PATIENCE))
            .checkpoint()
            .text();
    server.lacking(OR);
    StreamException failure = failure(server, OPTIONS.resume(checkpoint));
    assertThat(failure)
        .hasMessageContaining("it goes on by KEYSET, and the server lacks $or.")
        .hasMessageContaining("Start without it.");
    assertThat(failure.checkpoint()).as("no place to go on from").isNull();
  }

  @Test
  void anAnswerWithoutCursorsMeansPagingByOffsetFromThereOn() {
    ListServer server = ListServer.of(250, 1).only(Rung.CURSOR, Rung.LOOSE_OFFSET);
    server.answering((ask, honest) -> bare(honest));
    for (int round = 0; round < 2; round++) {
      assertThat(names(server, OPTIONS, 999)).isEqualTo(server.ids(Direction.NEWEST_FIRST));
    }
    assertThat(server.asks())
        .extracting(PageAsk::rung)
        .containsOnlyOnce(Rung.CURSOR)
        .startsWith(Rung.CURSOR, Rung.LOOSE_OFFSET);
    server.forget();
    assertThat(failure(server, OPTIONS.forced(PagingMode.CURSOR)))
        .hasMessageContaining("The server has no cursors");
  }

  @Test
  void anEmptyAnswerWithoutCursorsIsAnEmptyList() {
    ListServer server = ListServer.of(0, 1).only(Rung.CURSOR, Rung.LOOSE_OFFSET);
    server.answering((ask, honest) -> bare(honest));
    assertThat(names(server, OPTIONS, 999)).isEmpty();
    assertThat(server.calls()).isEqualTo(1);
  }

  private static ListServer.Answer bare(ListServer.Answer honest) {
    return new ListServer.Answer(honest.rows(), new PageFetch.End(null, null, null, true));
  }

  private static PageAsk last(ListServer server) {
    return server.asks().get(server.calls() - 1);
  }

  private static List<String> names(ListServer server, StreamOptions options, int most) {
    return requireNonNull(
        server.stream(options).items().map(Row::name).take(most).collectList().block(PATIENCE));
  }

  private static StreamException failure(ListServer server, StreamOptions options) {
    StreamException failure =
        catchThrowableOfType(
            StreamException.class, () -> server.stream(options).items().blockLast(PATIENCE));
    return requireNonNull(failure, "a failure");
  }
}
