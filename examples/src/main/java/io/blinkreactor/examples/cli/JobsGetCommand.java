package io.blinkreactor.examples.cli;

import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.JobExecution;
import java.io.IOException;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Gets one execution of a job. */
@Command(name = "get", description = "Print one execution as JSON, as the vendor sent it.")
final class JobsGetCommand extends VerboseCommand {

  @Mixin BlaxelOptions blaxel = new BlaxelOptions();

  @Parameters(paramLabel = "EXECUTION_ID", description = "The execution.")
  String executionId = "";

  @Override
  public Integer call() throws IOException {
    try (BlaxelClient client = blaxel.client(console()).build()) {
      JobExecution execution =
          Objects.requireNonNull(client.job(blaxel.job).get(executionId).block());
      Data data = new Data(console().out());
      data.line(execution.json());
      data.flush();
      return 0;
    }
  }
}
