package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page of a thousand rows of 64 KB, in a process whose heap it does not fit into. */
class LargePageTest {

  private static final int ROWS = 1_000;
  private static final int ROW = 64 * 1024;

  @TempDir Path directory = Path.of("");

  @Test
  void aPageLargerThanTheHeapIsReadRowByRow() throws Exception {
    Path err = directory.resolve("err.txt");
    try (LargePageServer server = new LargePageServer(ROWS, ROW)) {
      Process list =
          CliProcess.piped(
              err,
              List.of("-Xmx48m", "-XX:+ExitOnOutOfMemoryError"),
              Map.of(
                  "BLINK_API_KEY", "key", "BLINK_WORKSPACE", "ws", "BLINK_BASE_URL", server.url()),
              "list",
              "--page-size=1000");
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(list.getInputStream(), StandardCharsets.UTF_8))) {
        assertThat(out.readLine()).startsWith("{\"id\":\"0\"");
        // Nobody reads the pipe now, so the list stops, and with it the server's writing.
        standsStill(server);
        assertThat(server.written())
            .as("the socket's buffers hold this much at most")
            .isLessThan(12L << 20);
        long rows = 1;
        String line;
        while ((line = out.readLine()) != null) {
          assertThat(line).startsWith("{\"id\":\"" + rows + "\"");
          rows++;
        }
        assertThat(list.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(list.exitValue()).as(Files.readString(err)).isZero();
        assertThat(rows).isEqualTo(ROWS);
      } finally {
        list.destroyForcibly();
      }
      assertThat(server.written()).isEqualTo((long) ROWS * ROW);
      assertThat(server.pages()).as("the page and the end").isEqualTo(2);
    }
  }

  private static void standsStill(LargePageServer server) {
    long[] last = {-1};
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              long before = last[0];
              last[0] = server.written();
              return before == last[0];
            });
  }
}
