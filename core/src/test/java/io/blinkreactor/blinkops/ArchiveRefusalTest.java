package io.blinkreactor.blinkops;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.testkit.Switch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Targets that another export owns or that are no archive: told, and left alone. */
class ArchiveRefusalTest extends ExportSupport {

  ArchiveRefusalTest(@TempDir Path dir) {
    super(dir);
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
      assertSound(1);
    }
    assertThat(run(export().resume().toDirectory(archive())).alreadyDone()).isTrue();
    assertSound(1);
    run(export().incremental().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
  }

  /** Also of a run that goes on, whose next part alone may be there without a note. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void partsOfARunThatGoesOnAreLeftAloneToo(boolean blank) throws Exception {
    drift(2_000);
    // The first page lets the test see the manifest before.
    emulator.set(Switch.FAULT_SLOW_DELAY, "1s");
    emulator.set(Switch.FAULT_SLOW, "1");
    ExportJob job = export().partBytes(64 << 10).requestsPerSecond(SLOWLY).toDirectory(archive());
    Disposable running = job.run().subscribe();
    Path manifest = archive().resolve("manifest.json");
    Awaitility.await().until(() -> Files.exists(manifest));
    byte[] older = Files.readAllBytes(manifest);
    assertThat(new String(older, UTF_8)).doesNotContain("part-");
    emulator.set(Switch.FAULT_SLOW, "0");
    if (!blank) {
      job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= 1).blockFirst(LONG);
      older = Files.readAllBytes(manifest);
    }
    int parts = new String(older, UTF_8).split("part-", -1).length - 1;
    job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= parts + 3).blockFirst(LONG);
    stopped(job, running);
    assertThat(verified().faults()).isEmpty();
    Files.write(manifest, older);
    List<Path> files = files(archive());
    assertThat(verified().faults())
        .isNotEmpty()
        .allSatisfy(fault -> assertThat(fault).contains("is not in the manifest"));
    refused(
        export().partBytes(64 << 10).resume().toDirectory(archive()),
        ArchiveException.Reason.DAMAGED,
        "the manifest does not list it");
    assertThat(files(archive())).isEqualTo(files);
  }

  @Test
  void whatWasBegunIsGoneOnWithByTheSameOptionsAlone() throws Exception {
    Drift drift = drift(3_000);
    Instant from = Instant.parse("2026-03-01T00:00:00Z");
    ExportJob job = export().from(from).slices(2).requestsPerSecond(SLOWLY).toDirectory(archive());
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 200).blockFirst(LONG);
    refused(
        export().from(from).slices(2).resume().toDirectory(archive()),
        ArchiveException.Reason.LOCKED,
        "Another export is writing");
    stopped(job, running);
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
    Verification found = verified();
    assertThat(String.join(" ", found.faults()))
        .contains(twice ? "is there twice" : "no earlier export has it");
  }

  /** Rows that are created until this clock is there again would be taken for archived. */
  @Test
  void anArchiveThatAClockAheadHasWrittenIsNotAddedTo() throws Exception {
    drift(100);
    Clock clock = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    try (BlinkOpsClient early =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .time(TimeSource.of(clock, invariants.scheduler()))
            .build()) {
      run(early.executions().find(Rql.all()).export().toDirectory(archive()));
    }
    byte[] before = Files.readAllBytes(archive().resolve("manifest.json"));
    refused(increment(), ArchiveException.Reason.DAMAGED, "Set the clock");
    assertThat(archive().resolve("manifest.json")).hasBinaryContent(before);
  }
}
