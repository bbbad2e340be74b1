package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Holds the page of columns to the columns. */
public final class ColumnsPage {

  private ColumnsPage() {}

  /** Fails, with the table that should be there, unless the page has it below its heading. */
  public static void check(String heading, List<Column> columns) throws IOException {
    StringBuilder table =
        new StringBuilder("## " + heading + "\n\n| column | holds |\n|---|---|\n");
    for (Column column : columns) {
      table.append("| `").append(column.name()).append("` | ").append(holds(column.kind()));
      table.append(" |\n");
    }
    table.append("| `extra` | all else, as a JSON object |\n");
    assertThat(Files.readString(Path.of("..", "docs", "export-columns.md")))
        .contains(table.toString());
    assertThat(columns.stream().map(Column::name)).doesNotHaveDuplicates().doesNotContain("extra");
  }

  private static String holds(Column.Kind kind) {
    return switch (kind) {
      case TEXT -> "text";
      case INTEGER -> "integer";
      case BOOLEAN -> "boolean";
      case TIME -> "time";
      case JSON -> "JSON";
    };
  }
}
