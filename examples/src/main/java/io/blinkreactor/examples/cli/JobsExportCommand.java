package io.blinkreactor.examples.cli;

import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.Contract;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a job's executions into an archive. */
@Command(
    name = "export",
    description = {
      "Write all executions of a job into files, each exactly once, newest first.",
      "A directory gets parts and a manifest; whatever stops it, the same command with --resume goes on."
    })
final class JobsExportCommand extends VerboseCommand {

  @Mixin BlaxelOptions blaxel = new BlaxelOptions();

  @Mixin ExportFlags flags = new ExportFlags();

  @Option(
      names = "--contract",
      paramLabel = "KIND",
      defaultValue = "AUTO",
      description = "auto, legacy or cursor; ${DEFAULT-VALUE} by default, which takes both.")
  Contract contract = Contract.AUTO;

  @Override
  public Integer call() {
    try (BlaxelClient client = blaxel.client(console()).contract(contract).build()) {
      return new ExportRun(flags, console())
          .run(
              flags.job(
                  console(),
                  client.job(blaxel.job).executions().pageSize(flags.pageSize).export()));
    }
  }
}
