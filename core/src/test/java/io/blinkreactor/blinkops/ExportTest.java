package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportProgress;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Exports over HTTP, from an emulator whose history is the truth. */
class ExportTest extends SwitchTest {

  private static final Duration LONG = Duration.ofMinutes(2);
  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  private final Path dir;

  ExportTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private Path archive() {
    return dir.resolve("archive");
  }

  private Export export() {
    return client.executions().find(Rql.all()).export().lag(Duration.ofMillis(1));
  }

  private static ExportSummary run(ExportJob job) {
    return requireNonNull(job.run().block(LONG));
  }

  /** The lines of all parts, in the order of the parts' names. */
  static List<String> lines(Path archive) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path part : files(archive)) {
      if (part.getFileName().toString().startsWith("part-")) {
        lines.addAll(text(part).lines().toList());
      }
    }
    return lines;
  }

  static List<Path> files(Path archive) throws IOException {
    try (Stream<Path> files = Files.list(archive)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static String text(Path part) throws IOException {
    try (InputStream file = Files.newInputStream(part);
        InputStream in = part.toString().endsWith(".gz") ? new GZIPInputStream(file) : file) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static List<String> ids(List<String> lines) {
    return lines.stream().map(line -> requireNonNull(Execution.parse(line).id())).toList();
  }

  private Drift drift(int rows) {
    return new Drift(emulator, rows, SEED);
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
    assertThat(parts).hasSizeGreaterThan(2);
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
    Drift drift = drift(5_000);
    ExportSummary summary = run(export().slices(4).toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertThat(summary.slices()).isEqualTo(16);
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

  @ParameterizedTest
  @CsvSource({"1,NONE", "4,NONE", "1,GZIP"})
  void aCancelledExportKeepsWhatItHasAndIsGoneOnWith(int slices, Compression compression)
      throws Exception {
    Drift drift = drift(4_000);
    emulator.set(Switch.FAULT_SLOW_DELAY, "5ms");
    emulator.set(Switch.FAULT_SLOW, "1");
    long stopped = 0;
    for (int i = 0; i < 5; i++) {
      ExportJob job =
          export()
              .slices(slices)
              .compression(compression)
              .partBytes(64 << 10)
              .resume()
              .toDirectory(archive());
      Disposable running = job.run().subscribe();
      long before = stopped;
      ExportProgress enough =
          requireNonNull(
              job.progress(Duration.ofMillis(5))
                  .filter(p -> p.rows() >= before + 300)
                  .blockFirst(LONG));
      running.dispose();
      ExportProgress last = requireNonNull(job.progress(Duration.ofMillis(5)).blockLast(LONG));
      assertThat(last.rows()).isGreaterThanOrEqualTo(enough.rows());
      stopped = last.rows();
    }
    emulator.set(Switch.FAULT_SLOW, "0");
    long asked = emulator.count(Operation.LIST);
    ExportSummary summary =
        run(
            export()
                .slices(slices)
                .compression(compression)
                .partBytes(64 << 10)
                .resume()
                .toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertThat(summary.rows()).isEqualTo(4_000);
    assertThat(emulator.count(Operation.LIST) - asked)
        .as("what was written is not read again")
        .isLessThanOrEqualTo((4_000 - stopped) / 100 + 2L * summary.slices() + 2);
  }
}
