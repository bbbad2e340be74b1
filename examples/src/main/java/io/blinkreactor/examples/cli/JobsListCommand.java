package io.blinkreactor.examples.cli;

import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.Contract;
import io.blinkreactor.blaxel.JobExecution;
import io.blinkreactor.blaxel.JobExecutionQuery;
import io.blinkreactor.stream.Checkpoint;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the executions of a job. */
@Command(
    name = "list",
    description = {
      "Print a job's executions as NDJSON, each as the vendor sent it, on one line.",
      "If it breaks off, is interrupted or stops at --limit, the last line on stderr says from where to go on (--from)."
    })
final class JobsListCommand extends VerboseCommand {

  @Mixin BlaxelOptions blaxel = new BlaxelOptions();

  @Option(
      names = "--contract",
      paramLabel = "KIND",
      defaultValue = "AUTO",
      description = "auto, legacy or cursor; ${DEFAULT-VALUE} by default, which takes both.")
  Contract contract = Contract.AUTO;

  @Option(names = "--oldest-first", description = "From the past to now; not with legacy.")
  boolean oldestFirst;

  @Option(names = "--limit", paramLabel = "N", description = "Stop after N executions.")
  @Nullable Long limit;

  @Option(
      names = "--page-size",
      paramLabel = "N",
      defaultValue = "100",
      description = "Ask for N at a time, 100 at most; ${DEFAULT-VALUE} by default.")
  int pageSize;

  @Option(names = "--from", paramLabel = "CHECKPOINT", description = "Go on from there.")
  @Nullable String from;

  @Override
  public Integer call() {
    try (BlaxelClient client = blaxel.client(console()).contract(contract).build()) {
      JobExecutionQuery query = client.job(blaxel.job).executions().pageSize(pageSize);
      query = oldestFirst ? query.oldestFirst() : query;
      query = from == null ? query : query.from(Checkpoint.parse(from));
      return Data.print(query.checkpointed(), JobExecution::json, limit, false, console());
    }
  }
}
