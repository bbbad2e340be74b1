package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.CreateJobExecution;
import io.blinkreactor.blaxel.JobExecution;
import io.blinkreactor.blaxel.JobExecutionState;
import io.blinkreactor.blaxel.JobRuns;
import io.blinkreactor.completion.RunHandle;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/** Starts an execution of a job and awaits it. */
@Command(
    name = "run",
    sortOptions = false,
    description = {
      "Start an execution and await its end.",
      "Prints it as one line of JSON on stdout when it has ended; everything else goes to stderr."
    })
final class JobsRunCommand extends VerboseCommand {

  @Mixin BlaxelOptions blaxel = new BlaxelOptions();

  @Option(
      names = "--task",
      paramLabel = "JSON",
      description = "A task, such as '{\"input\":\"x\"}'; may be repeated.")
  List<String> tasks = new ArrayList<>();

  @Option(
      names = "--env",
      paramLabel = "k=v",
      description =
          "An environment variable; may be repeated. It shows in the process list, so no place for a secret.")
  Map<String, String> env = new LinkedHashMap<>();

  @Option(names = "--memory", paramLabel = "MB", description = "Less memory than the job's own.")
  @Nullable Integer memory;

  @Option(
      names = "--execution-id",
      paramLabel = "ID",
      description = "The execution's id; made up by Blaxel otherwise.")
  @Nullable String executionId;

  @Option(
      names = "--no-queue",
      description = "Fail rather than wait in a queue when there is no room.")
  boolean noQueue;

  @Option(
      names = "--no-wait",
      description = "Do not await the end; print {\"executionId\":...} alone.")
  boolean noWait;

  @Option(
      names = "--timeout",
      paramLabel = "PT1H",
      converter = DurationConverter.class,
      defaultValue = "PT1H",
      description = "How long the execution is awaited; ${DEFAULT-VALUE} by default.")
  Duration timeout = Duration.ZERO;

  @Option(
      names = "--first-look-after",
      paramLabel = "PT3S",
      converter = DurationConverter.class,
      defaultValue = "PT3S",
      description =
          "When the execution is first looked at, and then ever less often; ${DEFAULT-VALUE} by default.")
  Duration firstLookAfter = Duration.ZERO;

  @Override
  public Integer call() throws IOException {
    CreateJobExecution request = request();
    Data data = new Data(console().out());
    try (BlaxelClient client = blaxel.client(console()).build()) {
      if (noWait) {
        String id = Objects.requireNonNull(client.job(blaxel.job).create(request).block());
        data.line(JsonValue.of(Map.of("executionId", id)));
        data.flush();
        return 0;
      }
      try (JobRuns runs = client.runs().timeout(timeout).firstLookAfter(firstLookAfter).build()) {
        Mono<String> one =
            runs.start(blaxel.job, request)
                .doOnNext(run -> say("started %s", run.executionId()))
                .flatMap(RunHandle::completion)
                .map(end -> print(data, end.execution()));
        return new Batch(console(), logging.verbose, rules())
            .run(1, 1, one, runs::pendingExecutions);
      }
    }
  }

  private static Batch.Rules rules() {
    return new Batch.Rules(
        "Blaxel",
        state -> JobExecutionState.of(state).equals(JobExecutionState.SUCCEEDED),
        true,
        null);
  }

  private CreateJobExecution request() {
    CreateJobExecution.Builder request = CreateJobExecution.builder();
    for (String task : tasks) {
      try {
        request.task(JsonValue.parse(task));
      } catch (IllegalArgumentException e) {
        throw new Failures.UsageException(
            "--task must be a JSON object, such as '{\"input\":\"x\"}'.");
      }
    }
    if (!env.isEmpty()) {
      request.env(env);
    }
    if (memory != null) {
      request.memory(memory);
    }
    if (executionId != null) {
      request.executionId(executionId);
    }
    if (noQueue) {
      request.allowQueue(false);
    }
    return request.build();
  }

  /** Prints the execution as it came, and answers its state. */
  private static String print(Data data, JobExecution execution) {
    try {
      data.line(execution.json());
      data.flush();
    } catch (IOException e) {
      throw new Batch.OutputClosedException(e);
    }
    return execution.state().name();
  }
}
