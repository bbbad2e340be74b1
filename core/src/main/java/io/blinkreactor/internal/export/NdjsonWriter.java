package io.blinkreactor.internal.export;

import io.blinkreactor.internal.json.Bytes;
import java.io.IOException;

/** A line for each row, with the vendor's own bytes. */
final class NdjsonWriter implements RowWriter {

  private final CompressedOutput out;

  NdjsonWriter(CompressedOutput out) {
    this.out = out;
  }

  /** No string of a row holds a line break, so those that are here stand between tokens. */
  @Override
  public void write(Row row) throws IOException {
    byte[] json = row.json();
    int from = 0;
    int end = Bytes.lineBreak(json, from, json.length);
    while (end < json.length) {
      out.write(json, from, end - from);
      from = end + 1;
      end = Bytes.lineBreak(json, from, json.length);
    }
    out.write(json, from, json.length - from);
    out.write('\n');
  }

  @Override
  public boolean flush() throws IOException {
    out.boundary();
    return true;
  }

  @Override
  public void finish() throws IOException {
    out.finish();
  }

  @Override
  public void abandon() throws IOException {
    out.abandon();
  }
}
