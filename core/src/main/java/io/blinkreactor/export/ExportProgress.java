package io.blinkreactor.export;

import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far an export has come. Of an export that was resumed, all but {@code elapsed} count what was
 * done before, too.
 *
 * @param rows rows written
 * @param before rows among them that were written before this job was run
 * @param parts parts finished
 * @param bytes bytes of files written; what a compression still holds back is not counted
 * @param pages pages read
 * @param repeated rows that arrived again and were dropped, the only sign from outside that rows
 *     come and go
 * @param retries calls that were sent once more
 * @param throttled for how long calls were held back after a 429, one after the other
 * @param elapsed time since the start
 * @param mode how the last page was asked for; null before the first one
 * @param expected how many rows the vendor says the list has; what it counts is not documented, so
 *     it is a hint; null if it does not say, and of an increment that looks at rows again
 */
public record ExportProgress(
    long rows,
    long before,
    int parts,
    long bytes,
    long pages,
    long repeated,
    long retries,
    Duration throttled,
    Duration elapsed,
    @Nullable PagingMode mode,
    @Nullable Long expected) {}
