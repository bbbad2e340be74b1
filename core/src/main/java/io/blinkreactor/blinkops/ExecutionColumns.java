package io.blinkreactor.blinkops;

import io.blinkreactor.internal.export.Column;
import io.blinkreactor.internal.export.RowKeys;
import java.util.List;

/** Executions in archives. */
final class ExecutionColumns {

  static final RowKeys KEYS = new RowKeys("id", "created_at", RowKeys.Form.EPOCH_MILLIS);

  /** All documented members of a list's rows, in the vendor's order behind these two. */
  static final List<Column> LIST = Column.of(Execution.SHAPE, KEYS.id(), KEYS.time());

  private ExecutionColumns() {}
}
