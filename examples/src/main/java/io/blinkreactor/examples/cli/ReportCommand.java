package io.blinkreactor.examples.cli;

import io.blinkreactor.examples.report.Report;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a page about an archive of executions. */
@Command(
    name = "report",
    sortOptions = false,
    description = {
      "Make a page about an archive of executions: runs over time by state, busiest playbooks, durations, failures by error code.",
      "The page is one HTML file that loads nothing and runs no script. It holds the names of playbooks and newest error messages, so give it only to whom you would give these."
    })
final class ReportCommand extends VerboseCommand {

  private static final String STDOUT = "-";

  @Parameters(paramLabel = "DIR", description = "The directory that the archive is in.")
  Path directory = Path.of("");

  @Option(
      names = "--output",
      paramLabel = "FILE",
      defaultValue = "report.html",
      description = "The page; ${DEFAULT-VALUE} by default, and - is standard output.")
  String output = "report.html";

  Clock clock = Clock.systemUTC();

  @Override
  public Integer call() {
    if (!Files.isDirectory(directory)) {
      throw new Failures.UsageException(
          "There is no directory " + directory + ": give the one that the archive is in.");
    }
    Report report = read();
    if (report.runs() == 0) {
      say("there are no runs in %s; the page says so", directory);
    }
    byte[] page = report.html().getBytes(StandardCharsets.UTF_8);
    return output.equals(STDOUT) ? print(page) : write(page);
  }

  private Report read() {
    // Here the runs come in: each one once, in its last version.
    try (PartReader runs = PartReader.open(directory)) {
      return Report.of(runs, clock);
    } catch (IOException e) {
      throw unreadable(e);
    } catch (UncheckedIOException e) {
      throw unreadable(e);
    }
  }

  private Failures.UsageException unreadable(Exception e) {
    return new Failures.UsageException(
        directory + " can't be read (" + e + "): check that the archive is whole.");
  }

  private int print(byte[] page) {
    try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
      out.write(page);
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
    Path half = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.write(half, page);
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unwritable(e);
    }
    say("%s", output);
    return 0;
  }

  private Failures.UsageException unwritable(IOException e) {
    return new Failures.UsageException(
        "--output: "
            + output
            + " can't be written ("
            + e
            + "): check that there is room and a directory for it.");
  }
}
