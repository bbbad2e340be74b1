package io.blinkreactor.internal.export;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.QuoteMode;
import org.jspecify.annotations.Nullable;

/** A record for each row, and one of names before the first. */
final class CsvWriter implements RowWriter {

  private static final CSVFormat NAMES = CSVFormat.RFC4180;
  static final CSVFormat VALUES =
      CSVFormat.RFC4180.builder().setQuoteMode(QuoteMode.ALL_NON_NULL).get();

  private final CompressedOutput out;
  private final Writer text;
  private final CSVPrinter printer;
  private final List<Column> columns;
  private final Cells cells;
  private boolean named;

  /**
   * A writer.
   *
   * @param named whether the names are there already
   */
  CsvWriter(CompressedOutput out, List<Column> columns, boolean named) throws IOException {
    this.out = out;
    this.text = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 14);
    this.printer = new CSVPrinter(text, VALUES);
    this.columns = columns;
    this.cells = new Cells(columns);
    this.named = named;
  }

  /** The record of names, as its readers find it. */
  static String[] names(List<Column> columns) {
    String[] names = new String[columns.size() + 1];
    for (int i = 0; i < columns.size(); i++) {
      names[i] = columns.get(i).name();
    }
    names[columns.size()] = Column.EXTRA;
    return names;
  }

  @Override
  public void write(Row row) throws IOException {
    cells.read(row.json());
    name();
    for (int i = 0; i < columns.size(); i++) {
      printer.print(text(columns.get(i).kind(), cells.get(i)));
    }
    printer.print(cells.extra());
    printer.println();
  }

  private static @Nullable String text(Column.Kind kind, @Nullable Object value) {
    return value == null
        ? null
        : kind == Column.Kind.TIME ? IsoTime.text((Long) value) : value.toString();
  }

  /** Before the first row and not sooner, so that a file without rows can be begun anew. */
  private void name() throws IOException {
    if (!named) {
      named = true;
      NAMES.printRecord(text, (Object[]) names(columns));
    }
  }

  @Override
  public boolean flush() throws IOException {
    text.flush();
    out.boundary();
    return true;
  }

  @Override
  public void finish() throws IOException {
    name();
    text.flush();
    out.finish();
  }

  @Override
  public void abandon() throws IOException {
    out.abandon();
  }
}
