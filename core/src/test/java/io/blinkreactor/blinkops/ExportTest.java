package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.JsonValue;
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
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

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
    long stopped = 0;
    for (int i = 0; i < 5; i++) {
      ExportJob job =
          export()
              .slices(slices)
              .compression(compression)
              .partBytes(64 << 10)
              .requestsPerSecond(SLOWLY)
              .resume()
              .toDirectory(archive());
      Disposable running = job.run().subscribe();
      long before = stopped;
      ExportProgress enough =
          requireNonNull(
              job.progress(Duration.ofMillis(5))
                  .filter(p -> p.rows() >= before + 300)
                  .blockFirst(LONG));
      ExportProgress last = stopped(job, running);
      assertThat(last.rows()).isGreaterThanOrEqualTo(enough.rows());
      stopped = last.rows();
    }
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
    Drift drift = drift(4_000);
    emulator.set(Switch.FAULT_503, "0.05");
    emulator.set(Switch.FAULT_RESET_AFTER, "0.05");
    emulator.set(Switch.FAULT_TRUNCATED, "0.05");
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
    drift.stepAtEachPage(Drift.Place.ANYWHERE, 60);
    ExportSummary summary = run(job);
    assertThat(drift.steps()).isEqualTo(60);
    drift.check(ids(lines(archive())), mode + ", seed " + SEED);
    assertThat(summary.progress().retries()).as("faults that were met").isPositive();
    assertSound(1);
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

  /** So that whoever reads the archive meanwhile, or after a kill, finds all that is whole. */
  @Test
  void aPartThatHasEndedIsInTheManifestAtOnce() throws Exception {
    Drift drift = drift(2_000);
    ExportJob job =
        export()
            .partBytes(64 << 10)
            .checkpointEvery(Duration.ofHours(1))
            .requestsPerSecond(SLOWLY)
            .toDirectory(archive());
    Disposable running = job.run().subscribe();
    ExportProgress now =
        requireNonNull(
            job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= 3).blockFirst(LONG));
    Verification found = verified();
    assertThat(found.complete()).isFalse();
    assertThat(found.faults()).isEmpty();
    assertThat(found.parts()).isGreaterThanOrEqualTo(now.parts() - 1);
    stopped(job, running);
    // A kill may come between a part's name and the note of it.
    Path open =
        files(archive()).stream()
            .filter(file -> file.toString().endsWith(".tmp"))
            .findFirst()
            .orElseThrow();
    Files.move(open, Path.of(open.toString().replaceFirst("\\.tmp$", "")));
    assertThat(verified().faults()).isEmpty();
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
    for (int i = 0; i < 2_400; i++) {
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
    ExportJob job = export().requestsPerSecond(SLOWLY).toDirectory(archive());
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() >= 400).blockFirst(LONG);
    stopped(job, running);
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
    for (int i = 0; i < 2_400; i++) {
      ids.add(addedAt(start.plusSeconds(i), start.plusSeconds(3_000 + i)));
    }
    ExportJob job = export().format(format).requestsPerSecond(SLOWLY).toDirectory(archive());
    breaksOff(job, 300);
    Verification before = verified();
    assertThat(before.complete()).isFalse();
    int read = (int) requireNonNull(job.progress(Duration.ofMillis(5)).blockLast(LONG)).rows();
    assertThat(read).isBetween(300, 2_399);
    ids.subList(read, 2_400).forEach(emulator::removeExecution);
    for (int i = 0; i < 200; i++) {
      addedAt(start.plusSeconds(100 + i), start.plusSeconds(6_000 + i));
    }
    assertThat(run(export().format(format).resume().toDirectory(archive())).rows())
        .isEqualTo(read + 200L);
    assertSound(1);
  }

  /** Where a part can't be gone on with in the middle, a stop ends it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStopKeepsWhatCameAlsoAsParquet(boolean cancelled) throws Exception {
    drift(2_000);
    Export export = export().format(ExportFormat.PARQUET);
    ExportJob job = export.requestsPerSecond(SLOWLY).toDirectory(archive());
    if (cancelled) {
      Disposable running = job.run().subscribe();
      job.progress(Duration.ofMillis(1)).filter(p -> p.rows() >= 500).blockFirst(LONG);
      stopped(job, running);
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
    ExportJob job = export().requestsPerSecond(SLOWLY).toDirectory(archive());
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
    drift(2_000);
    Path file = dir.resolve("all.ndjson");
    ExportJob job = export().requestsPerSecond(SLOWLY).toFile(file);
    Mono<ExportSummary> first = job.run().cache();
    first.subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 100).blockFirst(LONG);
    refused(export().toFile(file), ArchiveException.Reason.LOCKED, "all.ndjson");
    assertThat(requireNonNull(first.block(LONG)).rows()).isEqualTo(2_000);
    assertThat(text(file).lines()).hasSize(2_000);
    refused(export().toFile(file), ArchiveException.Reason.OCCUPIED, "exists");
    assertThat(files(dir)).containsExactly(file);
  }

  @Test
  void aSecondExportInAProcessLeavesTheFirstOneItsLock() throws Exception {
    drift(5_000);
    Path file = dir.resolve("all.ndjson");
    ExportJob job = export().requestsPerSecond(SLOWLY).toFile(file);
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 0).blockFirst(LONG);
    refused(export().toFile(file), ArchiveException.Reason.LOCKED, "all.ndjson");
    assertThat(LockProbe.isLocked(dir.resolve("all.ndjson.tmp"))).isTrue();
    stopped(job, running);
    assertThat(files(dir)).isEmpty();
  }

  @Test
  void aFileThatAppearsMeanwhileIsLeftAlone() throws Exception {
    drift(3_000);
    Path file = dir.resolve("all.ndjson");
    ExportJob job = export().requestsPerSecond(SLOWLY).toFile(file);
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
    drift(3_000);
    Path file = dir.resolve("all.ndjson.gz");
    ExportJob job = export().compression(Compression.GZIP).requestsPerSecond(SLOWLY).toFile(file);
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 200).blockFirst(LONG);
    assertThat(file).doesNotExist();
    stopped(job, running);
    assertThat(files(dir)).isEmpty();
    run(export().compression(Compression.GZIP).toFile(file));
    assertThat(files(dir)).containsExactly(file);
    assertThat(text(file).lines()).hasSize(3_000);
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

  @Test
  void aFileNeedsADirectory() {
    Path file = dir.resolve("none").resolve("all.ndjson");
    refused(export().toFile(file), ArchiveException.Reason.OCCUPIED, "There is no directory");
  }
}
