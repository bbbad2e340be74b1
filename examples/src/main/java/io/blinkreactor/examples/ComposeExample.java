package io.blinkreactor.examples;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.ExecutionState;
import io.blinkreactor.blinkops.Rql;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import reactor.core.publisher.Flux;

/**
 * Use 1, composing: executions are a {@code Flux} like any other. Prints which inputs led to a
 * failure, for the failed runs of the last day.
 *
 * <p>Takes {@code BLINK_API_KEY}, {@code BLINK_WORKSPACE} and {@code BLINK_BASE_URL} from the
 * environment.
 */
public final class ComposeExample {

  private ComposeExample() {}

  /**
   * Runs the example.
   *
   * @param args not used
   */
  public static void main(String... args) {
    try (BlinkOpsClient blink = BlinkOpsClient.builder().environment(System.getenv()).build()) {
      failures(blink, Instant.now().minus(1, ChronoUnit.DAYS))
          .doOnNext(System.out::println)
          .blockLast();
    }
  }

  static Flux<String> failures(BlinkOpsClient blink, Instant since) {
    // readme: compose
    Flux<ExecutionDetails> failed =
        blink
            .executions()
            .find(Rql.where("created_at").gte(since)) // lazy: nothing is sent yet
            .items() // pages are fetched as they are asked for
            .filter(e -> e.effectiveState().equals(ExecutionState.FAILED))
            .mapNotNull(Execution::id)
            .flatMap(id -> blink.executions().get(id), 8) // eight reads at a time
            .take(100);
    // readme: end
    return failed.map(e -> e.playbookName() + " failed on " + e.inputs() + ": " + e.errorDetails());
  }
}
