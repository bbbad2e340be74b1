package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlaxelListTest {
  private final TurnableClock clock = new TurnableClock(Instant.parse("2026-06-01T12:00:00Z"));

  @Order(1)
  @RegisterExtension
  final BlaxelEmulatorExtension blaxel =
      BlaxelEmulatorExtension.create(
          builder -> builder.history(60).clock(clock).workspaces("other").jobs("second"));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  private BlaxelEmulator emulator;
  private BlaxelCalls calls;
  private List<String> newestFirst;

  @BeforeEach
  void connect() {
    emulator = blaxel.emulator();
    calls = new BlaxelCalls(emulator);
    newestFirst = emulator.executionIds();
  }

  private static List<String> reversed(List<String> ids) {
    List<String> reversed = new ArrayList<>(ids);
    Collections.reverse(reversed);
    return reversed;
  }

  private static String createdAt(@Nullable Object row) {
    return String.valueOf(BlaxelCalls.at(row, "metadata", "createdAt"));
  }

  private String addAt(String createdAt) {
    return emulator.addExecution(Map.of("metadata", Map.of("createdAt", createdAt)));
  }

  @Test
  void theLegacyContractIsABareArrayPagedByOffset() throws Exception {
    for (BlaxelCalls old :
        List.of(calls.legacy(), calls.with(BlaxelApi.VERSION_HEADER, BlaxelCalls.LEGACY))) {
      assertThat(old.list("").ids()).isEqualTo(newestFirst.subList(0, 20));
      assertThat(old.list("limit=7&offset=5").ids()).isEqualTo(newestFirst.subList(5, 12));
      assertThat(old.list("limit=100&offset=55").ids()).isEqualTo(newestFirst.subList(55, 60));
      assertThat(old.list("offset=60").json()).isEqualTo(List.of());
      assertThat(old.list("offset=1000").json()).isEqualTo(List.of());
      assertThat(old.list("limit=3&sort=name:asc&q=nothing&cursor=x").ids())
          .as("what only the later contract knows is ignored")
          .isEqualTo(newestFirst.subList(0, 3));
    }
  }

  @Test
  void theCursorContractWalksTheWholeHistoryOnce() throws Exception {
    BlaxelCalls.Reply first = calls.list("limit=7&offset=30");
    assertThat(first.map()).containsOnlyKeys("data", "meta");
    assertThat(first.ids()).as("the offset is ignored").isEqualTo(newestFirst.subList(0, 7));
    assertThat(first.part("meta")).containsEntry("hasMore", true).containsEntry("total", 60);
    assertThat(calls.list("").ids()).hasSize(20);
    assertThat(calls.walk("limit=7")).isEqualTo(newestFirst);
    BlaxelCalls.Reply last = calls.list("limit=100");
    assertThat(last.part("meta"))
        .containsEntry("hasMore", false)
        .containsEntry("nextCursor", "")
        .containsEntry("total", 60);
  }

  @ParameterizedTest
  @ValueSource(strings = {"offset", "keyset"})
  void everySortIsHonoured(String position) throws Exception {
    emulator.set(BlaxelSwitch.CURSOR_POSITION, position);
    List<String> byName = newestFirst.stream().sorted().toList();
    assertThat(calls.walk("limit=9&sort=createdAt:desc")).isEqualTo(newestFirst);
    assertThat(calls.walk("limit=9&sort=createdAt:asc")).isEqualTo(reversed(newestFirst));
    assertThat(calls.walk("limit=9&sort=name:asc")).isEqualTo(byName);
    assertThat(calls.walk("limit=9&sort=name:desc")).isEqualTo(reversed(byName));
    assertThat(calls.list("limit=60").rows().stream().map(BlaxelListTest::createdAt))
        .isSortedAccordingTo(Comparator.reverseOrder());
  }

  @Test
  void searchIsTrimmedLoweredAndIgnoredWhenShort() throws Exception {
    String some = newestFirst.get(10).substring(7, 12);
    List<String> matching = newestFirst.stream().filter(id -> id.contains(some)).toList();
    String q = "q=" + BlaxelCalls.encoded("  " + some.toUpperCase(Locale.ROOT) + " ");
    assertThat(calls.list(q).ids()).isEqualTo(matching).contains(newestFirst.get(10));
    assertThat(calls.list(q).part("meta")).as("filters do not count").containsEntry("total", 60);
    assertThat(calls.list("q=!&limit=60").ids()).isEqualTo(newestFirst);
    assertThat(calls.list("q=!!").ids()).isEmpty();
    assertThat(calls.walk("q=exec-&limit=25")).isEqualTo(newestFirst);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=",
        "sort=status:asc",
        "page=2",
        "limit=1&limit=2"
      })
  void wrongParametersAreRefused(String query) throws Exception {
    blaxel.allowViolations();
    BlaxelCalls.Reply refused = calls.list(query);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.map()).containsEntry("error", "bad_request").containsEntry("code", 400);
    assertThat(emulator.violations()).hasSize(1);
    assertThat(calls.list("q=" + "x".repeat(201)).status()).isEqualTo(400);
    assertThat(calls.legacy().list("offset=-1").status()).isEqualTo(400);
  }

  @Test
  void anUnknownVersionIsRefused() throws Exception {
    blaxel.allowViolations();
    BlaxelCalls.Reply refused = calls.with(BlaxelApi.VERSION_HEADER, "2031-01-01").list("");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.map())
        .containsEntry("error", "invalid_api_version")
        .containsOnlyKeys("error", "message");
  }

  @Test
  void aCursorIsBoundToItsQuery() throws Exception {
    String cursor = "&cursor=" + BlaxelCalls.encoded(calls.list("limit=5").cursor());
    assertThat(calls.list("limit=9" + cursor).ids())
        .as("the limit may change")
        .isEqualTo(newestFirst.subList(5, 14));
    assertThat(calls.list("limit=5&sort=createdAt:desc" + cursor).status()).isEqualTo(200);
    for (BlaxelCalls.Reply refused :
        List.of(
            calls.list("sort=createdAt:asc" + cursor),
            calls.list("q=exec" + cursor),
            calls.list("workspace=other" + cursor),
            calls.send("GET", "/jobs/second/executions?limit=5" + cursor, null),
            calls.tasks(newestFirst.get(0), "limit=5" + cursor),
            calls.list("cursor=made-up"),
            calls.list("cursor=" + BlaxelCalls.encoded("{}")))) {
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.map()).containsEntry("error", "invalid_cursor");
    }
    assertThat(emulator.violations()).isEmpty();
  }

  @Test
  void aCursorIsRefusedAfterADay() throws Exception {
    BlaxelCalls.Reply first = calls.list("limit=5");
    clock.turn(Duration.ofHours(24).minusMillis(1));
    BlaxelCalls.Reply second = calls.next("limit=5", first);
    assertThat(second.status()).isEqualTo(200);
    clock.turn(Duration.ofMillis(1));
    assertThat(calls.next("limit=5", first).status()).isEqualTo(400);
    assertThat(calls.next("limit=5", second).ids())
        .as("each page has a fresh one")
        .isEqualTo(newestFirst.subList(10, 15));
  }

  @Test
  void rowsThatComeAndGoMoveOffsetsButNotKeys() throws Exception {
    BlaxelCalls.Reply byOffset = calls.list("limit=10");
    BlaxelCalls.Reply legacy = calls.legacy().list("limit=10");
    emulator.set(BlaxelSwitch.CURSOR_POSITION, "keyset");
    BlaxelCalls.Reply byKey = calls.list("limit=10");
    assertThat(legacy.ids()).isEqualTo(byOffset.ids()).isEqualTo(byKey.ids());

    String late = addAt("2026-06-01T11:59:00Z");
    assertThat(emulator.executionIds().get(0)).isEqualTo(late);
    assertThat(calls.next("limit=10", byKey).ids()).isEqualTo(newestFirst.subList(10, 20));
    emulator.set(BlaxelSwitch.CURSOR_POSITION, "offset");
    assertThat(calls.next("limit=10", byOffset).ids())
        .as("one row comes again")
        .isEqualTo(newestFirst.subList(9, 19));
    assertThat(calls.legacy().list("limit=10&offset=10").ids())
        .isEqualTo(newestFirst.subList(9, 19));

    emulator.removeExecution(late);
    emulator.removeExecution(newestFirst.get(3));
    emulator.removeExecution(newestFirst.get(9));
    assertThat(calls.next("limit=10", byOffset).ids())
        .as("two rows are never met")
        .isEqualTo(newestFirst.subList(12, 22));
    emulator.set(BlaxelSwitch.CURSOR_POSITION, "keyset");
    assertThat(calls.next("limit=10", byKey).ids()).isEqualTo(newestFirst.subList(10, 20));
  }

  @Test
  void theHistoryIsPlausible() throws Exception {
    emulator.set(BlaxelSwitch.LIST_MAX_LIMIT, "1000");
    for (int i = 0; i < 3; i++) {
      addAt("2026-05-20T00:00:00.123456789Z");
    }
    List<Map<String, @Nullable Object>> rows = calls.list("limit=1000").rows();
    assertThat(rows).hasSize(63);
    assertThat(new HashSet<>(calls.list("limit=1000").ids())).hasSize(63);
    Set<Object> times = new HashSet<>();
    Set<Class<?>> envForms = new HashSet<>();
    Set<String> statuses = new HashSet<>();
    for (Map<String, @Nullable Object> row : rows) {
      times.add(createdAt(row));
      statuses.add(String.valueOf(row.get("status")));
      assertThat(row).containsOnlyKeys("metadata", "spec", "stats", "status", "tasks");
      assertThat(BlaxelCalls.members(row.get("metadata")))
          .containsKeys("cluster", "completedAt", "createdAt", "expiredAt", "id", "job")
          .containsKeys("startedAt", "updatedAt", "workspace");
      Map<String, @Nullable Object> spec = BlaxelCalls.members(row.get("spec"));
      assertThat(spec)
          .containsOnlyKeys("envOverride", "memoryOverride", "parallelism", "tasks", "timeout");
      Object env = Objects.requireNonNull(spec.get("envOverride"));
      envForms.add(env.getClass());
      assertThat(env instanceof String text ? Json.read(text) : env).isInstanceOf(Map.class);
      assertThat(BlaxelCalls.members(row.get("stats")))
          .containsOnlyKeys("cancelled", "failure", "retried", "running", "success", "total");
      Object first = ((List<?>) Objects.requireNonNull(row.get("tasks"))).get(0);
      assertThat(BlaxelCalls.members(first))
          .containsOnlyKeys("conditions", "metadata", "spec", "status");
    }
    assertThat(times).hasSizeBetween(40, 61);
    assertThat(statuses).contains("succeeded").hasSizeGreaterThan(1);
    assertThat(envForms).hasSize(2);
    assertThat(rows.stream().filter(row -> BlaxelCalls.at(row, "metadata", "deletedAt") != null))
        .isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({"createdAt:desc", "createdAt:asc", "name:asc", "name:desc"})
  void tasksAreListedByCursorFromTheLaterVersionOn(String sort) throws Exception {
    List<Map<String, Object>> tasks = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      tasks.add(Map.of("metadata", Map.of("name", "task-%03d".formatted(i)), "status", "running"));
    }
    String id = emulator.addExecution(Map.of("tasks", tasks, "status", "running"));
    List<String> names = new ArrayList<>();
    BlaxelCalls.Reply page = calls.tasks(id, "sort=" + sort);
    assertThat(page.rows()).hasSize(50);
    while (true) {
      page.rows()
          .forEach(row -> names.add(String.valueOf(BlaxelCalls.at(row, "metadata", "name"))));
      if (!page.hasMore()) {
        break;
      }
      page = calls.tasks(id, "sort=" + sort + "&cursor=" + BlaxelCalls.encoded(page.cursor()));
    }
    assertThat(names).hasSize(120).doesNotHaveDuplicates();
    assertThat(names.get(0)).isEqualTo(sort.equals("name:desc") ? "task-119" : "task-000");
    assertThat(calls.tasks(id, "limit=9999").rows()).hasSize(120);
    assertThat(calls.tasks(id, "q=TASK-00").rows()).hasSize(10);
    assertThat(calls.tasks(id, "limit=3").part("meta")).containsEntry("total", 120);
    assertThat(calls.tasks("none", "").status()).isEqualTo(404);
  }

  @Test
  void tasksAreNoRouteOfTheOldVersion() throws Exception {
    blaxel.allowViolations();
    assertThat(calls.legacy().tasks(newestFirst.get(0), "").status()).isEqualTo(404);
    assertThat(emulator.violations()).hasSize(1);
  }
}
