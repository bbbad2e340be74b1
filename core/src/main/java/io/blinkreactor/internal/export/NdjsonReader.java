package io.blinkreactor.internal.export;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads lines of JSON objects. */
final class NdjsonReader implements RowReader {

  private final InputStream in;
  private final RowKeys.Reader keys;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long rows;

  NdjsonReader(InputStream in, RowKeys.Reader keys) {
    this.in = new BufferedInputStream(in, 1 << 16);
    this.keys = keys;
  }

  @Override
  public @Nullable Row next() throws IOException {
    line.reset();
    int b;
    while ((b = in.read()) != '\n') {
      if (b < 0) {
        if (line.size() > 0) {
          throw new EOFException("Row " + (rows + 1) + " is cut off.");
        }
        return null;
      }
      line.write(b);
    }
    rows++;
    try {
      return keys.row(line.toByteArray());
    } catch (IllegalArgumentException e) {
      throw new IOException("Row " + rows + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
