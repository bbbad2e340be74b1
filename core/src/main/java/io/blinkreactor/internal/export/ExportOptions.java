package io.blinkreactor.internal.export;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a list is exported.
 *
 * @param requestsPerSecond 0: no bound
 */
record ExportOptions(
    Encoding encoding,
    long partBytes,
    int slices,
    @Nullable Instant from,
    @Nullable Instant to,
    Duration lag,
    Duration checkpointEvery,
    double requestsPerSecond,
    boolean resume,
    boolean incremental) {

  /** The first time that is left out by what begins now. */
  Instant end(Instant now) {
    Instant settled = now.minus(lag);
    return to != null && to.isBefore(settled) ? to : settled;
  }
}
