package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ParquetTest {

  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  private final Path directory;

  ParquetTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** More than one group, and columns that do without a dictionary after a while. */
  @ParameterizedTest
  @EnumSource(Compression.class)
  void manyGroupsAreOneTable(Compression compression) throws Exception {
    Encoding parquet = Parts.encoding(ExportFormat.PARQUET, compression);
    SplittableRandom random = new SplittableRandom(SEED);
    List<byte[]> rows = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(1600); n > 0; n -= 8) {
        text.append(Long.toString(random.nextLong(), 36));
      }
      String row = "{\"id\":\"" + i + "\",\"at\":" + (1000L + i) + ",\"text\":\"" + text + "\"}";
      rows.add(row.getBytes(StandardCharsets.UTF_8));
    }
    Path part = Parts.file(directory, parquet, Parts.write(parquet, rows, 1000));
    List<Row> read = Parts.read(parquet, part);
    assertThat(read).as("seed %d", SEED).hasSameSizeAs(rows);
    for (int i = 0; i < read.size(); i++) {
      assertThat(read.get(i).id()).isEqualTo(Integer.toString(i));
      assertThat(read.get(i).at()).isEqualTo(1000L + i);
    }
    assertThat(number("SELECT count(DISTINCT row_group_id) FROM parquet_metadata('%s')", part))
        .isGreaterThan(1);
    assertThat(number("SELECT count(*) FROM '%s' WHERE epoch_ms(\"at\") = 1000 + id::INT", part))
        .isEqualTo(rows.size());
    // The bounds of the times let a reader pass over groups.
    assertThat(
            number(
                "SELECT count(*) FROM parquet_metadata('%s') WHERE path_in_schema = 'at' "
                    + "AND stats_min_value IS NULL",
                part))
        .isZero();
    assertThat(number("SELECT count(*) FROM '%s' WHERE \"at\" >= to_timestamp(10)", part))
        .isEqualTo(1000);
  }

  @Test
  void aFileWithoutRowsIsOne() throws Exception {
    Encoding parquet = Parts.encoding(ExportFormat.PARQUET, Compression.NONE);
    Path part = Parts.file(directory, parquet, Parts.write(parquet, List.of(), 1));
    assertThat(Parts.read(parquet, part)).isEmpty();
    assertThat(number("SELECT count(*) FROM '%s'", part)).isZero();
  }

  @Test
  void aFileCannotBeGoneOnWith() throws IOException {
    Encoding parquet = Parts.encoding(ExportFormat.PARQUET, Compression.NONE);
    assertThat(parquet.writer(new ByteArrayOutputStream(), false).flush()).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parquet.writer(new ByteArrayOutputStream(), true));
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void damageIsTold(Compression compression) throws IOException {
    Encoding parquet = Parts.encoding(ExportFormat.PARQUET, compression);
    byte[] whole =
        Parts.write(parquet, List.of("{\"id\":\"abc\"}".getBytes(StandardCharsets.UTF_8)), 1);
    for (int length : new int[] {0, 4, 20, whole.length - 1}) {
      Path part = Parts.file(directory, parquet, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Parts.read(parquet, part))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("The file ");
    }
    Path part = Parts.file(directory, parquet, whole);
    Encoding other =
        new Encoding(
            ExportFormat.PARQUET, compression, RandomRows.COLUMNS.subList(0, 3), RandomRows.KEYS);
    assertThatThrownBy(() -> Parts.read(other, part))
        .isInstanceOf(IOException.class)
        .hasMessage("The file's columns are not these ones.");
    if (compression == Compression.NONE) {
      String text = new String(whole, StandardCharsets.ISO_8859_1);
      byte[] damaged = text.replaceFirst("abc", "abd").getBytes(StandardCharsets.ISO_8859_1);
      Path file = Parts.file(directory, parquet, damaged);
      assertThatThrownBy(() -> Parts.read(parquet, file))
          .isInstanceOf(IOException.class)
          .hasMessage("Row 1: A page is damaged: its check sum is another one.");
    }
  }

  private static long number(String sql, Path part) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(String.format(sql, part))) {
      result.next();
      return result.getLong(1);
    }
  }
}
