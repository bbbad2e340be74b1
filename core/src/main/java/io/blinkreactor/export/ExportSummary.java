package io.blinkreactor.export;

import org.jspecify.annotations.Nullable;

/**
 * What an export that came to its end has done.
 *
 * @param progress the counts at the end
 * @param again rows among them that were written before and had not ended then
 * @param unfinished rows among them that had not ended; {@link Export#incremental()} looks at them
 *     again
 * @param slices slices of time that were read
 * @param checkpoint the text of the checkpoint after the last row of the last slice, from which a
 *     stream of the same list goes on; null if there was no row
 * @param alreadyDone whether there was nothing left to do
 */
public record ExportSummary(
    ExportProgress progress,
    long again,
    long unfinished,
    int slices,
    @Nullable String checkpoint,
    boolean alreadyDone) {

  /** {@return rows written} */
  public long rows() {
    return progress.rows();
  }
}
