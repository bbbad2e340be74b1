package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;

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

  /**
   * Prints values as they come, one on a line; a reader that goes is no error.
   *
   * @param atOnce whether each line is to be seen at once
   * @return the exit code
   */
  static int print(Flux<JsonValue> values, boolean atOnce) {
    Data data = new Data();
    try (Stream<JsonValue> stream = values.toStream(1)) {
      try {
        for (Iterator<JsonValue> i = stream.iterator(); i.hasNext(); ) {
          data.line(i.next());
          if (atOnce) {
            data.flush();
          }
        }
      } finally {
        // Also what came before a failure: whoever goes on from its checkpoint gets only the rest.
        data.flush();
      }
    } catch (IOException readerHasGone) {
      return 0;
    }
    return 0;
  }

  synchronized void flush() throws IOException {
    out.flush();
  }
}
