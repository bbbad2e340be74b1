package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.ExecutionQuery;
import io.blinkreactor.blinkops.Rql;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;

/** Lists executions. */
@Command(
    name = "list",
    description = {
      "Print executions as NDJSON, each as the vendor sent it, on one line.",
      "If it breaks off, is interrupted or stops at --limit, the last line on stderr says from where to go on (--from)."
    })
final class ListCommand extends VerboseCommand {

  /** What can be followed. */
  enum Followed {
    CREATED,
    FINISHED
  }

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
          "Fields to sort by, with a - before those that go downwards; -created_at by default, others with --paging OFFSET only.")
  String[] sort = {};

  @Option(names = "--oldest-first", description = "From the past to now.")
  boolean oldestFirst;

  @Option(
      names = "--paging",
      paramLabel = "MODE",
      description = "KEYSET, TIME or OFFSET; the best that the server allows by default.")
  @Nullable PagingMode paging;

  @Option(names = "--limit", paramLabel = "N", description = "Stop after N executions.")
  @Nullable Long limit;

  @Option(
      names = "--page-size",
      paramLabel = "N",
      defaultValue = "100",
      description = "Ask for N at a time; ${DEFAULT-VALUE} by default.")
  int pageSize;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "1",
      description = "Read N slices of time at once; ${DEFAULT-VALUE} by default.")
  int parallel;

  @Option(names = "--from", paramLabel = "CHECKPOINT", description = "Go on from there.")
  @Nullable String from;

  @Option(
      names = "--follow",
      paramLabel = "WHAT",
      description = "Do not end: executions that are CREATED, or that FINISHED, from now on.")
  @Nullable Followed follow;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "With --follow: from this time on, such as 2026-05-04T03:02:01Z.")
  @Nullable Instant since;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "With --follow: look that often; PT5S by default.")
  @Nullable Duration every;

  @Override
  public Integer call() {
    if (follow == null && (since != null || every != null)) {
      throw new Failures.UsageException("--since and --every belong to --follow.");
    }
    if (since != null && from != null) {
      throw new Failures.UsageException("--since and --from exclude each other.");
    }
    if (paging == PagingMode.OFFSET && parallel != 1) {
      throw new Failures.UsageException(
          "--parallel needs slices of time: not with --paging OFFSET.");
    }
    if (oldestFirst && sort.length > 0) {
      throw new Failures.UsageException("--sort and --oldest-first exclude each other.");
    }
    if (follow != null && parallel != 1) {
      throw new Failures.UsageException("--parallel and --follow exclude each other.");
    }
    try (BlinkOpsClient client = connection.client(console()).build()) {
      return Data.print(
          executions(query(client)), Execution::json, limit, follow != null, console());
    }
  }

  private ExecutionQuery query(BlinkOpsClient client) {
    Rql rql = filter == null ? Rql.all() : Rql.filterJson(filter);
    ExecutionQuery query =
        client
            .executions()
            .find(sort.length == 0 ? rql : rql.sort(sort))
            .pageSize(pageSize)
            .parallel(parallel);
    query = oldestFirst ? query.oldestFirst() : query;
    query = paging == null ? query : query.paging(paging);
    return from == null ? query : query.from(Checkpoint.parse(from));
  }

  private Flux<Checkpointed<Execution>> executions(ExecutionQuery query) {
    if (follow == null) {
      return query.checkpointed();
    }
    Instant start = since == null ? Instant.now() : since;
    if (from == null) {
      say("following since %s", start);
    }
    Duration pause = every == null ? Duration.ofSeconds(5) : every;
    return follow == Followed.CREATED
        ? query.followCreated(start, pause)
        : query.followFinished(start, pause);
  }
}
