package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.Rql;
import java.io.IOException;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;

/** Lists executions. */
@Command(
    name = "list",
    description = "Print executions as NDJSON, each as the vendor sent it, on one line.")
final class ListCommand extends VerboseCommand {

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Option(
      names = "--filter",
      paramLabel = "RQL-JSON",
      description = "A filter, such as '{\"playbook_id\":\"...\"}'.")
  @Nullable String filter;

  @Option(
      names = "--sort",
      paramLabel = "FIELDS",
      split = ",",
      description =
          "Fields to sort by, with a - before those that go downwards; -created_at by default.")
  String[] sort = {};

  @Option(names = "--limit", paramLabel = "N", description = "Stop after N executions.")
  @Nullable Long limit;

  @Option(
      names = "--page-size",
      paramLabel = "N",
      defaultValue = "100",
      description = "Ask for N at a time; ${DEFAULT-VALUE} by default.")
  int pageSize;

  @Override
  public Integer call() {
    if (limit != null && limit < 1) {
      throw new Failures.UsageException("--limit must be 1 or more, not " + limit + ".");
    }
    try (BlinkOpsClient client = connection.client().build()) {
      Flux<Execution> executions = client.executions().find(query()).pageSize(pageSize).items();
      return print(limit == null ? executions : executions.take(limit));
    }
  }

  private Rql query() {
    Rql query = filter == null ? Rql.all() : Rql.filterJson(filter);
    return sort.length == 0 ? query : query.sort(sort);
  }

  private static int print(Flux<Execution> executions) {
    Data data = new Data();
    try (Stream<Execution> stream = executions.toStream(1)) {
      for (Iterator<Execution> i = stream.iterator(); i.hasNext(); ) {
        data.line(i.next().json());
      }
      data.flush();
    } catch (IOException readerHasGone) {
      return 0;
    }
    return 0;
  }
}
