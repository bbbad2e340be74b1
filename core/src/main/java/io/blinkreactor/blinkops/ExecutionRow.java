package io.blinkreactor.blinkops;

import io.blinkreactor.internal.export.Row;
import io.blinkreactor.internal.json.Element;
import io.blinkreactor.internal.json.Glance;

/** An execution on its way into an archive: of its members only those that decide are looked at. */
final class ExecutionRow {

  private static final int ID = 0;
  private static final int CREATED_AT = 1;
  private static final int STATE_UI = 2;
  private static final int STATE = 3;
  private static final int FINISHED_AT = 4;
  static final Glance GLANCE = new Glance("id", "created_at", "state_ui", "state", "finished_at");

  private ExecutionRow() {}

  static Row of(Element element) {
    Glance.Seen row = element.seen(GLANCE);
    Long createdAt = row.integer(CREATED_AT);
    Long finishedAt = row.integer(FINISHED_AT);
    return new Row(
        element.json(),
        row.text(ID),
        createdAt == null || createdAt == 0 ? null : createdAt,
        Execution.isFinished(
            row.text(STATE_UI), row.text(STATE), finishedAt != null && finishedAt != 0));
  }
}
