package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTest {

  private static final String NAMES =
      "id,at,text,number,flag,free,meta.id,meta.size,meta.at,deep.down.text,extra\r\n";
  private static final Encoding CSV = Parts.encoding(ExportFormat.CSV, Compression.NONE);

  private final Path directory;

  CsvTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void aRecordIsWhatTheDocumentationSays() throws IOException {
    String record =
        write(
            "{\"id\":\"a \\\"b\\\", c\",\"at\":1735689600123,\"text\":\"=1+1\\r\\n\",\"number\":-7,"
                + "\"flag\":true,\"free\":{\"k\":\n\"v\"},\"meta\":{\"id\":\"\",\"x\":null}}",
            "{\"at\":0,\"free\":\"\"}",
            "{}");
    assertThat(record)
        .isEqualTo(
            NAMES
                + "\"a \"\"b\"\", c\",\"2025-01-01T00:00:00.123Z\",\"=1+1\r\n\",\"-7\",\"true\","
                + "\"{\"\"k\"\":\"\"v\"\"}\",\"\",,,,\"{\"\"meta\"\":{\"\"x\"\":null}}\"\r\n"
                + ",\"1970-01-01T00:00:00.000Z\",,,,\"\"\"\"\"\",,,,,\r\n"
                + ",,,,,,,,,,\r\n");
  }

  @Test
  void timesAreExact() {
    assertThat(IsoTime.text(-62135596800000L)).isEqualTo("0001-01-01T00:00:00.000Z");
    assertThat(IsoTime.text(-1)).isEqualTo("1969-12-31T23:59:59.999Z");
    assertThat(IsoTime.text(951_782_400_007L)).isEqualTo("2000-02-29T00:00:00.007Z");
    assertThat(IsoTime.text(253402300799999L)).isEqualTo("9999-12-31T23:59:59.999Z");
  }

  @Test
  void theNamesStandOnceAtTheHead() throws IOException {
    assertThat(write()).isEqualTo(NAMES);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RowWriter writer = CSV.writer(out, false);
    assertThat(writer.flush()).isTrue();
    assertThat(out.size()).as("so that it is not resumed as a part with names").isZero();
    writer.write(Parts.row("{\"id\":\"a\"}".getBytes(StandardCharsets.UTF_8)));
    writer.flush();
    RowWriter resumed = CSV.writer(out, true);
    resumed.write(Parts.row("{\"id\":\"b\"}".getBytes(StandardCharsets.UTF_8)));
    resumed.finish();
    CSV.writer(out, true).finish();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(NAMES + "\"a\",,,,,,,,,,\r\n" + "\"b\",,,,,,,,,,\r\n");
  }

  @Test
  void keysAreFoundWhereverTheyAre() throws IOException {
    List<Row> rows =
        read(
            write(
                "{\"id\":\"a\",\"at\":5}",
                "{\"id\":\"\",\"at\":0}",
                "{\"id\":\"\\ud800\",\"at\":\"2025-01-01T00:00:00Z\"}",
                "{\"id\":1,\"at\":253402300800000}"));
    assertThat(rows).extracting(Row::id).containsExactly("a", "", "\ud800", null);
    assertThat(rows).extracting(Row::at).containsExactly(5L, null, null, 253402300800000L);
  }

  @Test
  void whatIsWrongIsToldWithItsRow() throws IOException {
    String part = write("{\"id\":\"a\"}", "{\"id\":\"b\",\"text\":\"two\\nlines\"}");
    assertThat(read(part)).hasSize(2);
    assertThatThrownBy(() -> read(part.substring(0, part.length() - 2)))
        .isInstanceOf(IOException.class)
        .hasMessage("Row 2: It is cut off.");
    assertThatThrownBy(() -> read(part.substring(0, part.indexOf("lines"))))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Row 2: ");
    assertThatThrownBy(() -> read(part.substring(0, part.length() - 5) + "\r\n"))
        .isInstanceOf(IOException.class)
        .hasMessage("Row 2 has 8 values, not 11.");
    assertThatThrownBy(() -> read(part + "\r\n"))
        .isInstanceOf(IOException.class)
        .hasMessage("Row 3 has 1 values, not 11.");
    assertThatThrownBy(() -> read(part.replace(",,\r\n", ",,[]\r\n")))
        .isInstanceOf(IOException.class)
        .hasMessage("Row 1: A JSON object was expected.");
    assertThatThrownBy(() -> read(part.replace("number", "numbers")))
        .isInstanceOf(IOException.class)
        .hasMessage("The line of names is not the one of these columns.");
    assertThatThrownBy(() -> read(""))
        .isInstanceOf(IOException.class)
        .hasMessage("The line of names is not the one of these columns.");
  }

  private static String write(String... rows) throws IOException {
    List<byte[]> bytes =
        List.of(rows).stream().map(r -> r.getBytes(StandardCharsets.UTF_8)).toList();
    return new String(Parts.write(CSV, bytes, 100), StandardCharsets.UTF_8);
  }

  private List<Row> read(String part) throws IOException {
    return Parts.read(CSV, Parts.file(directory, CSV, part.getBytes(StandardCharsets.UTF_8)));
  }
}
