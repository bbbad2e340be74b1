package io.blinkreactor.internal.export;

import java.io.IOException;

/** Writes rows in one format. For one thread. */
interface RowWriter {

  void write(Row row) throws IOException;

  /**
   * Ends what must be ended for the file to be cut here and gone on with: a line, a gzip member, a
   * zstd frame.
   *
   * @return whether the format can be gone on with at all
   */
  boolean flush() throws IOException;

  /** Writes the end of the file. What is under it stays open. */
  void finish() throws IOException;

  /** Frees what it holds, without writing anything more; also after {@link #finish}. */
  void abandon() throws IOException;
}
