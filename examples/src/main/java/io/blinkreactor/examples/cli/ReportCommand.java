package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.examples.report.Report;
import io.blinkreactor.export.Archive;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a page about an archive of executions. */
@Command(
    name = "report",
    sortOptions = false,
    description = {
      "Make a page about an archive of executions in NDJSON: runs over time by state, busiest playbooks, durations, failures by error code.",
      "The page is one HTML file that loads nothing and runs no script. It holds the names of playbooks and newest error messages, so give it only to whom you would give these."
    })
final class ReportCommand extends VerboseCommand {

  private static final String STDOUT = "-";

  /** The list that the archive of a workspace is of. */
  private static final String BLINKOPS = "executions.list";

  private static final int READ_AHEAD = 64;

  @Mixin ArchivePlace place = new ArchivePlace();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      defaultValue = "report.html",
      description = "The page; ${DEFAULT-VALUE} by default, and - is standard output.")
  String output = "report.html";

  Clock clock = Clock.systemUTC();

  @Override
  public Integer call() {
    if (place.holds(Path.of(output))) {
      throw new Failures.UsageException(
          "--output: " + output + " is a file of the archive: choose another name.");
    }
    Report report = read();
    if (report.runs() == 0) {
      say("there are no runs in %s; the page says so", place.directory);
    }
    byte[] page = report.html().getBytes(StandardCharsets.UTF_8);
    return output.equals(STDOUT) ? print(page) : write(page);
  }

  private Report read() {
    Archive archive = place.archive();
    if (!archive.source().equals(BLINKOPS)) {
      throw new Failures.UsageException(
          place.directory + " holds no executions of BlinkOps, and a report is about these.");
    }
    // Before the rows are read, of which there may be more by then.
    boolean complete = archive.isComplete();
    if (!complete) {
      say(
          "warning: the export into %s has not ended, so runs are missing; the page says so",
          place.directory);
    }
    try (Stream<JsonValue> rows = archive.rows().toStream(READ_AHEAD)) {
      return Report.of(rows.map(row -> Execution.parse(row.text())).iterator(), complete, clock);
    }
  }

  private int print(byte[] page) {
    try {
      OutputStream out = console().out();
      out.write(page);
      out.flush();
      return 0;
    } catch (IOException lost) {
      if (Data.readerHasGone(lost)) {
        return 0;
      }
      throw unwritable(lost);
    }
  }

  /** Under another name first, so that nobody ever opens half a page. */
  private int write(byte[] page) {
    Path file = Path.of(output).toAbsolutePath();
    Path above = file.getParent();
    if (above == null || !Files.isDirectory(above)) {
      throw new Failures.UsageException(
          "--output: " + output + " can't be written: there is no directory for it.");
    }
    Path half = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.write(half, page);
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      removed(half);
      throw unwritable(e);
    }
    say("%s", output);
    return 0;
  }

  private static void removed(Path half) {
    try {
      Files.deleteIfExists(half);
    } catch (IOException e) {
      // It is told what failed first.
    }
  }

  private Failures.OutputException unwritable(IOException e) {
    return new Failures.OutputException(
        "--output: "
            + output
            + " can't be written ("
            + e
            + "): check that there is room for it, and the right to write.");
  }
}
