package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NdjsonTest {

  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());
  private static final Encoding NDJSON = Parts.encoding(ExportFormat.NDJSON, Compression.NONE);

  private final Path directory;

  NdjsonTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void onlyLineBreaksBetweenTokensGo() throws IOException {
    String row = "{\r\n  \"a\\n\" :\t\"\\r\\n \u2028\u0085\\u000a\",\n\n\"b\": [ 1.0,\r2 ]\n}";
    assertThat(write(row, "{}"))
        .isEqualTo("{  \"a\\n\" :\t\"\\r\\n \u2028\u0085\\u000a\",\"b\": [ 1.0,2 ]}\n{}\n");
  }

  @Test
  void everyLineEqualsItsRow() throws IOException {
    RandomRows random = new RandomRows(SEED, true);
    List<byte[]> rows = Stream.generate(random::next).limit(1000).toList();
    Path part = Parts.file(directory, NDJSON, Parts.write(NDJSON, rows, 10));
    List<Row> read = Parts.read(NDJSON, part);
    assertThat(read).as("seed %d", SEED).hasSameSizeAs(rows);
    for (int i = 0; i < rows.size(); i++) {
      String row = new String(rows.get(i), StandardCharsets.UTF_8);
      String line = new String(read.get(i).json(), StandardCharsets.UTF_8);
      assertThat(Cut.tree(line)).as("seed %d row %d", SEED, i).isEqualTo(Cut.tree(row));
      assertThat(line).isEqualTo(row.replace("\n", "").replace("\r", ""));
    }
  }

  @Test
  void whatIsWrongIsToldWithItsRow() throws IOException {
    String part = write("{\"id\":\"a\"}", "{\"id\":\"b\"}");
    assertThat(read(part)).extracting(Row::id).containsExactly("a", "b");
    assertThat(read("")).isEmpty();
    assertThatThrownBy(() -> read(part.substring(0, part.length() - 1)))
        .isInstanceOf(IOException.class)
        .hasMessage("Row 2: It is cut off.");
    assertThatThrownBy(() -> read(part + "\n"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Row 3: ");
    assertThatThrownBy(() -> read("[]\n" + part))
        .isInstanceOf(IOException.class)
        .hasMessage("Row 1: A JSON object was expected.");
  }

  private static String write(String... rows) throws IOException {
    List<byte[]> bytes =
        List.of(rows).stream().map(r -> r.getBytes(StandardCharsets.UTF_8)).toList();
    return new String(Parts.write(NDJSON, bytes, 100), StandardCharsets.UTF_8);
  }

  private List<Row> read(String part) throws IOException {
    return Parts.read(NDJSON, Parts.file(directory, NDJSON, part.getBytes(StandardCharsets.UTF_8)));
  }
}
