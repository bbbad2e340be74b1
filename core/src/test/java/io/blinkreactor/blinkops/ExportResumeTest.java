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
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Exports that are stopped, or that a fault meets. */
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
