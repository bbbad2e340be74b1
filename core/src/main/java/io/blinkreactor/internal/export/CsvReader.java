package io.blinkreactor.internal.export;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Reads the ids and times of records. */
final class CsvReader implements RowReader {

  /** What has no quotes is null. */
  private static final CSVFormat FORMAT = CsvWriter.VALUES.builder().setNullString("").get();

  private final LastByte in;
  private final List<Column> columns;
  private final CellKeys keys;
  private final CSVParser parser;
  private final Iterator<CSVRecord> records;
  private long rows;

  CsvReader(InputStream in, List<Column> columns, RowKeys keys) throws IOException {
    this.in = new LastByte(in);
    this.columns = columns;
    this.keys = new CellKeys(columns, keys);
    this.parser =
        CSVParser.builder()
            .setReader(new InputStreamReader(this.in, StandardCharsets.UTF_8))
            .setFormat(FORMAT)
            .get();
    this.records = parser.iterator();
  }

  @Override
  public @Nullable Row next() throws IOException {
    if (rows == 0) {
      names();
    }
    CSVRecord record = record();
    if (record == null) {
      return null;
    }
    rows++;
    if (record.size() != columns.size() + 1) {
      throw new IOException(
          "Row " + rows + " has " + record.size() + " values, not " + (columns.size() + 1) + ".");
    }
    try {
      return keys.row(record.get(columns.size()), record::get);
    } catch (IllegalArgumentException e) {
      throw new IOException("Row " + rows + ": " + e.getMessage(), e);
    }
  }

  private void names() throws IOException {
    if (parser.getRecordNumber() == 0) {
      CSVRecord names = record();
      if (names == null || !Arrays.equals(names.values(), CsvWriter.names(columns))) {
        throw new IOException("The line of names is not the one of these columns.");
      }
    }
  }

  private @Nullable CSVRecord record() throws IOException {
    try {
      if (records.hasNext()) {
        return records.next();
      }
    } catch (UncheckedIOException | IllegalStateException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new IOException("Row " + (rows + 1) + ": " + why.getMessage(), e);
    }
    if (in.last != '\n' && in.last >= 0) {
      throw new EOFException("Row " + rows + ": It is cut off.");
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  /** Tells whether the last record has its end. */
  private static final class LastByte extends FilterInputStream {

    private int last = -1;

    LastByte(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      last = b < 0 ? last : b;
      return b;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int read = in.read(bytes, from, length);
      if (read > 0) {
        last = bytes[from + read - 1];
      }
      return read;
    }
  }
}
