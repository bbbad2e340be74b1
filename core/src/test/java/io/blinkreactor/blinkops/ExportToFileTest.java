package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.testkit.Operation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Exports into one file or a stream. */
class ExportToFileTest extends ExportSupport {

  ExportToFileTest(@TempDir Path dir) {
    super(dir);
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
  void aFileNeedsADirectory() {
    Path file = dir.resolve("none").resolve("all.ndjson");
    refused(export().toFile(file), ArchiveException.Reason.OCCUPIED, "There is no directory");
  }
}
