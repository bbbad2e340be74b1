package io.blinkreactor.internal.export;

import static io.blinkreactor.internal.OptionChecks.executionTime;
import static io.blinkreactor.internal.OptionChecks.positive;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.export.ExportJob;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Collects the options of an export of a vendor's list. */
public final class ListExport implements Export {

  private static final long LEAST_PART = 64 << 10;

  private final ExportSource source;
  private ExportFormat format = ExportFormat.NDJSON;
  private Compression compression = Compression.NONE;
  private long partBytes = 256 << 20;
  private int slices = 1;
  private @Nullable Instant from;
  private @Nullable Instant to;
  private Duration lag = Duration.ofSeconds(10);
  private Duration checkpointEvery = Duration.ofSeconds(3);
  private double requestsPerSecond;
  private boolean resume;
  private boolean incremental;

  /** An export with the defaults. */
  public ListExport(ExportSource source) {
    this.source = source;
  }

  @Override
  public Export format(ExportFormat value) {
    format = requireNonNull(value, "format");
    return this;
  }

  @Override
  public Export compression(Compression value) {
    compression = requireNonNull(value, "compression");
    return this;
  }

  @Override
  public Export partBytes(long value) {
    if (value < LEAST_PART) {
      throw new IllegalArgumentException(
          "'partBytes' must be " + LEAST_PART + " or more, not " + value + ".");
    }
    partBytes = value;
    return this;
  }

  @Override
  public Export slices(int value) {
    slices = within("slices", value, 1, 16);
    return this;
  }

  @Override
  public Export from(Instant value) {
    from = executionTime("from", value);
    return this;
  }

  @Override
  public Export to(Instant value) {
    to = executionTime("to", value);
    return this;
  }

  @Override
  public Export lag(Duration value) {
    lag = positive("lag", requireNonNull(value, "lag"));
    return this;
  }

  @Override
  public Export checkpointEvery(Duration value) {
    checkpointEvery = positive("checkpointEvery", requireNonNull(value, "checkpointEvery"));
    return this;
  }

  @Override
  public Export requestsPerSecond(double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "'requestsPerSecond' must be more than 0, not " + value + ".");
    }
    requestsPerSecond = value;
    return this;
  }

  @Override
  public Export resume() {
    resume = true;
    return this;
  }

  @Override
  public Export incremental() {
    incremental = true;
    return this;
  }

  @Override
  public ExportJob toDirectory(Path directory) {
    requireNonNull(directory, "directory");
    if (incremental && to != null) {
      throw new IllegalArgumentException(
          "incremental() takes all there is up to now: leave to(...) out.");
    }
    ExportOptions options = options();
    return new Job(source.time(), meter -> new DirectoryExport(source, options, directory, meter));
  }

  @Override
  public ExportJob toFile(Path file) {
    requireNonNull(file, "file");
    ExportOptions options = inOnePiece("a file");
    return new Job(
        source.time(),
        meter -> new StreamExport(source, options, new Target.WholeFile(file), meter));
  }

  @Override
  public ExportJob toStream(OutputStream out) {
    requireNonNull(out, "out");
    if (format == ExportFormat.PARQUET) {
      throw new IllegalArgumentException(
          "Parquet can't be read from a stream: choose a directory or a file.");
    }
    ExportOptions options = inOnePiece("a stream");
    return new Job(
        source.time(), meter -> new StreamExport(source, options, new Target.Given(out), meter));
  }

  private ExportOptions inOnePiece(String target) {
    if (slices > 1 || resume || incremental) {
      throw new IllegalArgumentException(
          "slices(...), resume() and incremental() need a directory, not " + target + ".");
    }
    return options();
  }

  private ExportOptions options() {
    if (from != null && to != null && !from.isBefore(to)) {
      throw new IllegalArgumentException("'from' must be before 'to'.");
    }
    if (from != null && from.isAfter(source.time().now())) {
      throw new IllegalArgumentException("'from' must not be in the future: " + from + ".");
    }
    Encoding encoding = new Encoding(format, compression, source.columns(), source.keys());
    return new ExportOptions(
        encoding,
        partBytes,
        slices,
        from,
        to,
        lag,
        checkpointEvery,
        requestsPerSecond,
        resume,
        incremental);
  }
}
