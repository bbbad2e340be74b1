package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.StreamException;
import io.blinkreactor.stream.Page;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRequest;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

/** How lists are asked for at servers that allow less, and what that costs. */
class StreamLadderTest extends SwitchTest {

  private static final long START = 1_772_323_200_000L;
  private static final List<String> PLAYBOOKS = List.of("even", "odd", "third");

  /** A row of the emulator's as the test's own oracle sees it. */
  private record Known(String id, String playbook, long createdAt) {}

  private List<Known> fill(int rows, int ties) {
    List<Known> known = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      String playbook = PLAYBOOKS.get(i % 3);
      long createdAt = START + i / ties * 60_000L;
      String id = emulator.addExecution(Map.of("created_at", createdAt, "playbook_id", playbook));
      known.add(new Known(id, playbook, createdAt));
    }
    return known;
  }

  @ParameterizedTest
  @CsvSource({"micros,created", "micros,oldest", "seconds,created", "seconds,finished"})
  void aServerThatCountsTimeInAnotherUnitIsAnErrorInPlaceOfAnEmptyList(String unit, String way) {
    fill(5, 1);
    emulator.set(Switch.TIME_UNIT, unit);
    ExecutionQuery query = client.executions().find(Rql.all());
    Instant since = Instant.ofEpochMilli(START);
    Flux<?> rows =
        switch (way) {
          case "oldest" -> query.oldestFirst().items();
          case "created" -> query.followCreated(since, PATIENCE);
          default -> query.followFinished(since, PATIENCE);
        };
    assertThat(catchThrowableOfType(StreamException.class, () -> rows.blockFirst(PATIENCE)))
        .isNotNull()
        .hasMessageContaining("another unit");
  }

  /** A query, and which rows fit it. */
  private record Asked(Rql query, Predicate<Known> fits) {}

  private static Map<String, Asked> queries() {
    Map<String, Asked> queries = new LinkedHashMap<>();
    queries.put("all", new Asked(Rql.all(), row -> true));
    queries.put(
        "one", new Asked(Rql.where("playbook_id").eq("even"), row -> row.playbook.equals("even")));
    queries.put(
        "any of two",
        new Asked(
            Rql.anyOf(Rql.where("playbook_id").eq("even"), Rql.where("playbook_id").eq("third")),
            row -> !row.playbook.equals("odd")));
    queries.put(
        "any of two and not one",
        new Asked(
            Rql.anyOf(Rql.where("playbook_id").eq("even"), Rql.where("playbook_id").eq("third"))
                .and("playbook_id")
                .neq("third"),
            row -> row.playbook.equals("even")));
    queries.put(
        "twice the same operator",
        new Asked(
            Rql.where("playbook_id").neq("odd").and("playbook_id").neq("third"),
            row -> row.playbook.equals("even")));
    queries.put(
        "JSON",
        new Asked(
            Rql.filterJson("{\"playbook_id\":{\"$neq\":\"odd\"}}"),
            row -> !row.playbook.equals("odd")));
    queries.put(
        "JSON with $or",
        new Asked(
            Rql.filterJson("{\"$or\":[{\"playbook_id\":\"even\"},{\"playbook_id\":\"third\"}]}"),
            row -> !row.playbook.equals("odd")));
    queries.put("nothing", new Asked(Rql.where("playbook_id").eq("none"), row -> false));
    return queries;
  }

  /** Queries that need a filter by created_at themselves. */
  private static Map<String, Asked> queriesByTime() {
    long low = START + 2 * 60_000L;
    long high = START + 6 * 60_000L;
    Map<String, Asked> queries = new LinkedHashMap<>();
    queries.put(
        "from and to",
        new Asked(
            Rql.where("created_at").gte(low).and("created_at").lte(high),
            row -> row.createdAt >= low && row.createdAt <= high));
    queries.put(
        "before or after",
        new Asked(
            Rql.anyOf(Rql.where("created_at").lt(low), Rql.where("created_at").gt(high)),
            row -> row.createdAt < low || row.createdAt > high));
    queries.put(
        "JSON",
        new Asked(
            Rql.filterJson("{\"created_at\":{\"$gt\":" + low + "}}"), row -> row.createdAt > low));
    return queries;
  }

  /** Every server; without -Pfull every second one, each kind of filter and of order among them. */
  static Stream<Arguments> servers() {
    boolean full = Boolean.getBoolean("blinkreactor.full");
    List<Arguments> all = everyServer().toList();
    return IntStream.range(0, all.size())
        .filter(i -> full || i % 2 == (i / 6) % 2)
        .mapToObj(all::get);
  }

  private static Stream<Arguments> everyServer() {
    return Stream.of("all", "playbook_id,created_at", "playbook_id")
        .flatMap(
            filterable ->
                Stream.of("all", "created_at", "started_at")
                    .flatMap(
                        sortable ->
                            Stream.of("on", "off")
                                .map(nested -> Arguments.of(filterable, sortable, nested))));
  }

  private long refused() {
    return lists().stream().filter(request -> request.status() == 400).count();
  }

  private List<RecordedRequest> lists() {
    return emulator.requests().stream()
        .filter(request -> request.operation() == Operation.LIST)
        .toList();
  }

  private void server(String filterable, String sortable, String nested) {
    emulator.set(Switch.LIST_FIELDS_FILTERABLE, filterable);
    emulator.set(Switch.LIST_FIELDS_SORTABLE, sortable);
    emulator.set(Switch.RQL_NESTED_OR, nested);
  }

  @ParameterizedTest
  @MethodSource("servers")
  void everyServerIsReadExactlyAndLearntByTwoRefusalsAtMost(
      String filterable, String sortable, String nested) {
    server(filterable, sortable, nested);
    List<Known> rows = fill(40, 3);
    Map<String, Asked> queries = queries();
    if (!filterable.equals("playbook_id")) {
      queriesByTime().forEach((name, asked) -> queries.put("time: " + name, asked));
    }
    queries.forEach(
        (name, asked) -> {
          List<String> expected = rows.stream().filter(asked.fits).map(Known::id).sorted().toList();
          BlinkOpsClient fresh = client(quick().build());
          long before = refused();
          ExecutionQuery query = fresh.executions().find(asked.query).pageSize(7);
          assertThat(ids(query).stream().sorted().toList()).as(name).isEqualTo(expected);
          assertThat(refused() - before).as("%s: refused at first", name).isLessThanOrEqualTo(2);
          long learnt = refused();
          assertThat(ids(query).stream().sorted().toList()).as(name).isEqualTo(expected);
          if (!sortable.equals("started_at")) {
            assertThat(ids(query.oldestFirst()).stream().sorted().toList())
                .as("%s, oldest first", name)
                .isEqualTo(expected);
          }
          assertThat(refused() - learnt).as("%s: refused later", name).isZero();
        });
  }

  @ParameterizedTest
  @MethodSource("servers")
  void twoHundredAndFiftyRowsAreThreePages(String filterable, String sortable, String nested) {
    server(filterable, sortable, nested);
    fill(260, 1);
    ExecutionQuery query = client.executions().find(Rql.all()).pageSize(100);
    assertThat(got(query.items().take(250).count())).isEqualTo(250);
    long refused = refused();
    assertThat(refused).isLessThanOrEqualTo(2);
    assertThat(emulator.count(Operation.LIST)).isEqualTo(3 + refused);
    assertThat(got(query.items().take(250).count())).isEqualTo(250);
    assertThat(emulator.count(Operation.LIST)).as("learnt").isEqualTo(6 + refused);
  }

  @Test
  void whatOneQueryTaughtIsNotToldOfAnother() {
    List<Known> rows = fill(12, 1);
    emulator.set(Switch.RQL_NESTED_OR, "off");
    Rql two = Rql.anyOf(Rql.where("playbook_id").eq("even"), Rql.where("playbook_id").eq("odd"));
    assertThat(modes(two)).containsOnly(PagingMode.TIME);
    assertThat(modes(Rql.all())).as("it needs no nested $or").containsOnly(PagingMode.KEYSET);
    assertThat(rows).hasSize(12);
  }

  private List<PagingMode> modes(Rql query) {
    return got(client.executions().find(query).pageSize(5).pages().map(Page::mode).collectList());
  }

  @ParameterizedTest
  @EnumSource(
      value = PagingMode.class,
      names = {"KEYSET", "TIME", "OFFSET"})
  void aModeThatIsForcedIsTheOneThatIsUsed(PagingMode mode) {
    List<Known> rows = fill(40, 3);
    for (Asked asked : queries().values()) {
      List<String> expected = rows.stream().filter(asked.fits).map(Known::id).sorted().toList();
      ExecutionQuery query = client.executions().find(asked.query).pageSize(7).paging(mode);
      List<Page<Execution>> pages = got(query.pages().collectList());
      assertThat(pages).allSatisfy(page -> assertThat(page.mode()).isEqualTo(mode));
      assertThat(pages.stream().flatMap(page -> page.items().stream()).map(SwitchTest::id).sorted())
          .containsExactlyElementsOf(expected);
    }
    assertThat(refused()).isZero();
    String sent = query(lists().get(1));
    assertThat(sent.contains("\"offset\"")).isEqualTo(mode == PagingMode.OFFSET);
    assertThat(sent.contains("$or")).isEqualTo(mode == PagingMode.KEYSET);
  }

  @ParameterizedTest
  @CsvSource({
    "KEYSET,'playbook_id,created_at',all",
    "KEYSET,all,created_at",
    "TIME,playbook_id,all",
    "TIME,all,started_at",
    "OFFSET,all,name"
  })
  void aForcedModeThatTheServerDoesNotAllowIsAnErrorThatSaysSo(
      PagingMode mode, String filterable, String sortable) {
    server(filterable, sortable, "on");
    fill(5, 1);
    StreamException refused =
        catchThrowableOfType(
            StreamException.class,
            () -> client.executions().find(Rql.all()).paging(mode).items().blockLast(PATIENCE));
    assertThat(refused).hasMessageContaining("The server lacks");
    assertThat(refused.advice()).contains("PagingMode");
    assertThat(refused.getCause()).isInstanceOf(InvalidRequestException.class);
    assertThat(refused.checkpoint()).isNull();
    StreamException again =
        catchThrowableOfType(
            StreamException.class,
            () -> client.executions().find(Rql.all()).paging(mode).items().blockLast(PATIENCE));
    assertThat(again).hasMessageContaining(mode.name());
    assertThat(emulator.count(Operation.LIST)).as("known by then").isLessThanOrEqualTo(2);
  }

  @Test
  void theOffsetModeIsAllowedWhereOnlyTheVendorsOwnOrderIs() {
    server("playbook_id", "started_at", "off");
    List<Known> rows = fill(20, 1);
    assertThat(ids(client.executions().find(Rql.all()).pageSize(6).paging(PagingMode.OFFSET)))
        .containsExactlyInAnyOrderElementsOf(rows.stream().map(Known::id).toList());
    assertThat(query(lists().get(1))).contains("\"-started_at\"");
  }

  @Test
  void aRowWithoutATimeIsAnErrorAfterThoseBeforeIt() {
    List<Known> rows = fill(4, 1);
    Map<String, @Nullable Object> none = new LinkedHashMap<>();
    none.put("created_at", null);
    emulator.changeExecution(rows.get(3).id, none);
    List<String> seen = new ArrayList<>();
    StreamException broken =
        catchThrowableOfType(
            StreamException.class,
            () ->
                client
                    .executions()
                    .find(Rql.all())
                    .paging(PagingMode.OFFSET)
                    .oldestFirst()
                    .items()
                    .doOnNext(row -> seen.add(id(row)))
                    .blockLast(PATIENCE));
    assertThat(broken).hasMessageContaining("has no created_at");
    assertThat(seen).hasSize(3);
  }

  @Test
  void aSelectionGainsTheMembersOfTheKey() {
    List<Known> rows = fill(12, 1);
    for (Rql query :
        List.of(Rql.all().select("name"), Rql.where("playbook_id").eq("even").select("name"))) {
      List<Execution> got = got(client.executions().find(query).pageSize(5).items().collectList());
      assertThat(got)
          .isNotEmpty()
          .allSatisfy(
              row -> {
                assertThat(row.name()).isNotNull();
                assertThat(row.id()).isNotNull();
                assertThat(row.createdAt()).isNotNull();
                assertThat(row.playbookId()).as("not asked for").isNull();
              });
    }
    assertThat(rows).hasSize(12);
    assertThat(lists())
        .allSatisfy(
            request ->
                assertThat(query(request)).contains("\"select\":[\"name\",\"id\",\"created_at\"]"));
    // Without a selection none is sent.
    ids(client.executions().find(Rql.all()));
    assertThat(query(lists().get(lists().size() - 1))).doesNotContain("select");
  }

  @Test
  void fallingIsMeasuredAndNamedInTheLog() {
    server("playbook_id", "created_at", "on");
    fill(40, 4);
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger("io.blinkreactor.internal.stream");
    log.start();
    logger.addAppender(log);
    try (BlinkOpsClient measured =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .meterRegistry(meters)
            .build()) {
      assertThat(ids(measured.executions().find(Rql.all()).pageSize(10))).hasSize(40);
      assertThat(counter(meters, "blinkreactor.stream.refused")).isEqualTo(2);
      double pages = counter(meters, "blinkreactor.stream.pages", "mode", "offset");
      assertThat(pages).isEqualTo(emulator.count(Operation.LIST) - 2.0);
      assertThat(counter(meters, "blinkreactor.stream.repeated", "mode", "offset"))
          .as("rows of the overlaps")
          .isGreaterThanOrEqualTo(pages - 2);
      assertThat(log.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly(
              "executions.list: the server lacks sorting by id, so the list is read by TIME",
              "executions.list: the server lacks a filter by created_at, so the list is read by OFFSET");
      server("all", "all", "on");
      assertThat(
              ids(
                  measured
                      .executions()
                      .find(Rql.where("playbook_id").eq("even"))
                      .pageSize(10)
                      .paging(PagingMode.KEYSET)))
          .hasSize(14);
      assertThat(counter(meters, "blinkreactor.stream.pages", "mode", "keyset")).isEqualTo(3);
      assertThat(counter(meters, "blinkreactor.stream.repeated", "mode", "keyset")).isZero();
      assertThat(meters.getMeters().stream().map(Meter::getId))
          .filteredOn(meter -> meter.getName().startsWith("blinkreactor.stream"))
          .allSatisfy(
              meter ->
                  assertThat(meter.getTags())
                      .allSatisfy(
                          tag -> {
                            assertThat(tag.getKey()).isIn("operation", "mode");
                            assertThat(tag.getValue())
                                .isIn("executions.list", "keyset", "time", "offset");
                          }));
    } finally {
      logger.detachAppender(log);
    }
  }

  private static double counter(SimpleMeterRegistry meters, String name, String... tags) {
    return meters.get(name).tag("operation", "executions.list").tags(tags).counter().count();
  }

  @Test
  void aBoundOfThePageThatTheServerNamesIsKeptToAndNamedInTheLog() {
    emulator.set(Switch.LIST_MAX_LIMIT, "10");
    List<Known> rows = fill(35, 3);
    for (PagingMode mode : List.of(PagingMode.KEYSET, PagingMode.TIME, PagingMode.OFFSET)) {
      BlinkOpsClient fresh = client(quick().build());
      long before = refused();
      assertThat(ids(fresh.executions().find(Rql.all()).paging(mode)))
          .containsExactlyInAnyOrderElementsOf(rows.stream().map(Known::id).toList());
      assertThat(refused() - before).isEqualTo(1);
    }
  }

  /** Bounds that are met at once cost one call each, and no more than that. */
  @Test
  void everyRefusalAtOnceIsLearntInThreeCalls() {
    server("playbook_id", "created_at", "off");
    emulator.set(Switch.LIST_MAX_LIMIT, "10");
    List<Known> rows = fill(35, 1);
    ExecutionQuery query = client.executions().find(Rql.all());
    assertThat(ids(query)).hasSize(rows.size());
    assertThat(refused()).as("the limit, the order and the filter").isEqualTo(3);
    assertThat(ids(query)).hasSize(rows.size());
    assertThat(refused()).isEqualTo(3);
  }

  private static String query(RecordedRequest request) {
    String uri = request.uri();
    String q = URLDecoder.decode(uri.substring(uri.indexOf("q=") + 2), StandardCharsets.UTF_8);
    return requireNonNull(JsonValue.parse(q)).text();
  }

  @Test
  void theOrderIsNewestFirstAndTheOtherOnRequest() {
    List<Known> rows = fill(30, 1);
    List<String> oldestFirst = rows.stream().map(Known::id).toList();
    List<String> newestFirst =
        IntStream.range(0, 30).mapToObj(i -> oldestFirst.get(29 - i)).toList();
    ExecutionQuery all = client.executions().find(Rql.all()).pageSize(7);
    assertThat(ids(all)).isEqualTo(newestFirst);
    assertThat(ids(all.oldestFirst())).isEqualTo(oldestFirst);
    assertThat(ids(all.oldestFirst().newestFirst())).isEqualTo(newestFirst);
    assertThat(ids(client.executions().find(Rql.all().sort("created_at")).pageSize(7)))
        .isEqualTo(oldestFirst);
    assertThat(ids(client.executions().find(Rql.all().sort("-created_at", "-id")).pageSize(7)))
        .isEqualTo(newestFirst);
  }
}
