package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Switch;
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
import reactor.core.Disposable;

/** Exports of lists that change meanwhile. */
class ExportDriftTest extends ExportSupport {

  ExportDriftTest(@TempDir Path dir) {
    super(dir);
  }

  @ParameterizedTest
  @CsvSource({"KEYSET,1", "KEYSET,4", "TIME,1", "TIME,3", "OFFSET,1"})
  void rowsThatComeAndGoMeanwhileAndFaultsDoNoHarm(PagingMode mode, int slices) throws Exception {
    Drift drift = drift(1_000);
    emulator.set(Switch.FAULT_503, "0.07");
    emulator.set(Switch.FAULT_RESET_AFTER, "0.07");
    emulator.set(Switch.FAULT_TRUNCATED, "0.07");
    ExportJob job =
        client
            .executions()
            .find(Rql.all())
            .pageSize(40)
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
}
