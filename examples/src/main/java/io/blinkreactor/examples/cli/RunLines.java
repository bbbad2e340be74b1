package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.ExecutionState;
import io.blinkreactor.completion.Completion;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints each run's end as one line of JSON. */
final class RunLines {

  private final Data data;

  RunLines(Console console) {
    data = new Data(console.out());
  }

  static Batch.Rules rules(boolean badRequestStops, @Nullable String goOn) {
    return new Batch.Rules(
        "BlinkOps",
        state -> ExecutionState.of(state).equals(ExecutionState.COMPLETED),
        badRequestStops,
        goOn);
  }

  /** Prints how a run ended, and answers its state. */
  String print(Completion<ExecutionDetails> end) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("execution_id", end.executionId());
    line.put("state", end.execution().effectiveState().name());
    line.put("source", end.source().name().toLowerCase(Locale.ROOT));
    line.put("elapsed_ms", end.elapsed().toMillis());
    line.put("correlation_id", end.correlationId());
    line.put("playbook_id", end.execution().playbookId());
    Map<String, String> details = end.execution().errorDetails();
    if (details != null && !details.isEmpty()) {
      line.put("error_details", details);
    }
    return print(line);
  }

  /** Prints a run's line at once, and answers its state. */
  String print(Map<String, Object> line) {
    try {
      data.line(JsonValue.of(line));
      data.flush();
    } catch (IOException e) {
      throw new Batch.OutputClosedException(e);
    }
    return String.valueOf(line.get("state"));
  }
}
