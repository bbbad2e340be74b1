package io.blinkreactor.internal.export;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What parts look like.
 *
 * @param columns of the tabular formats, without the last one
 */
record Encoding(ExportFormat format, Compression compression, List<Column> columns, RowKeys keys) {

  /** What a part's name ends with. */
  String suffix() {
    return "." + format.suffix() + (format == ExportFormat.PARQUET ? "" : compression.suffix());
  }

  /**
   * A writer of rows.
   *
   * @param resumed whether rows stand before them in the same file
   */
  RowWriter writer(OutputStream out, boolean resumed) throws IOException {
    return switch (format) {
      case NDJSON -> new NdjsonWriter(CompressedOutput.of(out, compression));
      case CSV, PARQUET -> throw new UnsupportedOperationException();
    };
  }

  /** A reader of a whole part. */
  RowReader reader(Path part) throws IOException {
    return switch (format) {
      case NDJSON ->
          new NdjsonReader(
              CompressedOutput.plain(Files.newInputStream(part), compression), keys.reader());
      case CSV, PARQUET -> throw new UnsupportedOperationException();
    };
  }
}
