package io.blinkreactor.examples.cli;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.AuthenticationException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.PermissionException;
import io.blinkreactor.StreamException;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportProgress;
import io.blinkreactor.export.ExportSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Runs an export, tells how far it is, and stops it in order when the process is to end. */
final class ExportRun {

  private static final Duration TO_STOP = Duration.ofSeconds(20);

  /** A reader that pauses may hold a stream up for ever, and nothing of it is kept. */
  private static final Duration TO_STOP_STREAM = Duration.ofSeconds(1);

  private final ExportFlags flags;
  private final Console console;

  ExportRun(ExportFlags flags, Console console) {
    this.flags = flags;
    this.console = console;
  }

  int run(ExportJob job) {
    AtomicReference<@Nullable ExportProgress> last = new AtomicReference<>();
    Sinks.One<ExportSummary> end = Sinks.one();
    Mono<Void> closed = job.progress(Duration.ofDays(1)).doOnNext(last::set).then().cache();
    closed.subscribe();
    try (ExportTeller teller = new ExportTeller(job, flags, console)) {
      Disposable running =
          job.run().subscribe(end::tryEmitValue, end::tryEmitError, end::tryEmitEmpty);
      Console.Registration interrupted =
          console
              .signals()
              .onShutdown(
                  () -> {
                    running.dispose();
                    closed
                        .timeout(flags.output.equals("-") ? TO_STOP_STREAM : TO_STOP, Mono.empty())
                        .block();
                    teller.close();
                    summarise("stopped", last.get(), null, null);
                    console.say("%s", flags.whenStopped());
                  });
      ExportSummary summary;
      try {
        summary = end.asMono().block();
      } finally {
        interrupted.close();
        teller.close();
      }
      if (summary == null) {
        return Failures.INTERRUPTED;
      }
      summarise(
          summary.alreadyDone() ? "already-done" : "finished", summary.progress(), summary, null);
      console.say("%s", sentence(summary));
      return 0;
    } catch (ArchiveException e) {
      if (flags.output.equals("-") && Data.readerHasGone(e.getCause())) {
        summarise("stopped", last.get(), null, null);
        return 0;
      }
      summarise("failed", last.get(), null, e);
      throw e;
    } catch (StreamException e) {
      summarise("failed", last.get(), null, e);
      // The archive has the checkpoint, and goes on from it by itself.
      throw new StreamException(
          String.valueOf(e.getMessage()),
          flags.isDirectory() && !isHopeless(e)
              ? "What came is kept: the same command with --resume goes on."
              : "",
          null,
          e.delivered(),
          e.getCause());
    } catch (RuntimeException e) {
      summarise("failed", last.get(), null, e);
      throw e;
    }
  }

  /** Whether the same command would be refused at once again, so that nothing is gone on with. */
  private static boolean isHopeless(StreamException error) {
    Throwable cause = error.getCause();
    return error.delivered() == 0
        && (cause instanceof InvalidRequestException
            || cause instanceof AuthenticationException
            || cause instanceof PermissionException
            || cause instanceof NotFoundException);
  }

  private static String sentence(ExportSummary summary) {
    ExportProgress done = summary.progress();
    return summary.alreadyDone()
        ? "complete already; the last export had "
            + count(done.rows(), "row")
            + " in "
            + count(done.parts(), "part")
        : String.format(
            Locale.ROOT,
            "%s in %s, %s%s, %.1f s (%,.0f rows/s); %s%s, %s repeated, %s, %.1f s throttled%s",
            count(done.rows(), "row"),
            count(done.parts(), "part"),
            ExportTeller.size(done.bytes()),
            done.before() == 0
                ? ""
                : String.format(Locale.ROOT, "; now %,d of them", done.rows() - done.before()),
            done.elapsed().toMillis() / 1e3,
            ExportTeller.rate(done),
            count(done.pages(), "page"),
            done.mode() == null ? "" : " by " + done.mode().name().toLowerCase(Locale.ROOT),
            count(done.repeated(), "row"),
            done.retries() == 1
                ? "1 retry"
                : String.format(Locale.ROOT, "%,d retries", done.retries()),
            done.throttled().toMillis() / 1e3,
            summary.unfinished() == 0
                ? ""
                : "; " + count(summary.unfinished(), "run") + " had not ended");
  }

  static String count(long count, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", count, what, count == 1 ? "" : "s");
  }

  private void summarise(
      String status,
      @Nullable ExportProgress done,
      @Nullable ExportSummary summary,
      @Nullable Throwable error) {
    Path file = flags.summary;
    if (file == null) {
      return;
    }
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("status", status);
    if (done != null) {
      members.putAll(ExportTeller.members(done));
    }
    if (summary != null) {
      members.put("again", summary.again());
      members.put("unfinished", summary.unfinished());
      members.put("slices", summary.slices());
      members.put("checkpoint", summary.checkpoint());
    }
    if (error != null) {
      members.put("error", error.getMessage());
    }
    try {
      Files.write(file, (JsonValue.of(members).text() + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      console.say("warning: the summary could not be written to %s: %s", file, e);
    }
  }
}
