package io.blinkreactor.internal.export;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.internal.json.Element;
import io.blinkreactor.internal.json.ElementSplitter;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.netty.http.client.HttpClient;

/** Every value survives: parts are read by DuckDB and compared with the rows' own JSON. */
class OtherToolTest {

  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());
  private static final int ROWS = Boolean.getBoolean("blinkreactor.full") ? 2_000 : 400;

  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          builder ->
              builder
                  .history(200)
                  .set(Switch.UNKNOWN_MEMBERS, "on")
                  .set(Switch.ELEMENT_FORMAT, "pretty"));

  private final Path directory;

  OtherToolTest(@TempDir Path directory) {
    this.directory = directory;
  }

  static Stream<Arguments> tables() {
    return Stream.of(ExportFormat.CSV, ExportFormat.PARQUET)
        .flatMap(f -> Arrays.stream(Compression.values()).map(c -> Arguments.of(f, c)));
  }

  @ParameterizedTest
  @MethodSource("tables")
  void randomRowsAreReadAsTheyAre(ExportFormat format, Compression compression) throws Exception {
    Encoding encoding = Parts.encoding(format, compression);
    check(encoding, rows(true), "seed " + SEED);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void theEmulatorsRowsAreReadAsTheyAre(
      ExportFormat format, Compression compression, BlinkOpsEmulator emulator) throws Exception {
    List<Column> columns =
        List.of(
            new Column("id", Column.Kind.TEXT),
            new Column("created_at", Column.Kind.TIME),
            new Column("name", Column.Kind.TEXT),
            new Column("playbook", Column.Kind.TEXT),
            new Column("finished_at", Column.Kind.TIME),
            new Column("execution_number", Column.Kind.INTEGER),
            new Column("with_concurrency_limit", Column.Kind.BOOLEAN),
            new Column("error_details", Column.Kind.JSON),
            new Column("step_results", Column.Kind.JSON));
    Encoding encoding =
        new Encoding(
            format,
            compression,
            columns,
            new RowKeys("id", "created_at", RowKeys.Form.EPOCH_MILLIS));
    List<byte[]> rows = listed(emulator);
    assertThat(rows).hasSize(200);
    check(encoding, rows, "seed " + emulator.seed());
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void linesAreTheRowsBytesWithoutLineBreaks(Compression compression) throws Exception {
    Encoding encoding = Parts.encoding(ExportFormat.NDJSON, compression);
    List<byte[]> rows = rows(false);
    Path part = Parts.file(directory, encoding, Parts.write(encoding, rows, 300));
    List<String> lines = new ArrayList<>();
    query(
        "SELECT json::VARCHAR FROM read_ndjson_objects('" + part + "')",
        result -> lines.add(requireNonNull(result.getString(1))));
    assertThat(lines)
        .as("seed %d", SEED)
        .containsExactlyElementsOf(
            rows.stream()
                .map(row -> new String(row, StandardCharsets.UTF_8).replaceAll("[\r\n]", ""))
                .toList());
  }

  @Test
  void linesAreATableToo(BlinkOpsEmulator emulator) throws Exception {
    Encoding encoding =
        new Encoding(
            ExportFormat.NDJSON,
            Compression.NONE,
            List.of(),
            new RowKeys("id", "created_at", RowKeys.Form.EPOCH_MILLIS));
    List<byte[]> rows = listed(emulator);
    Path part = Parts.file(directory, encoding, Parts.write(encoding, rows, 7));
    List<String> names = new ArrayList<>();
    query(
        "SELECT name FROM read_json_auto('" + part + "')",
        result -> names.add(requireNonNull(result.getString(1))));
    assertThat(names)
        .isEqualTo(
            rows.stream()
                .map(r -> Cut.tree(new String(r, StandardCharsets.UTF_8)).get("name").stringValue())
                .toList());
  }

  /** Half a surrogate pair, which JSON may hold, is more than the other tool takes in JSON. */
  private static List<byte[]> rows(boolean halves) {
    RandomRows random = new RandomRows(SEED, halves);
    return Stream.generate(random::next).limit(ROWS).toList();
  }

  private static List<byte[]> listed(BlinkOpsEmulator emulator) {
    byte[] page =
        requireNonNull(
            HttpClient.create()
                .headers(h -> h.set("BLINK-API-KEY", emulator.apiKey()))
                .get()
                .uri(
                    emulator.baseUrl()
                        + "/api/v1/workspace/"
                        + emulator.workspace()
                        + "/executions?q=%7B%22limit%22:200%7D")
                .responseContent()
                .aggregate()
                .asByteArray()
                .block(Duration.ofSeconds(10)));
    return new ElementSplitter(Set.of("results"), 1 << 20)
        .feed(page).stream().map(Element::json).toList();
  }

  /** By our own reader as by the other tool. */
  private void check(Encoding encoding, List<byte[]> rows, String told) throws Exception {
    Path part = Parts.file(directory, encoding, Parts.write(encoding, rows, 300));
    checkKeys(encoding, part, rows, told);
    List<Cut> read = new ArrayList<>();
    query(select(encoding, part), result -> read.add(cut(encoding.columns(), result)));
    assertThat(read).as(told).hasSameSizeAs(rows);
    for (int i = 0; i < read.size(); i++) {
      assertThat(read.get(i))
          .as("%s, row %d: %s", told, i, new String(rows.get(i), StandardCharsets.UTF_8))
          .isEqualTo(Cut.of(rows.get(i), encoding.columns()));
    }
  }

  private static void checkKeys(Encoding encoding, Path part, List<byte[]> rows, String told)
      throws IOException {
    RowKeys.Reader keys = encoding.keys().reader();
    List<Row> read = Parts.read(encoding, part);
    assertThat(read).as(told).hasSameSizeAs(rows);
    for (int i = 0; i < read.size(); i++) {
      Row row = keys.row(rows.get(i));
      String which = told + ", row " + i + ": " + new String(rows.get(i), StandardCharsets.UTF_8);
      assertThat(read.get(i).id()).as(which).isEqualTo(row.id());
      assertThat(read.get(i).at()).as(which).isEqualTo(row.at());
    }
  }

  private static String select(Encoding encoding, Path part) {
    String columns =
        encoding.columns().stream()
            .map(
                c ->
                    c.kind() == Column.Kind.TIME
                        ? "epoch_ms(\"" + c.name() + "\")"
                        : c.kind() == Column.Kind.JSON
                            ? "\"" + c.name() + "\"::VARCHAR"
                            : "\"" + c.name() + "\"")
            .collect(joining(", "));
    if (encoding.format() == ExportFormat.PARQUET) {
      return "SELECT " + columns + ", extra::VARCHAR FROM '" + part + "'";
    }
    String types =
        Stream.concat(
                encoding.columns().stream()
                    .map(c -> "'" + c.name() + "': '" + type(c.kind()) + "'"),
                Stream.of("'extra': 'VARCHAR'"))
            .collect(joining(", ", "{", "}"));
    return "SELECT "
        + columns
        + ", extra::VARCHAR FROM "
        + "read_csv('"
        + part
        + "', header = true, delim = ',', quote = '\"', escape = '\"', "
        + "allow_quoted_nulls = false, columns = "
        + types
        + ")";
  }

  private static String type(Column.Kind kind) {
    return switch (kind) {
      case TEXT -> "VARCHAR";
      case INTEGER -> "BIGINT";
      case BOOLEAN -> "BOOLEAN";
      case TIME -> "TIMESTAMP";
      case JSON -> "VARCHAR";
    };
  }

  private static Cut cut(List<Column> columns, ResultSet result) throws SQLException {
    List<@Nullable Object> cells = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Object value = result.getObject(i + 1);
      boolean tree = value != null && columns.get(i).kind() == Column.Kind.JSON;
      cells.add(tree ? Cut.tree((String) value) : value);
    }
    String extra = result.getString(columns.size() + 1);
    return new Cut(cells, extra == null ? null : Cut.tree(extra));
  }

  private interface Take {
    void row(ResultSet result) throws SQLException;
  }

  private static void query(String sql, Take take) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        take.row(result);
      }
    }
  }
}
