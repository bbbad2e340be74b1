package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.testkit.BulkHistoryServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Exports in a small heap: what they use does not grow with the list. */
class ExportMemoryTest {

  private static final Duration LONG = Duration.ofMinutes(10);
  private static final int ROWS = 1_000_000;
  private static final boolean FULL = Boolean.getBoolean("blinkreactor.full");
  private static final int WIDE_ROWS = FULL ? 20_000 : 600;
  private static final int WIDE = 64 << 10;
  private static final int PAGE = 1_000;
  private static final int LOOKS = FULL ? 40 : 16;

  /** As much more at the end as at the beginning is no growth. */
  private static final long MARGIN = 3 << 20;

  private final Path dir;

  ExportMemoryTest(@TempDir Path dir) {
    this.dir = dir;
  }

  @Test
  @EnabledIfSystemProperty(
      named = "blinkreactor.full",
      matches = "true",
      disabledReason = "The wide rows below are more than the heap too.")
  void manyRowsInSmallHeap() throws Exception {
    try (BulkHistoryServer server = BulkHistoryServer.builder().rows(ROWS).start()) {
      export(server, ROWS, System.getProperty("blinkreactor.export-heap", "32m"));
    }
  }

  @Test
  void pagesThatAreLargerThanTheHeap() throws Exception {
    try (BulkHistoryServer server =
        BulkHistoryServer.builder().rows(WIDE_ROWS).rowBytes(WIDE).start()) {
      export(server, WIDE_ROWS, "32m");
    }
  }

  private void export(BulkHistoryServer server, int rows, String heap) throws Exception {
    ExportProcess.Orders orders =
        new ExportProcess.Orders(
            dir,
            1,
            Compression.NONE,
            16 << 20,
            Duration.ofSeconds(1),
            PAGE,
            Duration.ofMillis(10),
            rows / LOOKS);
    List<ExportProcess.Look> looks;
    try (ExportProcess process =
        ExportProcess.start(
            new ExportProcess.Server(server.baseUrl(), server.workspace(), server.apiKey()),
            orders,
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xmx" + heap)) {
      looks = process.looks();
      assertThat(process.await()).isZero();
    }
    System.out.printf("%,d rows with -Xmx%s:%n", rows, heap);
    looks.forEach(System.out::println);
    ExportProcess.Look last = looks.get(looks.size() - 1);
    assertThat(last.done()).isTrue();
    assertThat(last.rows()).isEqualTo(rows);
    assertFlat("heap", looks, ExportProcess.Look::heap);
    assertFlat("direct memory", looks, ExportProcess.Look::direct);
    check(server, rows);
  }

  /** The middle of the last third is not above that of the first one, after some to warm up. */
  private static void assertFlat(
      String what, List<ExportProcess.Look> looks, ToLongFunction<ExportProcess.Look> used) {
    List<Long> series =
        looks.stream()
            .filter(look -> look.rows() > 0 && !look.done())
            .map(used::applyAsLong)
            .toList();
    series = series.subList(series.size() / 5, series.size());
    int third = series.size() / 3;
    assertThat(third).as("looks: %s", looks).isGreaterThan(2);
    long first = middle(series.subList(0, third));
    long last = middle(series.subList(series.size() - third, series.size()));
    assertThat(last)
        .as("%s, after %,d at first", what, first)
        .isLessThanOrEqualTo(Math.max(first + first / 4, first + MARGIN));
  }

  private static long middle(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** All rows are there, in their order. */
  private void check(BulkHistoryServer server, int rows) throws IOException {
    int row = 0;
    for (Path part : ExportSupport.files(dir)) {
      if (part.getFileName().toString().startsWith("part-")) {
        row = checkPart(server, part, row);
      }
    }
    assertThat(row).isEqualTo(rows);
    Verification found = requireNonNull(Archive.in(dir).verify().block(LONG));
    assertThat(found.faults()).isEmpty();
    assertThat(found.complete()).isTrue();
    assertThat(found.rows()).isEqualTo(rows);
  }

  private static int checkPart(BulkHistoryServer server, Path part, int first) throws IOException {
    int row = first;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(part), 1 << 16)) {
      byte[] begin = "{\"id\":\"".getBytes(StandardCharsets.UTF_8);
      byte[] head = in.readNBytes(begin.length + server.id(0).length());
      while (head.length > 0) {
        String id =
            new String(head, begin.length, head.length - begin.length, StandardCharsets.UTF_8);
        assertThat(id).isEqualTo(server.id(row));
        row++;
        int b = in.read();
        while (b != '\n' && b >= 0) {
          b = in.read();
        }
        assertThat(b).as("ends a line").isEqualTo('\n');
        head = in.readNBytes(head.length);
      }
    }
    return row;
  }
}
