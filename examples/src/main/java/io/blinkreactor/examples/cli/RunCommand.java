package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.ExecutionState;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;

/** Starts runs and awaits them. */
@Command(
    name = "run",
    sortOptions = false,
    description = {
      "Start a playbook one or more times and await each run's end by callback.",
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

  @Option(
      names = "--input",
      paramLabel = "k=v",
      description = "An input of the workflow; may be repeated.")
  Map<String, String> inputs = new LinkedHashMap<>();

  @Option(
      names = "--event",
      paramLabel = "JSON",
      description = "The event of an event-based workflow.")
  @Nullable String event;

  @Option(
      names = "--timeout",
      paramLabel = "PT10M",
      converter = DurationConverter.class,
      defaultValue = "PT10M",
      description = "How long each run is awaited; ${DEFAULT-VALUE} by default.")
  Duration timeout = Duration.ZERO;

  @Option(
      names = "--sync",
      description =
          "Hold the connection until the run has ended; no callback, for short runs. An error answer counts as refused, as BlinkOps documents none for runs that fail.")
  boolean sync;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description = "Where to listen for callbacks; needed unless --sync.")
  @Nullable HostPort listen;

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      description =
          "The address under which BlinkOps reaches it; needed unless it listens on loopback.")
  @Nullable String publicUrl;

  @Option(
      names = "--reconcile-after",
      paramLabel = "PT30S",
      converter = DurationConverter.class,
      defaultValue = "PT30S",
      description =
          "When a run without a callback is first looked at; ${DEFAULT-VALUE} by default.")
  Duration reconcileAfter = Duration.ZERO;

  private final Data data = new Data();

  @Override
  public Integer call() {
    if (count < 1 || concurrency < 1) {
      throw new Failures.UsageException("--count and --concurrency must be 1 or more.");
    }
    ExecuteRequest request = request();
    try (BlinkOpsClient client = connection.client().build()) {
      if (sync) {
        Mono<JsonValue> one =
            client.workflows().runSync(playbookId, request, timeout, JsonValue.class);
        return new Batch(this::say, err(), logging.verbose, rules(false))
            .run(count, concurrency, Mono.defer(() -> timed(one)).map(this::print), List::of);
      }
      try (CallbackServer server = server();
          Runs runs =
              client
                  .runs()
                  .receiver(server)
                  .timeout(timeout)
                  .reconcileAfter(reconcileAfter)
                  .build()) {
        Mono<String> one =
            runs.start(playbookId, request)
                .flatMap(RunHandle::completion)
                .map(this::line)
                .map(this::print);
        return new Batch(this::say, err(), logging.verbose, rules(true))
            .run(count, concurrency, one, runs::pendingExecutions);
      }
    }
  }

  private static Batch.Rules rules(boolean badRequestStops) {
    return new Batch.Rules(
        "BlinkOps",
        state -> ExecutionState.of(state).equals(ExecutionState.COMPLETED),
        badRequestStops);
  }

  private ExecuteRequest request() {
    ExecuteRequest.Builder request = ExecuteRequest.builder();
    if (!inputs.isEmpty()) {
      request.inputs(inputs);
    }
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

  private CallbackServer server() {
    if (listen == null) {
      throw new Failures.UsageException(
          "--listen HOST:PORT says where to wait for callbacks, --public-url URL how BlinkOps reaches it; --sync needs neither.");
    }
    HostPort address = listen;
    CallbackServer.Builder server =
        CallbackServer.builder()
            .host(address.host())
            .port(address.port())
            .allowPlainHttp(connection.insecure);
    if (publicUrl != null) {
      server.publicUrl(publicUrl);
    }
    return Objects.requireNonNull(
        server
            .bind()
            .onErrorMap(
                ChannelBindException.class,
                e ->
                    new Failures.UsageException(
                        "Can't listen on "
                            + address.host()
                            + ":"
                            + address.port()
                            + " ("
                            + e.getMessage()
                            + "): set --listen to a free address of this machine."))
            .block());
  }

  private Map<String, Object> line(Completion<ExecutionDetails> end) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("execution_id", end.executionId());
    line.put("state", end.execution().effectiveState().name());
    line.put("source", end.source().name().toLowerCase(Locale.ROOT));
    line.put("elapsed_ms", end.elapsed().toMillis());
    line.put("correlation_id", end.correlationId());
    line.put("playbook_id", playbookId);
    Map<String, String> details = end.execution().errorDetails();
    if (details != null && !details.isEmpty()) {
      line.put("error_details", details);
    }
    return line;
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

  /** Prints a run's line at once, and answers its state. */
  private String print(Map<String, Object> line) {
    try {
      data.line(JsonValue.of(line));
      data.flush();
    } catch (IOException e) {
      throw new Batch.OutputClosedException(e);
    }
    return String.valueOf(line.get("state"));
  }
}
