package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Standard output: one JSON value a line. Past {@code PrintStream}, which hides that the reader has
 * gone.
 */
final class Data {

  private final OutputStream out;

  Data() {
    this(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
  }

  Data(OutputStream out) {
    this.out = out;
  }

  /** Writes a value as it is, but for line breaks between its tokens; a JSON string holds none. */
  synchronized void line(JsonValue value) throws IOException {
    for (byte b : value.toBytes()) {
      if (b != '\n' && b != '\r') {
        out.write(b);
      }
    }
    out.write('\n');
  }

  synchronized void flush() throws IOException {
    out.flush();
  }
}
