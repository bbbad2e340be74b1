package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blinkreactor.JsonValue;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Switch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exports over HTTP, from an emulator whose history is the truth. */
class ExportTest extends ExportSupport {

  ExportTest(@TempDir Path dir) {
    super(dir);
  }

  @Test
  void eachRowOnceAsTheVendorSentIt() throws Exception {
    Drift drift = drift(1_234);
    ExportSummary summary = run(export().toDirectory(archive()));
    List<String> lines = lines(archive());
    drift.check(ids(lines), "seed " + SEED);
    assertThat(summary.rows()).isEqualTo(1_234);
    assertThat(summary.progress().pages()).as("the last one is empty").isEqualTo(14);
    assertThat(summary.progress().mode()).isEqualTo(PagingMode.KEYSET);
    assertThat(summary.progress().expected()).isEqualTo(1_234);
    List<String> listed =
        client
            .executions()
            .find(Rql.all())
            .oldestFirst()
            .items()
            .map(e -> e.json().text())
            .collectList()
            .block(LONG);
    assertThat(lines).isEqualTo(listed);
    assertThat(files(archive()).stream().map(p -> p.getFileName().toString()))
        .containsExactly("manifest.json", "part-0001-000-00000.ndjson");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NONE", "GZIP"})
  void partsEndAtTheirBoundAndTheManifestTellsTheTruth(Compression compression) throws Exception {
    drift(2_000);
    run(
        export()
            .compression(compression)
            .partBytes(64 << 10)
            .checkpointEvery(Duration.ofMillis(20))
            .toDirectory(archive()));
    Map<?, ?> manifest =
        requireNonNull(
            JsonValue.parse(Files.readAllBytes(archive().resolve("manifest.json"))).as(Map.class));
    Map<?, ?> last = (Map<?, ?>) ((List<?>) requireNonNull(manifest.get("runs"))).get(0);
    Map<?, ?> slice = (Map<?, ?>) ((List<?>) requireNonNull(last.get("slices"))).get(0);
    List<?> parts = (List<?>) requireNonNull(slice.get("parts"));
    assertThat(parts).hasSizeGreaterThan(1);
    long rows = 0;
    for (Object each : parts) {
      Map<?, ?> part = (Map<?, ?>) each;
      Path file = archive().resolve(String.valueOf(part.get("name")));
      byte[] bytes = Files.readAllBytes(file);
      assertThat(part.get("bytes")).isEqualTo(bytes.length);
      assertThat(part.get("sha256"))
          .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
      List<String> lines = text(file).lines().toList();
      assertThat(part.get("rows")).isEqualTo(lines.size());
      Map<?, ?> first = (Map<?, ?>) requireNonNull(part.get("first"));
      assertThat(first.get("id")).isEqualTo(Execution.parse(lines.get(0)).id());
      assertThat(Instant.parse(String.valueOf(first.get("at"))))
          .isEqualTo(Execution.parse(lines.get(0)).createdAt());
      rows += lines.size();
    }
    assertThat(rows).isEqualTo(2_000);
    assertThat(lines(archive())).hasSize(2_000);
  }

  @Test
  void slicesWritePartsOfTheirOwnAndMissNothing() throws Exception {
    Drift drift = drift(3_000);
    ExportSummary summary = run(export().slices(4).toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertThat(summary.slices()).isEqualTo(16);
    assertThat(summary.progress().expected()).as("the list's, and no slice's").isEqualTo(3_000);
    assertThat(ids(lines(archive())))
        .as("names sort in the order of time")
        .isEqualTo(
            client
                .executions()
                .find(Rql.all())
                .oldestFirst()
                .items()
                .map(Execution::id)
                .collectList()
                .block(LONG));
  }

  @Test
  void aServerWithoutAFilterByTimeIsReadInOnePiece() throws Exception {
    emulator.set(Switch.LIST_FIELDS_FILTERABLE, "playbook_id");
    Drift drift = drift(1_000);
    ExportSummary summary = run(export().slices(4).toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertThat(summary.slices()).isEqualTo(1);
    assertThat(summary.progress().mode()).isEqualTo(PagingMode.OFFSET);
  }

  @Test
  void eachIncrementAddsWhatIsNewAndWhatHasEndedSince() throws Exception {
    Instant start = Instant.now().minus(Duration.ofHours(1));
    Map<String, Object> running = Map.of("state_ui", "Running", "finished_at", 0L);
    List<String> first = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      first.add(added(start.plusSeconds(i), i % 50 == 7 ? running : Map.of()));
    }
    Export export = export().partBytes(64 << 10);
    ExportSummary one = run(export.incremental().toDirectory(archive()));
    assertThat(one.rows()).isEqualTo(250);
    assertThat(one.unfinished()).isEqualTo(5);

    emulator.changeExecution(first.get(57), ended("Failed"));
    emulator.changeExecution(first.get(107), ended("Completed"));
    emulator.removeExecution(first.get(157));
    String second = added(Instant.now(), running);
    String third = added(Instant.now(), Map.of());
    awaitAge();
    ExportSummary two = run(increment());
    assertThat(two.rows()).isEqualTo(4);
    assertThat(two.again()).isEqualTo(2);
    assertThat(two.unfinished()).as("two of old, one new").isEqualTo(3);

    emulator.changeExecution(first.get(7), ended("Timeout"));
    emulator.changeExecution(second, ended("Cancelled"));
    emulator.changeExecution(third, Map.of("updated_at", 1L));
    ExportSummary three = run(increment());
    assertThat(three.rows()).isEqualTo(2);
    assertThat(three.again()).isEqualTo(2);
    assertThat(run(increment()).rows()).isZero();

    Verification found = assertSound(4);
    assertThat(found.rows()).isEqualTo(256);
    assertThat(found.again()).isEqualTo(4);
    Map<String, Execution> rows = new HashMap<>();
    requireNonNull(Archive.in(archive()).rows().collectList().block(LONG))
        .forEach(
            row -> {
              Execution execution = Execution.parse(row.text());
              assertThat(rows.put(requireNonNull(execution.id()), execution)).isNull();
            });
    assertThat(rows).hasSize(252);
    assertThat(requireNonNull(rows.get(first.get(57))).effectiveState())
        .isEqualTo(ExecutionState.FAILED);
    assertThat(requireNonNull(rows.get(first.get(7))).effectiveState())
        .isEqualTo(ExecutionState.TIMEOUT);
    assertThat(requireNonNull(rows.get(second)).effectiveState())
        .isEqualTo(ExecutionState.CANCELLED);
    assertThat(requireNonNull(rows.get(first.get(157))).isFinished())
        .as("BlinkOps has forgotten it")
        .isFalse();
    assertThat(requireNonNull(rows.get(first.get(207))).isFinished()).isFalse();
  }

  @Test
  void boundsOfTimeAreKept() throws Exception {
    drift(700);
    Instant from = Instant.parse("2026-03-01T00:00:10Z");
    Instant to = Instant.parse("2026-03-01T00:00:20Z");
    run(export().from(from).to(to).toDirectory(archive()));
    List<String> lines = lines(archive());
    assertThat(lines).hasSize(70);
    assertThat(lines)
        .allSatisfy(
            line ->
                assertThat(Execution.parse(line).createdAt()).isAfterOrEqualTo(from).isBefore(to));
    // What is left out at the end is left to the next one.
    ExportSummary rest = run(increment());
    assertThat(rest.rows()).isEqualTo(700 - 70 - 70);
    assertSound(2);
  }

  /** Where rows before the range are read, and passed over, page after page. */
  @ParameterizedTest
  @ValueSource(strings = {"created_at,started_at", "started_at"})
  void boundsOfTimeAreKeptWhereTheServerKeepsNone(String sortable) throws Exception {
    drift(3_000);
    run(export().toDirectory(dir.resolve("all")));
    Instant from = Instant.parse("2026-03-01T00:01:00Z");
    Instant to = from.plusSeconds(20);
    List<String> expected =
        lines(dir.resolve("all")).stream()
            .filter(
                line -> {
                  Instant at = requireNonNull(Execution.parse(line).createdAt());
                  return !at.isBefore(from) && at.isBefore(to);
                })
            .toList();
    assertThat(expected).hasSizeBetween(100, 2_000);
    emulator.set(Switch.LIST_FIELDS_FILTERABLE, "id,state");
    emulator.set(Switch.LIST_FIELDS_SORTABLE, sortable);
    emulator.set(Switch.FAULT_TRUNCATED, "0.1");
    Export export = client.executions().find(Rql.all()).pageSize(50).export().from(from).to(to);
    run(export.toDirectory(archive()));
    assertThat(lines(archive())).containsExactlyInAnyOrderElementsOf(expected);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CURSOR")
  void aRowOfTheMomentBeforeOrAtAnEndIsNotOfTheRange(PagingMode mode) throws Exception {
    Instant from = Instant.parse("2026-03-01T00:00:10Z");
    added(from.minusMillis(1), Map.of());
    Instant to = from.plusSeconds(1);
    added(to, Map.of());
    assertThat(run(bounded(mode, from, to).toDirectory(dir.resolve("none"))).rows()).isZero();
    String first = added(from, Map.of());
    String last = added(to.minusMillis(1), Map.of());
    run(bounded(mode, from, to).toDirectory(archive()));
    assertThat(ids(lines(archive()))).containsExactly(first, last);
  }

  private Export bounded(PagingMode mode, Instant from, Instant to) {
    return client.executions().find(Rql.all()).paging(mode).export().from(from).to(to);
  }

  @Test
  void lineBreaksBetweenTokensGoAndNothingElse() throws Exception {
    emulator.set(Switch.ELEMENT_FORMAT, "pretty");
    drift(50);
    run(export().toDirectory(archive()));
    List<String> listed =
        client
            .executions()
            .find(Rql.all())
            .oldestFirst()
            .items()
            .map(e -> e.json().text().replaceAll("[\r\n]", ""))
            .collectList()
            .block(LONG);
    assertThat(lines(archive())).isEqualTo(listed);
  }

  @Test
  void requestsKeepToTheirRate() throws Exception {
    drift(1_000);
    long start = System.nanoTime();
    ExportSummary summary = run(export().requestsPerSecond(20).slices(2).toDirectory(archive()));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(took).isGreaterThan(Duration.ofMillis((summary.progress().pages() - 1) * 50 - 50));
  }

  /** Of rows without a time, which come before all others, none is of a range that begins later. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aRowWithoutATimeIsNotInTheWayOfARange(int slices) throws Exception {
    drift(100);
    emulator.addExecution(Map.of("created_at", 0L));
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    run(export().slices(slices).from(from).toDirectory(archive()));
    assertThat(lines(archive())).hasSize(100);
  }

  @Test
  void whatIsToBeExportedIsCheckedAtOnce() {
    Export export = export();
    assertThatIllegalArgumentException().isThrownBy(() -> export.from(Instant.MIN));
    assertThatIllegalArgumentException().isThrownBy(() -> export.to(Instant.MAX));
    ExecutionQuery some = client.executions().find(Rql.all().select("id"));
    assertThatIllegalArgumentException().isThrownBy(some::export).withMessageContaining("select");
  }
}
