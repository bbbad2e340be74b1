package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecutionDetails;
import java.io.IOException;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gets one execution. */
@Command(name = "get", description = "Print one execution as JSON, as the vendor sent it.")
final class GetCommand extends VerboseCommand {

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Parameters(paramLabel = "EXECUTION_ID", description = "The execution.")
  String executionId = "";

  @Option(names = "--apply-view", description = "Ask for the vendor's enhanced data.")
  boolean applyView;

  @Override
  public Integer call() throws IOException {
    try (BlinkOpsClient client = connection.client(console()).build()) {
      ExecutionDetails execution =
          Objects.requireNonNull(client.executions().get(executionId, applyView).block());
      Data data = new Data(console().out());
      data.line(execution.json());
      data.flush();
      return 0;
    }
  }
}
