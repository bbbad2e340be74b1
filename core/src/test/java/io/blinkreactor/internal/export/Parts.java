package io.blinkreactor.internal.export;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Parts written and read in tests. */
final class Parts {

  private Parts() {}

  static Encoding encoding(ExportFormat format, Compression compression) {
    return new Encoding(format, compression, RandomRows.COLUMNS, RandomRows.KEYS);
  }

  static Row row(byte[] json) {
    return new Row(json, null, null, true);
  }

  /** A part that is flushed now and then, if that is possible. */
  static byte[] write(Encoding encoding, List<byte[]> rows, int flushEvery) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RowWriter writer = encoding.writer(out, false);
    for (int i = 0; i < rows.size(); i++) {
      writer.write(row(rows.get(i)));
      if (i % flushEvery == flushEvery - 1) {
        writer.flush();
      }
    }
    writer.finish();
    return out.toByteArray();
  }

  static List<Row> read(Encoding encoding, Path part) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (RowReader reader = encoding.reader(part)) {
      for (Row row = reader.next(); row != null; row = reader.next()) {
        rows.add(row);
      }
    }
    return rows;
  }

  static Path file(Path directory, Encoding encoding, byte[] bytes) throws IOException {
    return Files.write(Files.createTempFile(directory, "part", encoding.suffix()), bytes);
  }
}
