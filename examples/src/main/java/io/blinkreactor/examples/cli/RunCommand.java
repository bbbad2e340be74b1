package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionState;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.PendingStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Mono;

/** Starts runs and awaits them. */
@Command(
    name = "run",
    sortOptions = false,
    description = {
      "Start a playbook one or more times and await each run's end by callback on --listen.",
      "Prints one JSON object a run on stdout as it ends; everything else goes to stderr."
    })
final class RunCommand extends VerboseCommand {

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Parameters(paramLabel = "PLAYBOOK_ID", description = "The workflow to run.")
  String playbookId = "";

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many runs; ${DEFAULT-VALUE} by default.")
  int count;

  @Option(
      names = "--concurrency",
      paramLabel = "C",
      defaultValue = "40",
      description =
          "Unfinished runs at a time; ${DEFAULT-VALUE} by default, as BlinkOps runs that many a workspace.")
  int concurrency;

  @Mixin InputOptions inputs = new InputOptions();

  @Option(
      names = "--event",
      paramLabel = "JSON",
      description = "The event of an event-based workflow.")
  @Nullable String event;

  @Option(
      names = "--sync",
      description =
          "Hold the connection until the run has ended; no callback, for short runs. An error answer counts as refused, as BlinkOps documents none for runs that fail.")
  boolean sync;

  @Mixin AwaitOptions await = new AwaitOptions();

  @Override
  public Integer call() {
    if (count < 1 || concurrency < 1) {
      throw new Failures.UsageException("--count and --concurrency must be 1 or more.");
    }
    if (sync && await.store.directory() != null) {
      throw new Failures.UsageException("--store has no use with --sync: leave one of them out.");
    }
    ExecuteRequest request = request();
    RunLines lines = new RunLines(console());
    try (BlinkOpsClient client = connection.client(console()).build()) {
      if (sync) {
        Mono<JsonValue> one =
            client.workflows().runSync(playbookId, request, await.timeout, JsonValue.class);
        return batch(false, null)
            .run(count, concurrency, Mono.defer(() -> timed(one)).map(lines::print), List::of);
      }
      if (await.listen == null) {
        throw new Failures.UsageException(
            "--listen HOST:PORT says where to wait for callbacks, --public-url URL how BlinkOps reaches it; --sync needs neither.");
      }
      try (PendingStore store = await.store.open();
          CallbackServer server = await.server(console(), connection.insecure, store);
          Runs runs = await.runs(client, server, store)) {
        Mono<String> one = runs.start(playbookId, request).flatMap(await::end).map(lines::print);
        return batch(true, await.goOn(connection, server))
            .run(count, concurrency, one, runs::pendingExecutions);
      }
    }
  }

  private Batch batch(boolean badRequestStops, @Nullable String goOn) {
    return new Batch(console(), logging.verbose, RunLines.rules(badRequestStops, goOn));
  }

  private ExecuteRequest request() {
    ExecuteRequest.Builder request = inputs.request();
    if (event != null) {
      try {
        request.event(JsonValue.parse(event));
      } catch (IllegalArgumentException e) {
        throw new Failures.UsageException(
            "--event must be a JSON object, such as '{\"kind\":\"alert\"}'.");
      }
    }
    return request.build();
  }

  /**
   * BlinkOps answers a synchronous run with its outputs alone: an answer means Completed, and the
   * execution's id is not told.
   */
  private static Mono<Map<String, Object>> timed(Mono<JsonValue> one) {
    return one.elapsed()
        .map(
            timed -> {
              Map<String, Object> line = new LinkedHashMap<>();
              line.put("execution_id", null);
              line.put("state", ExecutionState.COMPLETED.name());
              line.put("source", "sync");
              line.put("elapsed_ms", timed.getT1());
              line.put("outputs", timed.getT2());
              return line;
            });
  }
}
