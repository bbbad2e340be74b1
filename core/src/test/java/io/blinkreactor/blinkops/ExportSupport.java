package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.StreamException;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportProgress;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import reactor.core.Disposable;

/** Exports of an emulated history, and what tests look at in them. */
abstract class ExportSupport extends SwitchTest {

  static final Duration LONG = Duration.ofMinutes(2);
  static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  /**
   * Requests a second of an export that a test stops on its way: it has half a second's work or
   * more left then, so that a machine that stutters does not end it first.
   */
  static final double SLOWLY = 20;

  final Path dir;

  ExportSupport(Path dir) {
    this.dir = dir;
  }

  Path archive() {
    return dir.resolve("archive");
  }

  Export export() {
    return client.executions().find(Rql.all()).export().lag(Duration.ofMillis(1));
  }

  static ExportSummary run(ExportJob job) {
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

  static String text(Path part) throws IOException {
    try (InputStream file = Files.newInputStream(part);
        InputStream in = part.toString().endsWith(".gz") ? new GZIPInputStream(file) : file) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static List<String> ids(List<String> lines) {
    return lines.stream().map(line -> requireNonNull(Execution.parse(line).id())).toList();
  }

  Drift drift(int rows) {
    return new Drift(emulator, rows, SEED);
  }

  Verification verified() {
    return requireNonNull(Archive.in(archive()).verify().block(LONG));
  }

  Verification assertSound(int runs) {
    Verification found = verified();
    assertThat(found.faults()).isEmpty();
    assertThat(found.complete()).as("after " + runs).isTrue();
    return found;
  }

  static void refused(ExportJob job, ArchiveException.Reason reason, String text) {
    assertThatThrownBy(() -> run(job))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(text);
  }

  /** Cancels an export that runs, and waits until it has stopped; answers how far it came. */
  static ExportProgress stopped(ExportJob job, Disposable running) {
    running.dispose();
    return requireNonNull(job.progress(Duration.ofMillis(5)).blockLast(LONG));
  }

  /** Runs an export whose list breaks off once so many rows are there. */
  void breaksOff(ExportJob job, long rows) {
    Disposable breaking =
        job.progress(Duration.ofMillis(1))
            .filter(p -> p.rows() >= rows)
            .subscribe(p -> emulator.set(Switch.FAULT_500, "1"));
    assertThatThrownBy(() -> run(job)).isInstanceOf(StreamException.class);
    breaking.dispose();
    emulator.set(Switch.FAULT_500, "0");
  }

  String addedAt(Instant created, Instant started) {
    return emulator.addExecution(
        Map.of("created_at", created, "started_at", started, "state_ui", "Completed"));
  }

  /** What was just added is younger than the lag for a moment. */
  static void awaitAge() {
    Instant added = Instant.now();
    Awaitility.await().until(() -> Instant.now().isAfter(added.plusMillis(5)));
  }

  ExportJob increment() {
    return export().partBytes(64 << 10).incremental().toDirectory(archive());
  }

  String added(Instant at, Map<String, Object> members) {
    Map<String, Object> all = new HashMap<>(members);
    all.put("created_at", at.toEpochMilli());
    return emulator.addExecution(all);
  }

  static Map<String, Object> ended(String state) {
    return Map.of("state_ui", state, "finished_at", Instant.now().toEpochMilli());
  }
}
