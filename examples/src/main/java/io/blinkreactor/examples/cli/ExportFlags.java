package io.blinkreactor.examples.cli;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.export.ExportJob;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is exported, how, and where to. */
final class ExportFlags {

  /** How progress is told. */
  enum Told {
    /** A bar on a terminal, lines elsewhere. */
    AUTO,
    LINES,
    JSON,
    NONE
  }

  private static final Pattern FILE_NAME =
      Pattern.compile(".*\\.(ndjson|jsonl|csv|parquet)(\\.gz|\\.zst)?");

  @Option(
      names = "--output",
      paramLabel = "DIR|FILE|-",
      required = true,
      description = {
        "A directory, where the export can be resumed and added to;",
        "a name that ends in .ndjson, .csv or .parquet (and .gz or .zst) is one file, and - is stdout."
      })
  String output = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "NDJSON",
      description =
          "ndjson (each row exactly as it came), csv or parquet; ${DEFAULT-VALUE} by default.")
  ExportFormat format = ExportFormat.NDJSON;

  @Option(
      names = "--compress",
      paramLabel = "KIND",
      defaultValue = "NONE",
      description = "none, gzip or zstd; ${DEFAULT-VALUE} by default.")
  Compression compression = Compression.NONE;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Only what was created from this time on.")
  @Nullable Instant from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Only what was created before this time; a moment ago by default.")
  @Nullable Instant to;

  @Option(
      names = "--resume",
      description = "Go on with an export that was stopped; start, if there is none.")
  boolean resume;

  @Option(
      names = "--incremental",
      description = "Add what is new since the last export, and again what had not ended then.")
  boolean incremental;

  @Option(
      names = "--lag",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "How long a run may take to appear in the list; PT10S by default.")
  @Nullable Duration lag;

  @Option(
      names = "--page-size",
      paramLabel = "N",
      defaultValue = "100",
      description = "Ask for N at a time; ${DEFAULT-VALUE} by default.")
  int pageSize;

  @Option(
      names = "--part-size",
      paramLabel = "SIZE",
      defaultValue = "256MB",
      converter = SizeConverter.class,
      description = "Begin another part at this size; ${DEFAULT-VALUE} by default.")
  long partSize;

  @Option(
      names = "--rate",
      paramLabel = "N/s",
      converter = RateConverter.class,
      description = "Send at most N requests a second; 0.5/s is one in two seconds.")
  @Nullable Double rate;

  @Option(
      names = "--summary",
      paramLabel = "FILE",
      description = "Write what was done as JSON, also if it failed.")
  @Nullable Path summary;

  @Option(
      names = "--progress",
      paramLabel = "HOW",
      defaultValue = "AUTO",
      description = "auto (a bar, or lines where there is no terminal), lines, json or none.")
  Told told = Told.AUTO;

  /** The job, from what the vendor's list gives. */
  ExportJob job(Export export) {
    export.format(format).compression(compression).partBytes(partSize);
    if (from != null) {
      export.from(from);
    }
    if (to != null) {
      export.to(to);
    }
    if (lag != null) {
      export.lag(lag);
    }
    if (rate != null) {
      export.requestsPerSecond(rate);
    }
    if (resume) {
      export.resume();
    }
    if (incremental) {
      export.incremental();
    }
    if (output.equals("-")) {
      return export.toStream(new FileOutputStream(FileDescriptor.out));
    }
    Path path = Path.of(output);
    return isDirectory() ? export.toDirectory(path) : export.toFile(path);
  }

  boolean isDirectory() {
    return !output.equals("-")
        && (!FILE_NAME.matcher(output).matches() || Files.isDirectory(Path.of(output)));
  }
}
