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

  /**
   * What parts are to look like.
   *
   * @throws IllegalStateException if a library that this needs is not there
   */
  Encoding {
    columns = List.copyOf(columns);
    if (format == ExportFormat.CSV) {
      need("The format CSV", "org.apache.commons:commons-csv", "org.apache.commons.csv.CSVFormat");
    }
    if (format == ExportFormat.PARQUET) {
      String what = "The format Parquet";
      need(what, "org.apache.parquet:parquet-column", "org.apache.parquet.schema.MessageType");
      need(
          what,
          "org.apache.parquet:parquet-format-structures",
          "org.apache.parquet.format.FileMetaData");
    }
    if (compression == Compression.ZSTD) {
      need("The compression zstd", "com.github.luben:zstd-jni", "com.github.luben.zstd.Zstd");
    }
  }

  /** Loads a class, and native code with it, now rather than in the middle of an export. */
  private static void need(String what, String artifact, String name) {
    try {
      Class.forName(name, true, Encoding.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          what + " needs " + artifact + " on the class path, where it is not: add it.", e);
    } catch (LinkageError e) {
      throw new IllegalStateException(
          what + " needs " + artifact + ", which can't be loaded here: " + e.getMessage(), e);
    }
  }

  /** What a part's name ends with. */
  String suffix() {
    return "." + format.suffix() + (format == ExportFormat.PARQUET ? "" : compression.suffix());
  }

  /**
   * A writer of rows.
   *
   * @param resumed whether rows stand before them in the same file
   * @throws IllegalArgumentException if that is so and the format can't be gone on with
   */
  RowWriter writer(OutputStream out, boolean resumed) throws IOException {
    if (resumed && format == ExportFormat.PARQUET) {
      throw new IllegalArgumentException("A Parquet file can't be gone on with.");
    }
    return switch (format) {
      case NDJSON -> new NdjsonWriter(CompressedOutput.of(out, compression));
      case CSV -> new CsvWriter(CompressedOutput.of(out, compression), columns, resumed);
      case PARQUET -> new ParquetWriter(out, compression, columns);
    };
  }

  /** A reader of a whole part. */
  RowReader reader(Path part) throws IOException {
    return switch (format) {
      case NDJSON ->
          new NdjsonReader(
              CompressedOutput.plain(Files.newInputStream(part), compression), keys.reader());
      case CSV ->
          new CsvReader(
              CompressedOutput.plain(Files.newInputStream(part), compression), columns, keys);
      case PARQUET -> new ParquetReader(part, compression, columns, keys);
    };
  }
}
