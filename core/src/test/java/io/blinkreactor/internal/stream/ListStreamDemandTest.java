package io.blinkreactor.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.internal.stream.ListServer.Row;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.Page;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** No page comes that nobody asked for, through all that stands above the paged publisher. */
class ListStreamDemandTest {

  private static final int PAGE = 10;

  @ParameterizedTest
  @CsvSource({
    "0,0,0", "0,1,1", "0,10,1", "0,11,2", "0,20,2", "0,21,3", "1,0,0", "1,1,2", "1,10,2", "1,11,3",
    "3,0,0", "3,1,4", "3,10,4", "3,11,5"
  })
  void theTableOfDemandHolds(int lookAhead, long request, int pages) {
    for (boolean checkpointed : new boolean[] {true, false}) {
      for (Rung rung : List.of(Rung.CURSOR, Rung.KEYSET)) {
        ListServer server = ListServer.of(1_000, 1).only(rung);
        Collector<Row> rows = new Collector<>();
        rows(server, options(PAGE, lookAhead), checkpointed).subscribe(rows);
        if (request > 0) {
          rows.request(request);
        }
        assertThat(server.calls()).as("%s", rung).isEqualTo(pages);
        assertThat(rows.values()).hasSize((int) request);
        rows.cancel();
        rows.request(100);
        assertThat(server.calls()).isEqualTo(pages);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void atEveryQuietPointTheDemandExplainsThePages(boolean checkpointed) {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 500; round++) {
      int total = random.nextInt(200);
      int pageSize = 1 + random.nextInt(20);
      int lookAhead = random.nextInt(4);
      Rung rung = random.nextBoolean() ? Rung.CURSOR : Rung.KEYSET;
      ListServer server = ListServer.of(total, 1).only(rung);
      List<String> truth = server.ids(Direction.NEWEST_FIRST);
      Collector<Row> rows = new Collector<>();
      rows(server, options(pageSize, lookAhead), checkpointed).subscribe(rows);
      long requested = 0;
      while (!rows.completed() && requested < 300) {
        long more = 1L + random.nextInt(30);
        requested += more;
        rows.request(more);
        // A list by keys is known to be over by an empty page.
        int emptyOne = rung == Rung.KEYSET && requested > total ? 1 : 0;
        assertThat((long) server.calls())
            .as(
                "seed %d round %d: %d asked for, pages of %d, look-ahead %d",
                seed, round, requested, pageSize, lookAhead)
            .isLessThanOrEqualTo((requested + pageSize - 1) / pageSize + lookAhead + emptyOne);
        assertThat(rows.values().stream().map(Row::name).toList())
            .as("seed %d round %d", seed, round)
            .isEqualTo(truth.subList(0, (int) Math.min(requested, total)));
      }
      assertThat(rows.completed()).as("seed %d round %d", seed, round).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void asManyPagesComeAsAreAskedFor(Rung rung) {
    ListServer server = ListServer.of(1_000, 1).only(rung);
    Collector<Page<Row>> pages = new Collector<>();
    server.stream(options(PAGE, 0)).pages().subscribe(pages);
    assertThat(server.calls()).isZero();
    for (int n = 1; n < 8; n++) {
      pages.request(n);
      assertThat(pages.values()).hasSize(n * (n + 1) / 2);
      assertThat(server.calls()).isEqualTo(n * (n + 1) / 2);
    }
    assertThat(pages.values())
        .allSatisfy(
            page -> {
              assertThat(page.items()).hasSizeBetween(PAGE - 2, PAGE);
              assertThat(page.mode()).isEqualTo(rung.mode());
            });
    pages.cancel();
    pages.request(5);
    assertThat(server.calls()).isEqualTo(28);
  }

  private static StreamOptions options(int pageSize, int lookAhead) {
    return StreamOptions.DEFAULTS.pageSize(pageSize).lookAhead(lookAhead);
  }

  private static Flux<Row> rows(ListServer server, StreamOptions options, boolean checkpointed) {
    ListStream<Row> stream = server.stream(options);
    return checkpointed ? stream.checkpointed().map(Checkpointed::value) : stream.items();
  }
}
