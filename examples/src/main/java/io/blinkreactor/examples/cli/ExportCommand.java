package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Rql;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes executions into an archive. */
@Command(
    name = "export",
    description = {
      "Write all executions into files, each exactly once, oldest first.",
      "A directory gets parts and a manifest; whatever stops it, the same command with --resume goes on."
    })
final class ExportCommand extends VerboseCommand {

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Mixin ExportFlags flags = new ExportFlags();

  @Option(
      names = "--filter",
      paramLabel = "RQL-JSON",
      description = "A filter, such as '{\"playbook_id\":\"...\"}'.")
  @Nullable String filter;

  @Override
  public Integer call() {
    try (BlinkOpsClient client = connection.client(console()).build()) {
      Rql query = filter == null ? Rql.all() : Rql.filterJson(filter);
      return new ExportRun(flags, console())
          .run(
              flags.job(
                  console(), client.executions().find(query).pageSize(flags.pageSize).export()));
    }
  }
}
