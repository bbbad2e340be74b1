package io.blinkreactor.internal.export;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads lines of JSON objects. */
final class NdjsonReader implements RowReader {

  private final InputStream in;
  private final RowKeys.Reader keys;
  private final byte[] buffer = new byte[1 << 16];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int from;
  private int to;
  private long rows;

  NdjsonReader(InputStream in, RowKeys.Reader keys) {
    this.in = in;
    this.keys = keys;
  }

  @Override
  public @Nullable Row next() throws IOException {
    try {
      byte[] json = line();
      if (json == null) {
        return null;
      }
      Row row = keys.row(json);
      rows++;
      return row;
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException("Row " + (rows + 1) + ": " + e.getMessage(), e);
    }
  }

  private byte @Nullable [] line() throws IOException {
    line.reset();
    while (true) {
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\n') {
          line.write(buffer, from, i - from);
          from = i + 1;
          return line.toByteArray();
        }
      }
      line.write(buffer, from, to - from);
      from = 0;
      to = in.read(buffer);
      if (to < 0) {
        to = 0;
        if (line.size() > 0) {
          throw new EOFException("It is cut off.");
        }
        return null;
      }
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
