package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Exports that are stopped, that a fault meets, or whose list changes meanwhile. */
class ExportResumeTest extends ExportSupport {

  ExportResumeTest(@TempDir Path dir) {
    super(dir);
  }

  @ParameterizedTest
  @CsvSource({"1,NONE", "4,NONE", "1,GZIP"})
  void aCancelledExportKeepsWhatItHasAndIsGoneOnWith(int slices, Compression compression)
      throws Exception {
    Drift drift = drift(1_500);
    long stopped = 0;
    for (int i = 0; i < 2; i++) {
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
    assertThat(summary.rows()).isEqualTo(1_500);
    assertThat(summary.progress().expected()).isEqualTo(1_500);
    assertThat(emulator.count(Operation.LIST) - asked)
        .as("what was written is not read again")
        .isLessThanOrEqualTo((1_500 - stopped) / 100 + 2L * summary.slices() + 2);
  }

  @ParameterizedTest
  @CsvSource({"KEYSET,1", "KEYSET,4", "TIME,1", "TIME,3", "OFFSET,1"})
  void rowsThatComeAndGoMeanwhileAndFaultsDoNoHarm(PagingMode mode, int slices) throws Exception {
    Drift drift = drift(1_000);
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
    drift.stepAtEachPage(Drift.Place.ANYWHERE, 20);
    ExportSummary summary = run(job);
    assertThat(drift.steps()).isEqualTo(20);
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
}
