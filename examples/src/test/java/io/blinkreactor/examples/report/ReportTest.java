package io.blinkreactor.examples.report;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.Rql;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.Switch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the report says is what the emulator recorded, and all foreign text in it is only text. */
class ReportTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-22T21:00:00Z"), ZoneOffset.UTC);

  private static final long NOON = Instant.parse("2026-11-20T12:00:00Z").toEpochMilli();

  private static final List<String> TAGS =
      List.of(
          ("!DOCTYPE html head meta title style body header main footer section div p h1 h2 ul li"
                  + " dl dt dd b span bdi code details summary table thead tbody tr th td svg g"
                  + " rect line text path circle desc")
              .split(" "));

  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          builder ->
              builder
                  .history(2_000)
                  .set(
                      Switch.RUN_OUTCOMES,
                      "Completed=60,Failed=20,Timeout=8,Cancelled=8,Skipped=4"));

  /** A run as the emulator recorded it. */
  private record Recorded(
      String state,
      String playbook,
      String name,
      long created,
      @Nullable Long took,
      @Nullable String code) {}

  @Test
  void itCountsWhatTheEmulatorRecorded(BlinkOpsEmulator emulator) {
    emulator.addExecution(Map.of("state_ui", "Running", "created_at", NOON));
    emulator.addExecution(Map.of("state_ui", "Paused", "created_at", NOON));
    List<Execution> runs = all(emulator);
    List<Recorded> recorded =
        runs.stream().map(run -> recorded(emulator.execution(requireNonNull(run.id())))).toList();
    assertThat(recorded).hasSize(2_002);
    Model model = Report.of(runs.iterator(), true, CLOCK).model();
    assertThat(model.runs()).isEqualTo(2_002);
    assertThat(model.finished()).isEqualTo(2_000);
    assertThat(model.gaps()).isEqualTo(new Model.Gaps(0, 2, 0, 0, List.of(), 0, 0));
    assertThat(
            model.states().stream().collect(Collectors.toMap(Model.State::name, Model.State::runs)))
        .isEqualTo(count(recorded, Recorded::state));
    assertThat(bars(model)).isEqualTo(expectedBars(recorded, model));
    checkBusiest(model, recorded);
    checkDurations(model, recorded);
    checkFailures(model, recorded);
  }

  private static List<Execution> all(BlinkOpsEmulator emulator) {
    try (BlinkOpsClient client =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .allowPlainHttp(true)
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .build()) {
      return requireNonNull(
          client.executions().find(Rql.all()).items().collectList().block(Duration.ofSeconds(20)));
    }
  }

  private static Recorded recorded(Map<String, @Nullable Object> row) {
    Object ended = row.get("finished_at");
    Object details = row.get("error_details");
    return new Recorded(
        (String) value(row, "state_ui"),
        (String) value(row, "playbook_id"),
        (String) value(row, "playbook_name"),
        (Long) value(row, "created_at"),
        ended instanceof Long end && end > 0 ? end - (Long) value(row, "started_at") : null,
        details instanceof Map<?, ?> map ? (String) map.get("error_code") : null);
  }

  private static Object value(Map<String, @Nullable Object> row, String name) {
    return requireNonNull(row.get(name), name);
  }

  private static <K> Map<K, Long> count(List<Recorded> runs, Function<Recorded, K> key) {
    return runs.stream().collect(Collectors.groupingBy(key, TreeMap::new, Collectors.counting()));
  }

  private static Map<LocalDateTime, Map<String, Long>> bars(Model model) {
    Map<LocalDateTime, Map<String, Long>> bars = new TreeMap<>();
    for (Model.Bar bar : model.timeline().bars()) {
      Map<String, Long> counts = new TreeMap<>();
      for (int i = 0; i < bar.counts().size(); i++) {
        if (bar.counts().get(i) > 0) {
          counts.put(model.states().get(i).name(), bar.counts().get(i));
        }
      }
      if (!counts.isEmpty()) {
        bars.put(bar.start(), counts);
      }
    }
    return bars;
  }

  private static Map<LocalDateTime, Map<String, Long>> expectedBars(
      List<Recorded> runs, Model model) {
    Map<LocalDateTime, List<Recorded>> byTime =
        runs.stream()
            .collect(
                Collectors.groupingBy(
                    run ->
                        model
                            .timeline()
                            .unit()
                            .start(Timeline.utc(Instant.ofEpochMilli(run.created())))));
    Map<LocalDateTime, Map<String, Long>> expected = new TreeMap<>();
    byTime.forEach((start, some) -> expected.put(start, count(some, Recorded::state)));
    return expected;
  }

  private static void checkBusiest(Model model, List<Recorded> runs) {
    Map<String, Long> counts = count(runs, Recorded::name);
    assertThat(model.busiest().rows()).hasSameSizeAs(counts.keySet());
    assertThat(model.busiest().rest()).isNull();
    assertThat(model.busiest().rows().stream().map(Model.Busy::runs).toList())
        .isSortedAccordingTo(Collections.reverseOrder());
    for (Model.Busy row : model.busiest().rows()) {
      List<Recorded> own = runs.stream().filter(run -> run.name().equals(row.name())).toList();
      assertThat(row.runs()).isEqualTo(own.size());
      assertThat(row.completed())
          .isEqualTo(own.stream().filter(run -> run.state().equals("Completed")).count());
      assertThat(row.finished()).isEqualTo(own.stream().filter(run -> run.took() != null).count());
      assertThat(row.trend().stream().mapToInt(i -> i).sum()).isEqualTo(own.size());
    }
  }

  private static void checkDurations(Model model, List<Recorded> runs) {
    assertThat(model.slowest().rows()).isNotEmpty();
    for (Model.Durations row : model.slowest().rows()) {
      List<Long> took =
          runs.stream()
              .filter(run -> run.name().equals(row.name()))
              .map(Recorded::took)
              .filter(Objects::nonNull)
              .map(Objects::requireNonNull)
              .sorted()
              .toList();
      assertThat(row.runs()).isEqualTo(took.size());
      assertThat(row.longest().toMillis()).isEqualTo(took.get(took.size() - 1));
      checkRank(row.median(), took, 0.5);
      checkRank(row.p95(), took, 0.95);
    }
  }

  /** To a hundredth. */
  private static void checkRank(Duration found, List<Long> sorted, double share) {
    long exact = sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    assertThat(found.toMillis()).isCloseTo(exact, within(1 + exact / 100));
  }

  private static void checkFailures(Model model, List<Recorded> runs) {
    List<Recorded> failed =
        runs.stream().filter(run -> List.of("Failed", "Timeout").contains(run.state())).toList();
    assertThat(model.failed()).isEqualTo(failed.size());
    Map<String, Long> counts =
        count(failed, run -> run.code() == null ? "" : requireNonNull(run.code()));
    assertThat(model.failures().rows()).hasSize(Aggregate.SHOWN);
    for (Model.Failure row : model.failures().rows()) {
      assertThat(row.runs()).isEqualTo(counts.get(row.code()));
      assertThat(row.example()).isNotEmpty();
    }
    Model.Failure rest = requireNonNull(model.failures().rest());
    assertThat(rest.runs() + model.failures().rows().stream().mapToLong(Model.Failure::runs).sum())
        .isEqualTo(failed.size());
    assertThat(model.failures().others()).isEqualTo(counts.size() - Aggregate.SHOWN);
  }

  @Test
  void nothingAtAllIsSaidInWords() {
    Report report = report(List.of());
    assertThat(report.runs()).isZero();
    assertThat(report.html())
        .contains("There are no runs in this archive")
        .doesNotContain("<table");
    checkMarkup(report.html());
  }

  @Test
  void aRunThatSaysNothingIsCounted() {
    Report report = report(List.of(Map.of(), Map.of("state_ui", "Completed")));
    checkMarkup(report.html());
    assertThat(report.model().gaps()).isEqualTo(new Model.Gaps(2, 1, 1, 0, List.of(), 0, 0));
    assertThat(report.html())
        .contains("no playbook", "no state", "No run says when it was created")
        .contains("2 runs without a creation and a start time")
        .contains("1 unfinished run not in the durations")
        .contains("1 finished run without a start time or an end time");
  }

  @Test
  void aTimeThatCannotBeIsNone() {
    Report report =
        report(
            List.of(
                run("Completed", NOON, NOON - 1),
                run("Completed", Long.MAX_VALUE, Long.MAX_VALUE),
                run("Completed", 1, 2),
                run("Completed", NOON, NOON + 5)));
    checkMarkup(report.html());
    assertThat(report.model().gaps()).isEqualTo(new Model.Gaps(2, 0, 2, 1, List.of(), 0, 0));
    assertThat(report.model().timeline().bars()).hasSize(1);
    assertThat(report.model().slowest().rows())
        .containsExactly(
            new Model.Durations(
                "name", 1, Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(5)));
  }

  @Test
  void unknownStatesAreShownUntilThereAreTooMany() {
    List<Map<String, Object>> rows = new ArrayList<>();
    rows.add(run("Completed", NOON, NOON + 1));
    rows.add(run("COMPLETED", NOON, NOON + 1));
    for (int state = 0; state < 100; state++) {
      for (int i = state; i < 100; i++) {
        rows.add(run("<State> " + state, NOON, 0));
      }
    }
    Report report = report(rows);
    checkMarkup(report.html());
    List<Model.State> states = report.model().states();
    assertThat(states).hasSize(States.BANDS + 1);
    assertThat(states.get(0)).isEqualTo(new Model.State("Completed", true, Slot.COMPLETED, 2));
    assertThat(states.get(1).name()).isEqualTo("<State> 0");
    assertThat(states.get(1).runs()).isEqualTo(100);
    assertThat(states).extracting(Model.State::slot).doesNotHaveDuplicates();
    assertThat(states.stream().mapToLong(Model.State::runs).sum()).isEqualTo(rows.size());
    assertThat(report.model().timeline().bars().get(0).total()).isEqualTo(rows.size());
    assertThat(report.html())
        .contains("&lt;State&gt; 0", "“Other states” are: <bdi>&lt;State&gt; 7")
        .contains("<dt>Timed out</dt><dd>0</dd>");
  }

  @Test
  void thousandsOfNamesAreCountedInOne() {
    int keys = 3 * Aggregate.KEYS;
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      Map<String, Object> row = run("Failed", NOON + i * 60_000L, NOON + i * 60_000L + 10);
      row.put("playbook_id", "p" + i);
      row.put("error_details", Map.of("error_code", "E" + i, "message", "m".repeat(500)));
      rows.add(row);
    }
    Report report = report(rows);
    checkMarkup(report.html());
    Model model = report.model();
    assertThat(model.gaps().playbookLimit()).isEqualTo(Aggregate.KEYS);
    assertThat(model.gaps().codeLimit()).isEqualTo(Aggregate.KEYS);
    assertThat(requireNonNull(model.busiest().rest()).runs()).isEqualTo(keys - Aggregate.SHOWN);
    assertThat(requireNonNull(model.slowest().rest()).runs()).isEqualTo(keys - Aggregate.SHOWN);
    assertThat(requireNonNull(model.failures().rest()).runs()).isEqualTo(keys - Aggregate.SHOWN);
    assertThat(report.html())
        .contains("more than 1,980 other playbooks", "and at least 47 more")
        .hasSizeLessThan(100_000);
  }

  @Test
  void theNewestNameIsShownAndEqualNamesAreToldApart() {
    Map<String, Object> old = run("Completed", NOON, NOON + 1);
    old.put("last_playbook_name", "old");
    Map<String, Object> other = run("Completed", NOON, NOON + 1);
    other.put("playbook_id", "0123456789");
    Model model = report(List.of(run("Completed", NOON + 5, NOON + 9), old, other)).model();
    assertThat(model.busiest().rows())
        .extracting(Model.Busy::name)
        .containsExactly("name (playbook)", "name (01234567…)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "</title></style></script><script>alert(1)</script>",
        "\" onmouseover=\"alert(1)\" x='y'",
        "<img src=x onerror=alert(1)> & &lt; &amp;",
        "100%s %d %n %",
        "封鎖可疑的 IP 🚫",
        "line\nbreak\r\nand\ttab",
        "\u0000\u0001\u001b[31m\u007f\u0085",
        "half of a pair: \ud83d",
        "\u202Ereversed"
      })
  void foreignTextIsOnlyText(String text) {
    Map<String, Object> row = run(text, NOON, NOON + 10);
    row.put("playbook_id", text);
    row.put("last_playbook_name", text);
    row.put("error_details", Map.of("error_code", text, "message", text));
    String html = Report.of(List.of(row(row)).iterator(), true, CLOCK).html();
    checkMarkup(html);
    String safe = Format.text(text);
    assertThat(html)
        .contains("<td role=\"cell\" class=\"name\"><bdi>" + safe + "</bdi></td>")
        .contains("<code><bdi>" + Format.text(text.strip()) + "</bdi></code>")
        .contains("\n" + safe + ": 1</title>");
  }

  /** Every tag is one of ours, with nothing in it that runs or loads. */
  private static void checkMarkup(String html) {
    Matcher tag = Pattern.compile("<(/?[!a-zA-Z][a-zA-Z0-9]*)([^<>]*)>").matcher(html);
    while (tag.find()) {
      assertThat(tag.group(1).replaceFirst("^/", "")).isIn(TAGS);
      assertThat(tag.group(2)).doesNotContainPattern("(?i)[\\s\"'/](on[a-z]+|style|href|src)\\s*=");
    }
    assertThat(tag.reset().replaceAll("")).doesNotContain("<");
    assertThat(html.chars().filter(Character::isISOControl).filter(c -> c != '\n' && c != '\t'))
        .allMatch(c -> c == '\r');
    assertThat(html)
        .contains("default-src 'none'; style-src 'sha256-")
        .doesNotContain("http://", "https://", "@import", "url(");
  }

  private static Map<String, Object> run(String state, long started, long ended) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("playbook_id", "playbook");
    row.put("last_playbook_name", "name");
    row.put("state_ui", state);
    row.put("created_at", started);
    row.put("started_at", started);
    row.put("finished_at", ended);
    return row;
  }

  private static Report report(List<Map<String, Object>> rows) {
    return Report.of(rows.stream().map(ReportTest::row).iterator(), true, CLOCK);
  }

  private static Execution row(Map<String, Object> row) {
    return Execution.parse(JsonValue.of(row).text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0=0 ms",
        "999=999 ms",
        "1000=1.0 s",
        "59949=59.9 s",
        "59950=1 min",
        "61000=1 min 1 s",
        "599999=10 min",
        "3599000=1 h",
        "3600000=1 h",
        "8130000=2 h 16 min",
        "86400000=1 d",
        "90000000=1 d 1 h",
        "864000000=10 d"
      })
  void durationsAreShort(String pair) {
    String[] parts = pair.split("=", -1);
    assertThat(Format.duration(Duration.ofMillis(Long.parseLong(parts[0])))).isEqualTo(parts[1]);
  }

  @Test
  void sharesAreNotRoundedToAllOrNothing() {
    assertThat(IntStream.of(0, 1, 5_000, 99_999, 100_000).mapToObj(i -> Format.percent(i, 100_000)))
        .containsExactly("0%", "&lt;0.1%", "5.0%", "&gt;99.9%", "100%");
  }
}
