package io.blinkreactor.examples.cli;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.export.ExportJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
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
      Pattern.compile(".*\\.(ndjson|jsonl|csv|parquet)(\\.gz|\\.zst)?", Pattern.CASE_INSENSITIVE);

  /** Whoever writes these means a file. */
  private static final Pattern OTHER_FILE_NAME =
      Pattern.compile(".*\\.(json|txt|gz|zst|zip)", Pattern.CASE_INSENSITIVE);

  @Option(
      names = "--output",
      paramLabel = "DIR|FILE|-",
      required = true,
      description = {
        "A directory, where the export can be resumed and added to;",
        "a name that ends in .ndjson, .csv or .parquet (and .gz or .zst) is one file of that kind, and - is stdout."
      })
  String output = "";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "ndjson (each row exactly as it came), csv or parquet; as the file's name says, or ndjson.")
  @Nullable ExportFormat format;

  @Option(
      names = "--compress",
      paramLabel = "KIND",
      description = "none, gzip or zstd; as the file's name says, or none.")
  @Nullable Compression compression;

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
      description =
          "Only what was created before this time, and not with --incremental; a moment ago by default.")
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
      description =
          "Ask for N at a time, 1,000 at most, of Blaxel 100; ${DEFAULT-VALUE} by default.")
  int pageSize;

  @Option(
      names = "--slices",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Read N slices of time at once, 16 at most, each into parts of its own; ${DEFAULT-VALUE} by default, and where the server can't filter by time.")
  int slices;

  @Option(
      names = "--part-size",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Begin another part at this size, 64KB or more; 256MB by default.")
  @Nullable Long partSize;

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
  ExportJob job(Console console, Export export) {
    if (output.isBlank()) {
      throw new Failures.UsageException("--output: names a directory, a file, or - for stdout.");
    }
    if (isDirectory()
        && OTHER_FILE_NAME.matcher(output).matches()
        && !Files.isDirectory(Path.of(output))) {
      throw new Failures.UsageException(
          "--output: "
              + output
              + " is called like a file, and of none that is known: let a file's name end in .ndjson, .csv or .parquet, and .gz or .zst behind that.");
    }
    checkSummary();
    Matcher name = FILE_NAME.matcher(isDirectory() ? "" : output);
    boolean named = name.matches();
    ExportFormat as =
        agreed("--format", format, named ? format(name.group(1)) : null, ExportFormat.NDJSON);
    Compression how =
        agreed(
            "--compress",
            compression,
            named && as != ExportFormat.PARQUET ? compression(name.group(2)) : null,
            Compression.NONE);
    if (named && as == ExportFormat.PARQUET && name.group(2) != null) {
      throw new Failures.UsageException(
          "--output: Parquet compresses within the file: let its name end in .parquet, and say --compress.");
    }
    export.format(as).compression(how).slices(slices);
    if (partSize != null) {
      if (!isDirectory()) {
        throw new Failures.UsageException("--part-size: needs a directory, not " + output + ".");
      }
      export.partBytes(partSize);
    }
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
      return export.toStream(console.out());
    }
    Path path = Path.of(output);
    return isDirectory() ? export.toDirectory(path) : export.toFile(path);
  }

  /** What was said, what the name says, or the default; the first two must not differ. */
  private <T> T agreed(String option, @Nullable T said, @Nullable T byName, T otherwise) {
    if (said != null && byName != null && !said.equals(byName)) {
      throw new Failures.UsageException(
          "%s: %s does not fit the name %s: leave one of them out."
              .formatted(option, said.toString().toLowerCase(Locale.ROOT), output));
    }
    return said != null ? said : byName != null ? byName : otherwise;
  }

  private static ExportFormat format(String ending) {
    return ending.equalsIgnoreCase("jsonl")
        ? ExportFormat.NDJSON
        : ExportFormat.valueOf(ending.toUpperCase(Locale.ROOT));
  }

  private static Compression compression(@Nullable String ending) {
    return ending == null
        ? Compression.NONE
        : ending.equalsIgnoreCase(".gz") ? Compression.GZIP : Compression.ZSTD;
  }

  /** Now, and not after hours of work. */
  private void checkSummary() {
    if (summary == null) {
      return;
    }
    if (summary.toString().equals("-")) {
      throw new Failures.UsageException("--summary: names a file; stdout is for data.");
    }
    Path file = summary.toAbsolutePath().normalize();
    Path above = file.getParent();
    Path exported = Path.of(output).toAbsolutePath().normalize();
    if (file.equals(exported) || (isDirectory() && file.startsWith(exported))) {
      throw new Failures.UsageException(
          "--summary: " + summary + " would be in the export itself: name a file elsewhere.");
    }
    if (Files.isDirectory(summary)
        || above == null
        || !Files.isDirectory(above)
        || !Files.isWritable(Files.exists(summary) ? summary : above)) {
      throw new Failures.UsageException(
          "--summary: "
              + summary
              + " can't be written: name a file in a directory that is there and may be written to.");
    }
  }

  /** What is to be said of it once it was stopped. */
  String whenStopped() {
    if (isDirectory()) {
      return "stopped; the same command with --resume goes on";
    }
    return !output.equals("-") && Files.exists(Path.of(output))
        ? "stopped as it ended: " + output + " is whole"
        : "stopped; only into a directory it could be gone on with";
  }

  boolean isDirectory() {
    return !output.equals("-")
        && (!FILE_NAME.matcher(output).matches() || Files.isDirectory(Path.of(output)));
  }
}
