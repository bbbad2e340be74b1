package io.blinkreactor.benchmarks;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.Rql;
import io.blinkreactor.testkit.BulkHistoryServer;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import tools.jackson.databind.json.JsonMapper;

/**
 * Exports into NDJSON on disk, from a server in a process of its own: slices beside one after the
 * other where the network is slow; and, without latency, the vendor's bytes as they are beside two
 * peers that decode each row into a map and write it again: the client's own stream, and bare pages
 * that Jackson reads whole, without any of a stream's promises. All make their files durable; the
 * peers don't sum them. Whole runs, in turns, after some that do not count.
 */
public final class ExportBenchmark {

  private static final int PAGE = 1000;

  private final String baseUrl;
  private final String key;
  private final String workspace;
  private final int rows;
  private final Path directory;
  private final JsonMapper jackson = JsonMapper.builder().build();

  private ExportBenchmark(String baseUrl, String key, String workspace, int rows, Path directory) {
    this.baseUrl = baseUrl;
    this.key = key;
    this.workspace = workspace;
    this.rows = rows;
    this.directory = directory;
  }

  /**
   * Runs it and prints the ratios.
   *
   * @param args rows of each run; 600,000 by default where the network is slow, else 200,000
   * @throws IOException if the disk fails
   */
  public static void main(String... args) throws IOException {
    if (args.length == 3 && args[0].equals("serve")) {
      serve(Integer.parseInt(args[1]), Duration.parse(args[2]));
      return;
    }
    slices(args.length == 0 ? 600_000 : Integer.parseInt(args[0]));
    verbatim(args.length == 0 ? 200_000 : Integer.parseInt(args[0]));
  }

  private static void slices(int rows) throws IOException {
    withServer(
        rows,
        Duration.ofMillis(50),
        run -> {
          double[][] seconds = run.inTurns(1, 3, () -> run.export(4), () -> run.export(1));
          print("50 ms a page: slices(4) beside slices(1)", rows, seconds[0], seconds[1]);
        });
  }

  private static void verbatim(int rows) throws IOException {
    withServer(
        rows,
        Duration.ZERO,
        run -> {
          double[][] seconds =
              run.inTurns(
                  12, 7, () -> run.export(1), run::streamDecodeAndWrite, run::decodeAndWrite);
          print(
              "verbatim beside the same stream decoded and written", rows, seconds[0], seconds[1]);
          print("verbatim beside pages read whole by Jackson", rows, seconds[0], seconds[2]);
        });
  }

  private static void print(String what, int rows, double[] ours, double[] peer) {
    System.out.printf(
        "%s: %,.0f and %,.0f rows/s, ratio %.2f (seconds: %s and %s)%n",
        what,
        rows / median(ours),
        rows / median(peer),
        median(peer) / median(ours),
        Arrays.toString(ours),
        Arrays.toString(peer));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** What is measured, with a server before it. */
  private interface Measured {
    void run(ExportBenchmark run) throws IOException;
  }

  private static void withServer(int rows, Duration latency, Measured measured) throws IOException {
    Process server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                ExportBenchmark.class.getName(),
                "serve",
                Integer.toString(rows),
                latency.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Path directory = Files.createTempDirectory("export-benchmark");
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
      String[] at = Objects.requireNonNull(out.readLine()).split(" ");
      measured.run(new ExportBenchmark(at[0], at[1], at[2], rows, directory));
    } finally {
      server.destroyForcibly();
      empty(directory);
    }
  }

  private static void serve(int rows, Duration latency) throws IOException {
    try (BulkHistoryServer server =
        BulkHistoryServer.builder().rows(rows).latency(latency).start()) {
      System.out.println(server.baseUrl() + " " + server.apiKey() + " " + server.workspace());
      // Until the parent is gone.
      while (System.in.read() >= 0) {
        Thread.onSpinWait();
      }
    }
  }

