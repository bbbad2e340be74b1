package io.blinkreactor.examples;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.ExecutionQuery;
import io.blinkreactor.blinkops.ExecutionState;
import io.blinkreactor.blinkops.Rql;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Use 3, export: every execution that BlinkOps still has, as the vendor sent it, one on a line. The
 * disk sets the pace: the next page is fetched when the last one is written.
 *
 * <p>Takes {@code BLINK_API_KEY}, {@code BLINK_WORKSPACE} and {@code BLINK_BASE_URL} from the
 * environment, and the file as its argument.
 */
public final class ExportExample {

  private ExportExample() {}

  /**
   * Runs the example.
   *
   * @param args the file
   * @throws IOException if the file can't be written
   */
  public static void main(String... args) throws IOException {
    try (BlinkOpsClient blink = BlinkOpsClient.builder().environment(System.getenv()).build()) {
      System.out.println(export(blink, Path.of(args[0])) + " executions");
    }
  }

  static long export(BlinkOpsClient blink, Path file) throws IOException {
    long rows = 0;
    // readme: export
    try (BufferedWriter out = Files.newBufferedWriter(file);
        Stream<Execution> executions = blink.executions().find(Rql.all()).items().toStream(1)) {
      for (Iterator<Execution> i = executions.iterator(); i.hasNext(); rows++) {
        out.write(i.next().json().text().replaceAll("[\r\n]", "")); // line breaks between tokens
        out.newLine();
      }
    }
    // readme: end
    return rows;
  }

  /** The same into a store that keeps each execution and the place after it in one transaction. */
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
