package io.blinkreactor.examples;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.ExecutionQuery;
import io.blinkreactor.blinkops.ExecutionState;
import io.blinkreactor.blinkops.Rql;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Use 3, export: every execution that BlinkOps still has, as the vendor sent it, one on a line, in
 * an archive that each run brings up to date. The disk sets the pace.
 *
 * <p>Takes {@code BLINK_API_KEY}, {@code BLINK_WORKSPACE} and {@code BLINK_BASE_URL} from the
 * environment, and the directory as its argument.
 */
public final class ExportExample {

  private ExportExample() {}

  /**
   * Runs the example.
   *
   * @param args the directory
   */
  public static void main(String... args) {
    try (BlinkOpsClient blink = BlinkOpsClient.builder().environment(System.getenv()).build()) {
      System.out.println(export(blink, Path.of(args[0])).block());
    }
  }

  static Mono<ExportSummary> export(BlinkOpsClient blink, Path directory) {
    // readme: export
    ExportJob job =
        blink
            .executions()
            .find(Rql.all())
            .export()
            .compression(Compression.GZIP)
            .slices(4) // slices of time, read side by side
            .incremental() // what is new since the last time
            .resume() // or the rest, if that was stopped
            .toDirectory(directory);
    job.progress(Duration.ofSeconds(5)).subscribe(p -> System.err.println(p.rows() + " rows"));
    return job.run(); // nothing happens before this is subscribed
    // readme: end
  }

  /** What an archive holds, each run once, as it was when it was last written. */
  static Flux<Execution> read(Path directory) {
    // readme: archive
    Archive archive = Archive.in(directory);
    return archive
        .verify() // sums, counts, order, nothing twice
        .filter(Verification::isSound)
        .flatMapMany(sound -> archive.rows())
        .map(row -> Execution.parse(row.text()));
    // readme: end
  }

  /**
   * Into a store of one's own that keeps each execution and the place after it in one transaction.
   */
  static Flux<Void> archive(
      BlinkOpsClient blink, @Nullable String last, BiFunction<Execution, String, Mono<Void>> save) {
    // readme: resume
    ExecutionQuery all = blink.executions().find(Rql.all()).oldestFirst();
    return (last == null ? all : all.from(Checkpoint.parse(last))) // where the last run stopped
        .checkpointed()
        .concatMap(row -> save.apply(row.value(), row.checkpoint().text()), 0);
    // readme: end
  }

  /** What failed, from a time on and without end. */
  static Flux<Execution> failures(BlinkOpsClient blink, Instant since) {
    // readme: follow
    Flux<Execution> failures =
        blink
            .executions()
            .find(Rql.all())
            .followFinished(since, Duration.ofSeconds(10)) // looks only while rows are asked for
            .map(Checkpointed::value)
            .filter(run -> run.effectiveState().equals(ExecutionState.FAILED));
    // readme: end
    return failures;
  }
}
