package io.blinkreactor.blaxel;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.testkit.BlaxelSwitch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exports of a job's executions, whichever contract the server keeps. */
class JobExportTest extends BlaxelTest {

  private final Path archive;

  JobExportTest(@TempDir Path dir) {
    this.archive = dir.resolve("archive");
  }

  /** By a client that knows nothing of the server yet, as each night's process is one. */
  private ExportSummary run(@Nullable Instant from) {
    try (BlaxelClient fresh = builder().build()) {
      Export export =
          fresh.job(emulator.job()).executions().export().lag(Duration.ofMillis(1)).incremental();
      ExportJob job = (from == null ? export : export.from(from)).toDirectory(archive);
      return got(job.run());
    }
  }

  private List<String> archived() {
    return got(
        Archive.in(archive)
            .rows()
            .map(row -> String.valueOf(JobExecution.parse(row.text()).id()))
            .collectList());
  }

  private void assertSound() {
    Verification found = got(Archive.in(archive).verify());
    assertThat(found.faults()).isEmpty();
    assertThat(found.complete()).isTrue();
  }

  private String added(@Nullable Instant at) {
    Map<String, @Nullable Object> metadata = new HashMap<>();
    metadata.put("createdAt", at);
    metadata.put("expiredAt", Instant.parse("2126-01-01T00:00:00Z"));
    return emulator.addExecution(Map.of("metadata", metadata));
  }

  private static void awaitAge() {
    Instant added = Instant.now();
    Awaitility.await().until(() -> Instant.now().isAfter(added.plusMillis(5)));
  }

  @ParameterizedTest
  @CsvSource({"legacy,desc", "legacy,asc", "cursor,desc"})
  void eachIncrementAddsWhatIsNew(String contract, String order) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, contract);
    emulator.set(BlaxelSwitch.LEGACY_ORDER, order);
    List<String> all = new ArrayList<>(history(250));
    assertThat(run(null).rows()).isEqualTo(250);
    for (int night = 0; night < 2; night++) {
      for (int i = 0; i < 3; i++) {
        all.add(added(Instant.now()));
      }
      awaitAge();
      assertThat(run(null).rows()).isEqualTo(3);
    }
    assertThat(archived()).containsExactlyInAnyOrderElementsOf(all);
    assertSound();
  }

  @ParameterizedTest
  @CsvSource({"legacy,desc", "legacy,asc", "cursor,desc"})
  void boundsOfTimeAreKept(String contract, String order) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, contract);
    emulator.set(BlaxelSwitch.LEGACY_ORDER, order);
    List<String> all = history(250);
    assertThat(run(Instant.parse("2026-05-04T03:02:01.234Z").minus(Duration.ofMinutes(119))).rows())
        .isEqualTo(120);
    assertThat(archived()).containsExactlyInAnyOrderElementsOf(all.subList(0, 120));
    assertSound();
  }

  /** Nothing tells that such a row is not new, so each export has it. */
  @Test
  void aRowWithoutATimeIsNeitherLostNorReadTwice() {
    List<String> all = new ArrayList<>(history(10));
    all.add(added(null));
    run(null);
    all.add(added(null));
    all.add(added(Instant.now()));
    awaitAge();
    run(null);
    assertThat(archived()).containsExactlyInAnyOrderElementsOf(all);
    assertSound();
  }
}
