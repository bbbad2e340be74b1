package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Standard output: one JSON value a line. Past {@code PrintStream}, which hides that the reader has
 * gone.
 */
final class Data {

  private static final Path STDOUT = Path.of("/dev/stdout");

  // Of a file's mode, as POSIX has it in sys/stat.h.
  private static final int S_IFMT = 0170000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFSOCK = 0140000;

  private final OutputStream out;
  private boolean stopped;
  private @Nullable Checkpoint last;

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
   * Prints values as they come, one on a line; a reader that goes is no error. If it is
   * interrupted, or stops at a limit, it says from where to go on.
   *
   * @param json a value as the vendor sent it
   * @param atOnce whether each line is to be seen at once
   * @param console where to print
   * @return the exit code
   */
  static <T> int print(
      Flux<Checkpointed<T>> values,
      Function<T, JsonValue> json,
      @Nullable Long limit,
      boolean atOnce,
      Console console) {
    Data data = new Data(console.out());
    PrintWriter err = console.err();
    Console.Registration interrupted = console.signals().onShutdown(() -> data.stop(err));
    try (Stream<Checkpointed<T>> stream = limited(values, limit).toStream(1)) {
      try {
        for (Iterator<Checkpointed<T>> i = stream.iterator(); i.hasNext(); ) {
          Checkpointed<T> next = i.next();
          data.line(json.apply(next.value()), next.checkpoint());
          if (atOnce) {
            data.flush();
          }
        }
      } finally {
        // Also what came before a failure: whoever goes on from its checkpoint gets only the rest.
        data.flush();
      }
      if (limit != null) {
        data.stop(err);
      }
    } catch (IOException lost) {
      return cut(lost, err);
    } finally {
      interrupted.close();
    }
    return 0;
  }

  /** A reader that has gone is no error; lines that could not be written are. */
  private static int cut(IOException lost, PrintWriter err) {
    if (readerHasGone(lost)) {
      return 0;
    }
    err.println(
        "error: the output could not be written: "
            + lost.getMessage()
            + ". Make room and go on from the last whole line's checkpoint, or start anew.");
    err.flush();
    return Failures.STORAGE;
  }

  /**
   * By the message, as Java has no type for it, or, since the system tells it in the user's
   * language, because writing to a pipe fails in no other way.
   */
  static boolean readerHasGone(@Nullable Throwable lost) {
    return lost instanceof IOException
        && (String.valueOf(lost.getMessage()).contains("Broken pipe") || isPipe(STDOUT));
  }

  /** Whether it is a pipe or a socket; false where that can't be told. */
  static boolean isPipe(Path file) {
    try {
      int kind = (int) Files.getAttribute(file, "unix:mode") & S_IFMT;
      return kind == S_IFIFO || kind == S_IFSOCK;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  private static <T> Flux<T> limited(Flux<T> rows, @Nullable Long limit) {
    if (limit == null) {
      return rows;
    }
    if (limit < 1) {
      throw new Failures.UsageException("--limit must be 1 or more, not " + limit + ".");
    }
    return rows.take(limit);
  }

  private synchronized void line(JsonValue value, Checkpoint after) throws IOException {
    if (!stopped) {
      line(value);
      last = after;
    }
  }

  /** Writes no line any more, and says where the last one was. */
  private synchronized void stop(PrintWriter err) {
    stopped = true;
    try {
      out.flush();
    } catch (IOException lost) {
      cut(lost, err);
      return;
    }
    Checkpoint place = last;
    if (place != null) {
      err.println("go on with: --from " + place.text());
      err.flush();
    }
  }

  synchronized void flush() throws IOException {
    out.flush();
  }
}
