package io.blinkreactor.examples.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Two columns, aligned. */
final class PrintTable {

  private record Row(String name, String value) {}

  private final List<Row> rows = new ArrayList<>();
  private final PrintWriter out;

  PrintTable(PrintWriter out) {
    this.out = out;
  }

  void row(String name, String value) {
    rows.add(new Row(name, value));
  }

  void flush() {
    int width = rows.stream().mapToInt(row -> row.name.length()).max().orElse(0);
    for (Row row : rows) {
      out.println(row.name + " ".repeat(width - row.name.length() + 2) + row.value);
    }
    out.flush();
  }
}
