package io.blinkreactor.export;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.export.DirectoryArchive;
import java.nio.file.Path;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An archive that was written by {@link Export#toDirectory}, to be read. Safe for many threads. */
public interface Archive {

  /**
   * Describes an archive. Nothing is read before it is asked for something.
   *
   * @param directory where it was written
   * @return the archive
   */
  static Archive in(Path directory) {
    return new DirectoryArchive(requireNonNull(directory, "directory"));
  }

  /**
   * {@return the list that it is of, by the name that the list has in metrics: {@code
   * executions.list} or {@code jobs.list}} Reads the manifest, which blocks.
   *
   * @throws io.blinkreactor.ArchiveException if there is no archive, or its manifest can't be read
   */
  String source();

  /**
   * {@return whether the last export came to its end; if not, rows are missing} Reads the manifest,
   * which blocks.
   *
   * @throws io.blinkreactor.ArchiveException if there is no archive, or its manifest can't be read
   */
  boolean isComplete();

  /**
   * Reads everything and checks it: that each part is there with the sum and the rows that the
   * manifest says, that the rows of a slice are in the order of their times, that no row is there
   * twice, but for one that had not ended when it was first written, and that there is no file that
   * the manifest does not know. The lists of rows that had not ended are looked at as well, unless
   * this is a copy without any.
   *
   * @return what was found, on a thread that may block; {@link io.blinkreactor.ArchiveException} if
   *     there is no archive, or its manifest can't be read
   */
  Mono<Verification> verify();

  /**
   * Reads the rows of an NDJSON archive.
   *
   * <p><b>Demand</b>: read as they are asked for. <b>Order</b>: that of the manifest; of a row that
   * was written more than once only the last one, so the ids of those are held in memory.
   * <b>Retry</b>: none. <b>Errors</b>: {@link io.blinkreactor.ArchiveException}, also for another
   * format. <b>Cancel</b>: closes the part.
   *
   * @return the rows as the vendor sent them, each once, on a thread that may block
   */
  Flux<JsonValue> rows();

  /**
   * What {@link #verify} found.
   *
   * @param parts parts that the manifest lists
   * @param rows rows in them
   * @param bytes bytes of their files
   * @param again rows among them that replace an earlier one
   * @param complete whether the last export came to its end
   * @param faults what is wrong, a sentence each; the first 100
   */
  record Verification(
      int parts, long rows, long bytes, long again, boolean complete, List<String> faults) {

    /** {@return whether nothing is wrong; an export that has not ended is no fault} */
    public boolean isSound() {
      return faults.isEmpty();
    }
  }
}
