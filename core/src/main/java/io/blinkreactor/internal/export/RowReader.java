package io.blinkreactor.internal.export;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the rows of a part again. For one thread. */
interface RowReader extends Closeable {

  /**
   * The next row, or null at the end. Of formats other than NDJSON only id and time are told.
   *
   * @throws IOException if the part does not hold what it should; the message says in which row
   */
  @Nullable Row next() throws IOException;
}