  /** The seconds of each round of each; the first rounds do not count. */
  private double[][] inTurns(int warmUp, int rounds, Runnable... each) throws IOException {
    double[][] seconds = new double[each.length][rounds];
    for (int round = -warmUp; round < rounds; round++) {
      for (int which = 0; which < each.length; which++) {
        long start = System.nanoTime();
        each[which].run();
        if (round >= 0) {
          seconds[which][round] = (System.nanoTime() - start) / 1e9;
        }
        empty(directory);
      }
    }
    return seconds;
  }

  private void export(int slices) {
    try (BlinkOpsClient client =
        BlinkOpsClient.builder().baseUrl(baseUrl).apiKey(key).workspace(workspace).build()) {
      long written =
          Objects.requireNonNull(
                  client
                      .executions()
                      .find(Rql.all())
                      .pageSize(PAGE)
                      .export()
                      .slices(slices)
                      .toDirectory(directory.resolve("archive"))
                      .run()
                      .block())
              .rows();
      check(written);
    }
  }

  private void check(long written) {
    if (written != rows) {
      throw new IllegalStateException(written + " rows in place of " + rows);
    }
  }

  /** What a team writes itself: page after page into maps, and each map on a line. */
  private void decodeAndWrite() {
    HttpClient client = HttpClient.create().baseUrl(baseUrl).compress(true);
    writeDurably(
        out -> {
          long written = 0;
          List<?> page = page(client, 0, "00000000-0000-0000-0000-000000000000");
          while (!page.isEmpty()) {
            for (Object row : page) {
              write(row, out);
              written++;
            }
            Map<?, ?> last = (Map<?, ?>) page.get(page.size() - 1);
            page =
                page(
                    client,
                    ((Number) Objects.requireNonNull(last.get("created_at"))).longValue(),
                    String.valueOf(last.get("id")));
          }
          return written;
        });
  }

  /** The same stream, decoded and written again, as without the export. */
  private void streamDecodeAndWrite() {
    try (BlinkOpsClient client =
        BlinkOpsClient.builder().baseUrl(baseUrl).apiKey(key).workspace(workspace).build()) {
      writeDurably(
          out ->
              Objects.requireNonNull(
                  client
                      .executions()
                      .find(Rql.all())
                      .pageSize(PAGE)
                      .items()
                      .publishOn(Schedulers.boundedElastic())
                      .doOnNext(row -> write(row.json().as(Map.class), out))
                      .count()
                      .block()));
    }
  }

  private void writeDurably(ToLongFunction<OutputStream> rowsTo) {
    try (FileOutputStream file = new FileOutputStream(directory.resolve("all.ndjson").toFile())) {
      OutputStream out = new BufferedOutputStream(file, 1 << 16);
      check(rowsTo.applyAsLong(out));
      out.flush();
      file.getFD().sync();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<?> page(HttpClient client, long at, String id) {
    String q =
        JsonValue.of(
                Map.of(
                    "filter",
                    Map.of(
                        "created_at",
                        Map.of("$gte", at),
                        "$or",
                        List.of(
                            Map.of("created_at", Map.of("$gt", at)),
                            Map.of("created_at", at, "id", Map.of("$gt", id)))),
                    "sort",
                    List.of("created_at", "id"),
                    "limit",
                    PAGE))
            .text();
    @Nullable Map<?, ?> body =
        client
            .headers(h -> h.set("BLINK-API-KEY", key))
            .get()
            .uri(
                "/api/v1/workspace/"
                    + workspace
                    + "/executions?q="
                    + URLEncoder.encode(q, StandardCharsets.UTF_8))
            .responseSingle((response, content) -> content.asByteArray())
            .flatMap(json -> Mono.fromCallable(() -> jackson.readValue(json, Map.class)))
            .block();
    return new ArrayList<>(
        (List<?>) Objects.requireNonNull(Objects.requireNonNull(body).get("results")));
  }

  private void write(@Nullable Object row, OutputStream out) {
    try {
      out.write(jackson.writeValueAsBytes(row));
      out.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void empty(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file :
          files.sorted(Comparator.reverseOrder()).filter(f -> !f.equals(directory)).toList()) {
        Files.delete(file);
      }
    }
  }
}
