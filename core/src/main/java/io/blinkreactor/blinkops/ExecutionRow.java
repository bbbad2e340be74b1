package io.blinkreactor.blinkops;

import io.blinkreactor.internal.export.Column;
import io.blinkreactor.internal.export.Row;
import io.blinkreactor.internal.export.RowKeys;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.time.Instant;
import java.util.List;

/** An execution on its way into an archive: of its members only those that decide are decoded. */
final class ExecutionRow {

  static final List<Column> COLUMNS = List.of();
  static final RowKeys KEYS = new RowKeys("id", "created_at");

  private static final Shape SHAPE = new Shape();
  private static final Shape.Field<String> ID = SHAPE.text("id");
  private static final Shape.Field<Instant> CREATED_AT = SHAPE.epochMillis("created_at");
  private static final Shape.Field<Instant> FINISHED_AT = SHAPE.epochMillis("finished_at");
  private static final Shape.Field<String> STATE = SHAPE.text("state");
  private static final Shape.Field<String> STATE_UI = SHAPE.text("state_ui");

  private ExecutionRow() {}

  static Row decode(byte[] json) {
    Document row = SHAPE.decode(json);
    Instant createdAt = row.get(CREATED_AT);
    return new Row(
        json,
        row.get(ID),
        createdAt == null ? null : createdAt.toEpochMilli(),
        Execution.isFinished(row.get(STATE_UI), row.get(STATE), row.get(FINISHED_AT)));
  }
}
