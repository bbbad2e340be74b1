package io.blinkreactor.examples.cli;

import io.blinkreactor.AuthenticationException;
import io.blinkreactor.StoreException;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Rql;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Flux;

/** Awaits what an earlier process started. */
@Command(
    name = "recover",
    sortOptions = false,
    description = {
      "Take up the runs that a process with the same --store left, and await each run's end.",
      "Prints the same lines as run. With the same --listen and --public-url, callbacks of those runs are taken; without --listen they are only looked at.",
      "Ends when nothing is pending. What has not ended within --timeout stays in the store."
    })
final class RecoverCommand extends VerboseCommand {

  private static final Duration KEY_PATIENCE = Duration.ofSeconds(10);

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Mixin AwaitOptions await = new AwaitOptions();

  @Override
  public Integer call() {
    Path directory = await.store.directory();
    if (directory == null) {
      throw new Failures.UsageException(
          "--store file:DIR says what to go on with; runs kept in memory died with their process.");
    }
    if (!Files.isDirectory(directory)) {
      throw new Failures.UsageException("There is no directory " + directory + ": check --store.");
    }
    try (BlinkOpsClient client = connection.client(console()).build();
        PendingStore store = await.store.open();
        CallbackServer server = await.server(console(), connection.insecure, store);
        Runs runs = await.runs(client, server, store)) {
      RunLines lines = new RunLines(console());
      List<RunHandle<ExecutionDetails>> pending = new ArrayList<>();
      RuntimeException fault = takeUp(runs, pending);
      int code = 0;
      if (pending.isEmpty()) {
        say("nothing is pending in %s for this workspace", await.store);
      } else {
        say("%d runs are pending in %s", pending.size(), await.store);
        checkKey(client);
        code =
            new Batch(
                    console(),
                    logging.verbose,
                    RunLines.rules(false, await.goOn(connection, server)))
                .run(
                    Flux.fromIterable(pending).map(run -> await.end(run).map(lines::print)),
                    pending.size(),
                    pending.size(),
                    runs::pendingExecutions);
      }
      fault = fault == null ? fault(store) : fault;
      if (fault != null) {
        Failures.print(fault, console().err(), logging.verbose);
        return Math.max(code, Failures.exitCode(fault));
      }
      return code;
    }
  }

  /** Takes up what can be read; answers what kept the rest from it. */
  private static @Nullable RuntimeException takeUp(
      Runs runs, List<RunHandle<ExecutionDetails>> pending) {
    try {
      runs.recover().doOnNext(pending::add).blockLast();
      return null;
    } catch (RuntimeException unreadable) {
      return unreadable;
    }
  }

  /**
   * A key that is refused holds up every look, and waiting does not mend it. Whether anything else
   * is wrong now is no reason not to wait.
   */
  private static void checkKey(BlinkOpsClient client) {
    client
        .executions()
        .find(Rql.all().limit(1))
        .page()
        .timeout(KEY_PATIENCE)
        .onErrorComplete(error -> !(error instanceof AuthenticationException))
        .block();
  }

  /** What ended the store, if something did. */
  private static @Nullable RuntimeException fault(@Nullable PendingStore store) {
    try {
      if (store != null) {
        store.check().block();
      }
      return null;
    } catch (StoreException failed) {
      return failed;
    }
  }
}
