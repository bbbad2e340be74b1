package io.blinkreactor.blaxel;

import io.blinkreactor.internal.export.Column;
import io.blinkreactor.internal.export.RowKeys;
import java.util.List;

/** Executions of jobs in archives. */
final class JobColumns {

  static final RowKeys KEYS =
      new RowKeys("metadata.id", "metadata.createdAt", RowKeys.Form.RFC_3339);

  /** All documented members of a list's rows, in the vendor's order behind these two. */
  static final List<Column> LIST = Column.of(JobExecution.SHAPE, KEYS.id(), KEYS.time());

  private JobColumns() {}
}
