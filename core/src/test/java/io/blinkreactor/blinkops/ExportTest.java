package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.StreamException;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportProgress;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

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
    Drift drift = drift(5_000);
    ExportSummary summary = run(export().slices(4).toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertThat(summary.slices()).isEqualTo(16);
    assertThat(summary.progress().expected()).as("the list's, and no slice's").isEqualTo(5_000);
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
    assertThat(summary.progress().expected()).isEqualTo(4_000);
    assertThat(emulator.count(Operation.LIST) - asked)
        .as("what was written is not read again")
        .isLessThanOrEqualTo((4_000 - stopped) / 100 + 2L * summary.slices() + 2);
  }

  @ParameterizedTest
  @CsvSource({"KEYSET,1", "KEYSET,4", "TIME,1", "TIME,3", "OFFSET,1"})
  void rowsThatComeAndGoMeanwhileAndFaultsDoNoHarm(PagingMode mode, int slices) throws Exception {
    Drift drift = drift(6_000);
    emulator.set(Switch.FAULT_503, "0.03");
    emulator.set(Switch.FAULT_RESET_AFTER, "0.03");
    emulator.set(Switch.FAULT_TRUNCATED, "0.03");
    ExportJob job =
        client
            .executions()
            .find(Rql.all())
            .paging(mode)
            .export()
            .lag(Duration.ofMillis(1))
            .slices(slices)
            .partBytes(64 << 10)
            .toDirectory(archive());
    Disposable drifting =
        job.progress(Duration.ofMillis(10)).subscribe(p -> drift.step(Drift.Place.ANYWHERE));
    ExportSummary summary = run(job);
    drifting.dispose();
    drift.check(ids(lines(archive())), mode + ", seed " + SEED);
    assertThat(summary.progress().retries()).as("faults that were met").isPositive();
    assertSound(1);
  }

  private Verification assertSound(int runs) {
    Verification found = requireNonNull(Archive.in(archive()).verify().block(LONG));
    assertThat(found.faults()).isEmpty();
    assertThat(found.complete()).as("after " + runs).isTrue();
    return found;
  }

  @Test
  void theSummaryHasWhatItCost() throws Exception {
    drift(250);
    emulator.set(Switch.FAULT_429, "1");
    emulator.set(Switch.FAULT_RETRY_AFTER, "seconds:1");
    emulator.set(Switch.FAULT_FIRST, "1");
    ExportSummary summary = run(export().toDirectory(archive()));
    assertThat(summary.progress().retries()).isEqualTo(1);
    assertThat(summary.progress().throttled()).isBetween(Duration.ofMillis(900), PATIENCE);
    assertThat(summary.checkpoint()).isNotNull();
    assertThat(summary.progress().bytes()).isEqualTo(Files.size(files(archive()).get(1)));
  }

  @Test
  void aTargetThatIsTakenIsLeftAlone() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    byte[] before = Files.readAllBytes(archive().resolve("manifest.json"));
    refused(export().toDirectory(archive()), ArchiveException.Reason.OCCUPIED, "incremental()");
    refused(
        export().resume().compression(Compression.GZIP).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "compression NONE, and not with GZIP");
    refused(
        client
            .executions()
            .find(Rql.where("playbook_id").eq(PLAYBOOK))
            .export()
            .resume()
            .toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "another list, workspace or filter");
    Path other = Files.createDirectory(dir.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "dear");
    refused(export().resume().toDirectory(other), ArchiveException.Reason.OCCUPIED, "no archive");
    assertThat(files(other)).hasSize(1);
    Path file = Files.writeString(dir.resolve("a.ndjson"), "x");
    refused(export().toFile(file), ArchiveException.Reason.OCCUPIED, "exists");
    assertThat(Files.readString(file)).isEqualTo("x");
    assertThat(Files.readAllBytes(archive().resolve("manifest.json"))).isEqualTo(before);
    refused(
        export().resume().from(Instant.EPOCH).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'from'");
    refused(
        export().resume().to(Instant.EPOCH).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'to'");
    refused(
        export().incremental().from(Instant.EPOCH).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'from'");
    for (Path below : List.of(file, file.resolve("x"), file.resolve("x/y"))) {
      refused(export().toDirectory(below), ArchiveException.Reason.OCCUPIED, file + " is a file");
    }
    assertThat(Files.readAllBytes(archive().resolve("manifest.json"))).isEqualTo(before);
    ExportSummary again = run(export().resume().toDirectory(archive()));
    assertThat(again.alreadyDone()).isTrue();
    assertThat(again.rows()).isEqualTo(300);
  }

  @Test
  void anIncrementMaySayAgainWhereItsArchiveBegins() throws Exception {
    Drift drift = drift(300);
    Instant from = Instant.EPOCH.plusMillis(1);
    for (int night = 0; night < 3; night++) {
      run(export().from(from).incremental().toDirectory(archive()));
    }
    run(export().incremental().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
  }

  @Test
  void anArchiveWithoutItsManifestIsNoEmptyDirectory() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    Files.delete(archive().resolve("manifest.json"));
    List<String> lines = lines(archive());
    for (Export export : List.of(export(), export().resume(), export().incremental())) {
      refused(
          export.toDirectory(archive()),
          ArchiveException.Reason.DAMAGED,
          "it may be an archive that has lost it");
    }
    assertThat(lines(archive())).isEqualTo(lines);
  }

  @Test
  void partsThatAnOlderManifestDoesNotListAreLeftAlone() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    byte[] older = Files.readAllBytes(archive().resolve("manifest.json"));
    added(Instant.now(), Map.of());
    awaitAge();
    run(export().incremental().toDirectory(archive()));
    assertThat(lines(archive())).hasSize(301);
    List<String> lines = lines(archive());
    Files.write(archive().resolve("manifest.json"), older);
    refused(
        export().incremental().toDirectory(archive()),
        ArchiveException.Reason.DAMAGED,
        "the manifest does not list it");
    assertThat(lines(archive())).isEqualTo(lines);
  }

  @Test
  void anExportThatWroteNothingIsNotInTheWay() throws Exception {
    Drift drift = drift(300);
    try (BlinkOpsClient mistyped =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey("not-the-key-0123456789")
            .workspace(emulator.workspace())
            .build()) {
      ExportJob refused =
          mistyped
              .executions()
              .find(Rql.where("playbook_id").eq(PLAYBOOK))
              .export()
              .compression(Compression.GZIP)
              .toDirectory(archive());
      assertThatThrownBy(() -> run(refused)).isInstanceOf(StreamException.class);
      run(export().toDirectory(archive()));
      drift.check(ids(lines(archive())), "seed " + SEED);
      ExportJob increment =
          mistyped
              .executions()
              .find(Rql.all())
              .export()
              .lag(Duration.ofMillis(1))
              .incremental()
              .toDirectory(archive());
      assertThatThrownBy(() -> run(increment)).isInstanceOf(StreamException.class);
    }
    assertThat(run(export().resume().toDirectory(archive())).alreadyDone()).isTrue();
    assertSound(1);
    run(export().incremental().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
  }

  @Test
  void aManifestCanNotHaveOtherFilesRead() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    Path manifest = archive().resolve("manifest.json");
    Path elsewhere = dir.resolve("part-0001-000-00000.ndjson");
    Files.copy(archive().resolve("part-0001-000-00000.ndjson"), elsewhere);
    Files.writeString(
        manifest, Files.readString(manifest).replace("\"part-0001", "\"../part-0001"));
    assertThatThrownBy(() -> Archive.in(archive()).rows().blockLast(LONG))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("out of their order");
    assertThatThrownBy(() -> Archive.in(archive()).verify().block(LONG))
        .isInstanceOf(ArchiveException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"runs\" : null",
        "\"runs\" : [ null ]",
        "\"slices\" : null",
        "\"parts\" : null",
        "\"parts\" : [ { } ]",
        "\"keys\" : null",
        "\"sha256\" : null",
        "\"version\" : 0",
        "\"number\" : 7"
      })
  void aManifestThatLacksSomethingIsDamaged(String member) throws Exception {
    drift(100);
    run(export().toDirectory(archive()));
    Path manifest = archive().resolve("manifest.json");
    JsonMapper mapper = JsonMapper.builder().build();
    JsonNode json = mapper.readTree(Files.readString(manifest));
    JsonNode other = mapper.readTree("{" + member + "}");
    String name = other.propertyNames().iterator().next();
    json.findParents(name).forEach(parent -> ((ObjectNode) parent).set(name, other.get(name)));
    Files.writeString(manifest, mapper.writeValueAsString(json));
    assertThatThrownBy(() -> Archive.in(archive()).verify().block(LONG))
        .isInstanceOfSatisfying(
            ArchiveException.class,
            e -> assertThat(e.reason()).isEqualTo(ArchiveException.Reason.DAMAGED));
    refused(
        export().resume().toDirectory(archive()), ArchiveException.Reason.DAMAGED, "manifest.json");
  }

  /** Also of a run that goes on, whose next part alone may be there without a note. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void partsOfARunThatGoesOnAreLeftAloneToo(boolean blank) throws Exception {
    drift(2_000);
    ExportJob job = export().partBytes(64 << 10).requestsPerSecond(20).toDirectory(archive());
    Disposable running = job.run().subscribe();
    Path manifest = archive().resolve("manifest.json");
    Awaitility.await().until(() -> Files.exists(manifest));
    byte[] older = Files.readAllBytes(manifest);
    if (!blank) {
      job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= 1).blockFirst(LONG);
      older = Files.readAllBytes(manifest);
    }
    int parts = new String(older, StandardCharsets.UTF_8).split("part-", -1).length - 1;
    job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= parts + 3).blockFirst(LONG);
    running.dispose();
    job.progress(Duration.ofMillis(5)).blockLast(LONG);
    assertThat(requireNonNull(Archive.in(archive()).verify().block(LONG)).faults()).isEmpty();
    Files.write(manifest, older);
    List<Path> files = files(archive());
    assertThat(requireNonNull(Archive.in(archive()).verify().block(LONG)).faults())
        .isNotEmpty()
        .allSatisfy(fault -> assertThat(fault).contains("is not in the manifest"));
    refused(
        export().partBytes(64 << 10).resume().toDirectory(archive()),
        ArchiveException.Reason.DAMAGED,
        "the manifest does not list it");
    assertThat(files(archive())).isEqualTo(files);
  }

  @Test
  void anArchiveThatHasLostAPartIsNotGoneOnWith() throws Exception {
    drift(300);
    run(export().partBytes(64 << 10).toDirectory(archive()));
    Path part = archive().resolve("part-0001-000-00001.ndjson");
    byte[] bytes = Files.readAllBytes(part);
    Files.write(part, Arrays.copyOf(bytes, bytes.length - 1));
    for (Export export : List.of(export().resume(), export().incremental())) {
      refused(
          export.toDirectory(archive()),
          ArchiveException.Reason.DAMAGED,
          "bytes in place of " + bytes.length);
    }
    Files.delete(part);
    for (Export export : List.of(export().resume(), export().incremental())) {
      refused(export.toDirectory(archive()), ArchiveException.Reason.DAMAGED, "is gone");
    }
  }

  @Test
  void whatChangedInAPartThatIsBeingWrittenIsFound() throws Exception {
    drift(1_000);
    ExportJob job =
        export().checkpointEvery(Duration.ofMillis(1)).requestsPerSecond(20).toDirectory(archive());
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() >= 200).blockFirst(LONG);
    running.dispose();
    job.progress(Duration.ofMillis(5)).blockLast(LONG);
    Path tmp = archive().resolve("part-0001-000-00000.ndjson.tmp");
    byte[] whole = Files.readAllBytes(tmp);
    byte[] bytes = whole.clone();
    bytes[1_000] ^= 1;
    Files.write(tmp, bytes);
    assertThat(requireNonNull(Archive.in(archive()).verify().block(LONG)).faults())
        .singleElement()
        .asString()
        .contains(".tmp has changed");
    refused(
        export().resume().toDirectory(archive()),
        ArchiveException.Reason.DAMAGED,
        ".tmp has changed");
    assertThat(tmp).hasBinaryContent(bytes);
    Files.delete(tmp);
    assertThat(requireNonNull(Archive.in(archive()).verify().block(LONG)).faults()).hasSize(1);
    Files.write(tmp, whole);
    run(export().resume().toDirectory(archive()));
    assertSound(1);
  }

  @Test
  void aPartThatIsGoneIsSaidToWhoReads() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    Files.delete(archive().resolve("part-0001-000-00000.ndjson"));
    assertThatThrownBy(() -> Archive.in(archive()).rows().blockLast(LONG))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("part-0001-000-00000.ndjson can't be read");
  }

  private static void refused(ExportJob job, ArchiveException.Reason reason, String text) {
    assertThatThrownBy(() -> run(job))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(text);
  }

  @Test
  void whatWasBegunIsGoneOnWithByTheSameOptionsAlone() throws Exception {
    Drift drift = drift(3_000);
    emulator.set(Switch.FAULT_SLOW_DELAY, "20ms");
    emulator.set(Switch.FAULT_SLOW, "1");
    Instant from = Instant.parse("2026-03-01T00:00:00Z");
    ExportJob job = export().from(from).slices(2).toDirectory(archive());
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 200).blockFirst(LONG);
    refused(
        export().from(from).slices(2).resume().toDirectory(archive()),
        ArchiveException.Reason.LOCKED,
        "Another export is writing");
    running.dispose();
    job.progress(Duration.ofMillis(5)).blockLast(LONG);
    emulator.set(Switch.FAULT_SLOW, "0");
    refused(
        export().from(from).slices(2).toDirectory(archive()),
        ArchiveException.Reason.OCCUPIED,
        "resume()");
    refused(
        export().from(from).slices(2).incremental().toDirectory(archive()),
        ArchiveException.Reason.OCCUPIED,
        "resume()");
    refused(
        export().from(from.plusSeconds(1)).slices(2).resume().toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'from'");
    refused(
        export().from(from).slices(3).resume().toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "slices 2, and not with 3");
    run(export().from(from).slices(2).resume().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertSound(1);
  }

  /** So that whoever reads the archive meanwhile, or after a kill, finds all that is whole. */
  @Test
  void aPartThatHasEndedIsInTheManifestAtOnce() throws Exception {
    Drift drift = drift(2_000);
    ExportJob job =
        export()
            .partBytes(64 << 10)
            .checkpointEvery(Duration.ofHours(1))
            .requestsPerSecond(20)
            .toDirectory(archive());
    Disposable running = job.run().subscribe();
    ExportProgress now =
        requireNonNull(
            job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= 3).blockFirst(LONG));
    Verification found = requireNonNull(Archive.in(archive()).verify().block(LONG));
    assertThat(found.complete()).isFalse();
    assertThat(found.faults()).isEmpty();
    assertThat(found.parts()).isGreaterThanOrEqualTo(now.parts() - 1);
    running.dispose();
    job.progress(Duration.ofMillis(5)).blockLast(LONG);
    // A kill may come between a part's name and the note of it.
    Path open =
        files(archive()).stream()
            .filter(file -> file.toString().endsWith(".tmp"))
            .findFirst()
            .orElseThrow();
    Files.move(open, Path.of(open.toString().replaceFirst("\\.tmp$", "")));
    assertThat(requireNonNull(Archive.in(archive()).verify().block(LONG)).faults()).isEmpty();
    run(export().partBytes(64 << 10).resume().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertSound(1);
  }

  /** Of a server that does not sort by the time of creation; over two processes. */
  @Test
  void rowsThatComeOutOfOrderAreNoDamage() throws Exception {
    emulator.set(Switch.LIST_FIELDS_SORTABLE, "started_at");
    Instant start = Instant.parse("2026-03-01T00:00:00Z");
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 900; i++) {
      ids.add(
          emulator.addExecution(
              Map.of(
                  "created_at",
                  start.plusSeconds(i < 300 ? 300 - i : i),
                  "started_at",
                  start.plusSeconds(1_000 + i),
                  "state_ui",
                  "Completed")));
    }
    ExportJob job = export().requestsPerSecond(50).toDirectory(archive());
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() >= 500).blockFirst(LONG);
    running.dispose();
    job.progress(Duration.ofMillis(5)).blockLast(LONG);
    ExportSummary summary = run(export().resume().toDirectory(archive()));
    assertThat(summary.progress().mode()).isEqualTo(PagingMode.OFFSET);
    assertThat(ids(lines(archive()))).containsExactlyInAnyOrderElementsOf(ids);
    assertSound(1);
  }

  /** Each of the processes sees an order of its own that is kept. Parquet leaves no open part. */
  @ParameterizedTest
  @EnumSource(
      value = ExportFormat.class,
      names = {"NDJSON", "PARQUET"})
  void rowsThatComeOutOfOrderBetweenTwoProcessesAreNoDamage(ExportFormat format) throws Exception {
    emulator.set(Switch.LIST_FIELDS_SORTABLE, "started_at");
    Instant start = Instant.parse("2026-03-01T00:00:00Z");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      ids.add(addedAt(start.plusSeconds(i), start.plusSeconds(1_000 + i)));
    }
    ExportJob job = export().format(format).requestsPerSecond(20).toDirectory(archive());
    breaksOff(job, 300);
    Verification before = requireNonNull(Archive.in(archive()).verify().block(LONG));
    assertThat(before.complete()).isFalse();
    int read = (int) requireNonNull(job.progress(Duration.ofMillis(5)).blockLast(LONG)).rows();
    assertThat(read).isBetween(300, 899);
    ids.subList(read, 900).forEach(emulator::removeExecution);
    for (int i = 0; i < 200; i++) {
      addedAt(start.plusSeconds(100 + i), start.plusSeconds(2_000 + i));
    }
    assertThat(run(export().format(format).resume().toDirectory(archive())).rows())
        .isEqualTo(read + 200L);
    assertSound(1);
  }

  /** Runs an export whose list breaks off once so many rows are there. */
  private void breaksOff(ExportJob job, long rows) {
    Disposable breaking =
        job.progress(Duration.ofMillis(1))
            .filter(p -> p.rows() >= rows)
            .subscribe(p -> emulator.set(Switch.FAULT_500, "1"));
    assertThatThrownBy(() -> run(job)).isInstanceOf(StreamException.class);
    breaking.dispose();
    emulator.set(Switch.FAULT_500, "0");
  }

  private String addedAt(Instant created, Instant started) {
    return emulator.addExecution(
        Map.of("created_at", created, "started_at", started, "state_ui", "Completed"));
  }

  /** Where a part can't be gone on with in the middle, a stop ends it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStopKeepsWhatCameAlsoAsParquet(boolean cancelled) throws Exception {
    drift(2_000);
    Export export = export().format(ExportFormat.PARQUET);
    ExportJob job = export.requestsPerSecond(20).toDirectory(archive());
    if (cancelled) {
      Disposable running = job.run().subscribe();
      job.progress(Duration.ofMillis(1)).filter(p -> p.rows() >= 500).blockFirst(LONG);
      running.dispose();
      job.progress(Duration.ofMillis(5)).blockLast(LONG);
    } else {
      breaksOff(job, 500);
    }
    assertThat(archive().resolve("part-0001-000-00000.parquet")).exists();
    ExportSummary summary =
        run(export().format(ExportFormat.PARQUET).resume().toDirectory(archive()));
    assertThat(summary.progress().before()).isGreaterThanOrEqualTo(500);
    assertThat(summary.rows()).isEqualTo(2_000);
    assertSound(1);
  }

  @Test
  void aListThatBreaksOffKeepsWhatCame() throws Exception {
    Drift drift = drift(2_000);
    ExportJob job = export().requestsPerSecond(50).toDirectory(archive());
    breaksOff(job, 500);
    long asked = emulator.count(Operation.LIST);
    run(export().resume().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertThat(emulator.count(Operation.LIST) - asked)
        .as("500 rows are not read again")
        .isLessThanOrEqualTo(17);
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

  /** What was just added is younger than the lag for a moment. */
  private static void awaitAge() {
    Instant added = Instant.now();
    Awaitility.await().until(() -> Instant.now().isAfter(added.plusMillis(5)));
  }

  private ExportJob increment() {
    return export().partBytes(64 << 10).incremental().toDirectory(archive());
  }

  private String added(Instant at, Map<String, Object> members) {
    Map<String, Object> all = new HashMap<>(members);
    all.put("created_at", at.toEpochMilli());
    return emulator.addExecution(all);
  }

  private static Map<String, Object> ended(String state) {
    return Map.of("state_ui", state, "finished_at", Instant.now().toEpochMilli());
  }

  @Test
  void aStreamGetsItsFirstLineBeforeTheSecondPageIsAskedFor() throws Exception {
    drift(100);
    List<Long> asked = new ArrayList<>();
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void flush() {
            if (toString(StandardCharsets.UTF_8).endsWith("\n")) {
              asked.add(emulator.count(Operation.LIST));
            }
          }
        };
    run(
        client
            .executions()
            .find(Rql.all())
            .pageSize(2)
            .export()
            .lag(Duration.ofMillis(1))
            .toStream(out));
    assertThat(asked.get(0)).as("pages when the first line was flushed").isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(100);
  }

  @Test
  void aSlowTargetSlowsThePaging() throws Exception {
    drift(3_000);
    CountDownLatch go = new CountDownLatch(1);
    OutputStream slow =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            try {
              go.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    BlinkOpsClient mayBlock =
        closing(
            BlinkOpsClient.builder()
                .baseUrl(emulator.baseUrl())
                .apiKey(emulator.apiKey())
                .workspace(emulator.workspace())
                .build());
    ExportJob job = mayBlock.executions().find(Rql.all()).export().toStream(slow);
    Disposable running = job.run().subscribe();
    Awaitility.await().until(() -> emulator.count(Operation.LIST) == 1);
    Awaitility.await()
        .during(Duration.ofMillis(300))
        .until(() -> emulator.count(Operation.LIST) == 1);
    running.dispose();
    go.countDown();
    job.progress(Duration.ofMillis(5)).blockLast(LONG);
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
  }

  @Test
  void aReaderThatGoesEndsTheReading() throws Exception {
    drift(3_000);
    OutputStream gone =
        new OutputStream() {
          private int written;

          @Override
          public void write(int b) throws IOException {
            written++;
            if (written > 5_000) {
              throw new IOException("Broken pipe");
            }
          }
        };
    refused(export().toStream(gone), ArchiveException.Reason.FAILED, "Broken pipe");
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
  }

  @Test
  void aFileIsWrittenByOneExportAtATime() throws Exception {
    drift(1_000);
    Path file = dir.resolve("all.ndjson");
    ExportJob job = export().requestsPerSecond(20).toFile(file);
    Mono<ExportSummary> first = job.run().cache();
    first.subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 100).blockFirst(LONG);
    refused(export().toFile(file), ArchiveException.Reason.LOCKED, "all.ndjson");
    assertThat(requireNonNull(first.block(LONG)).rows()).isEqualTo(1_000);
    assertThat(text(file).lines()).hasSize(1_000);
    refused(export().toFile(file), ArchiveException.Reason.OCCUPIED, "exists");
    assertThat(files(dir)).containsExactly(file);
  }

  @Test
  void aFileThatAppearsMeanwhileIsLeftAlone() throws Exception {
    drift(1_000);
    Path file = dir.resolve("all.ndjson");
    ExportJob job = export().requestsPerSecond(50).toFile(file);
    Mono<ExportSummary> running = job.run().cache();
    running.subscribe(done -> {}, error -> {});
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 100).blockFirst(LONG);
    Files.writeString(file, "mine");
    assertThatThrownBy(() -> running.block(LONG))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("exists");
    assertThat(Files.readString(file)).isEqualTo("mine");
    assertThat(files(dir)).containsExactly(file);
  }

  @Test
  void aFileIsThereWholeOrNotAtAll() throws Exception {
    drift(1_000);
    Path file = dir.resolve("all.ndjson.gz");
    emulator.set(Switch.FAULT_SLOW_DELAY, "20ms");
    emulator.set(Switch.FAULT_SLOW, "1");
    ExportJob job = export().compression(Compression.GZIP).toFile(file);
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 200).blockFirst(LONG);
    assertThat(file).doesNotExist();
    running.dispose();
    job.progress(Duration.ofMillis(5)).blockLast(LONG);
    assertThat(files(dir)).isEmpty();
    emulator.set(Switch.FAULT_SLOW, "0");
    run(export().compression(Compression.GZIP).toFile(file));
    assertThat(files(dir)).containsExactly(file);
    assertThat(text(file).lines()).hasSize(1_000);
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

  @ParameterizedTest
  @ValueSource(strings = {"flip", "cut", "twice", "gone", "stranger", "order", "count"})
  void whatWasChangedIsFound(String how) throws Exception {
    drift(400);
    run(export().partBytes(64 << 10).toDirectory(archive()));
    assertSound(1);
    Path part = files(archive()).get(2);
    List<String> lines = Files.readAllLines(part);
    switch (how) {
      case "flip" ->
          Files.writeString(part, Files.readString(part).replaceFirst("Completed", "completed"));
      case "cut" -> Files.write(part, Arrays.copyOf(Files.readAllBytes(part), 5_000));
      case "gone" -> Files.delete(part);
      case "stranger" -> Files.writeString(archive().resolve("part-0001-000-00099.ndjson"), "");
      case "twice" -> lines.set(1, lines.get(0));
      case "order" -> lines.add(lines.remove(10));
      default -> lines.remove(10);
    }
    if (List.of("twice", "order", "count").contains(how)) {
      // As somebody would who corrects the manifest, too: the rows themselves give it away.
      Files.write(part, lines);
      String manifest = Files.readString(archive().resolve("manifest.json"));
      String was =
          requireNonNull(
              SUMS.matcher(manifest).results().skip(1).findFirst().orElseThrow().group(1));
      String now =
          HexFormat.of()
              .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(part)));
      Files.writeString(archive().resolve("manifest.json"), manifest.replace(was, now));
    }
    Verification found = requireNonNull(Archive.in(archive()).verify().block(LONG));
    assertThat(found.isSound()).isFalse();
    assertThat(String.join(" ", found.faults()))
        .containsAnyOf(
            switch (how) {
              case "flip" -> "has changed";
              case "cut" -> "bytes in place of";
              case "gone" -> "is missing";
              case "stranger" -> "is not in the manifest";
              case "twice" -> "is there twice";
              case "order" -> "is out of order";
              default -> "rows in place of";
            });
  }

  /** What an upsert would hide. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsWrittenAgainIsThereOnceInARunAndWasThereBefore(boolean twice) throws Exception {
    Instant start = Instant.now().minus(Duration.ofHours(1));
    Map<String, Object> running = Map.of("state_ui", "Running", "finished_at", 0L);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(added(start.plusSeconds(i), running));
    }
    run(increment());
    ids.forEach(id -> emulator.changeExecution(id, ended("Completed")));
    run(increment());
    Path part = archive().resolve("part-0002-000-00000.ndjson");
    List<String> lines = Files.readAllLines(part);
    assertThat(lines).hasSize(5);
    lines.set(2, twice ? lines.get(1) : lines.get(2).replace(ids.get(2), "not-" + ids.get(2)));
    Files.write(part, lines);
    Verification found = requireNonNull(Archive.in(archive()).verify().block(LONG));
    assertThat(String.join(" ", found.faults()))
        .contains(twice ? "is there twice" : "no earlier export has it");
  }

  private static final Pattern SUMS = Pattern.compile("\"sha256\" : \"([0-9a-f]{64})\"");
}
