package io.blinkreactor.blaxel;

import io.blinkreactor.internal.export.Row;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An execution on its way into an archive. */
final class JobRow {

  private JobRow() {}

  static Row decode(byte[] json) {
    JobExecution row = JobExecution.decode(json);
    return new Row(json, row.id(), createdAt(row), row.isFinished());
  }

  static @Nullable Long createdAt(JobExecution row) {
    Instant at = row.createdAt();
    return at == null ? null : at.toEpochMilli();
  }
}
