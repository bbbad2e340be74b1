package io.blinkreactor.examples.cli;

import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.JobExecution;
import java.io.IOException;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Cancels one execution of a job. */
@Command(
    name = "cancel",
    description = {
      "Cancel one execution: tasks in progress run to their end, no new ones start.",
      "Prints the execution as JSON, as the vendor sent it."
    })
final class JobsCancelCommand extends VerboseCommand {

  @Mixin BlaxelOptions blaxel = new BlaxelOptions();

  @Parameters(paramLabel = "EXECUTION_ID", description = "The execution.")
  String executionId = "";

  @Override
  public Integer call() throws IOException {
    try (BlaxelClient client = blaxel.client(console()).build()) {
      JobExecution execution =
          Objects.requireNonNull(client.job(blaxel.job).cancel(executionId).block());
      Data data = new Data(console().out());
      data.line(execution.json());
      data.flush();
      return 0;
    }
  }
}
