package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportProgress;
import io.blinkreactor.export.ExportSummary;
import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Another process that exports with {@code resume()}, and prints from time to time how far it is
 * and what memory it uses, until it is done or killed.
 */
final class ExportProcess implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Where a process finds the list. */
  record Server(String baseUrl, String workspace, String key) {}

  /**
   * What it does.
   *
   * @param lookEvery the time between two lines
   * @param collectEvery the least rows between two lines, before which garbage is collected, so
   *     that what is used is needed; 0 to leave that
   */
  record Orders(
      Path directory,
      int slices,
      Compression compression,
      long partBytes,
      Duration checkpointEvery,
      int pageSize,
      Duration lookEvery,
      long collectEvery) {}

  /**
   * A line.
   *
   * @param done whether it is the last one, printed when everything is closed
   * @param millis since the export was begun
   * @param rows written up to now, with those of the processes before
   * @param direct bytes of direct memory, of Netty's pools and others
   */
  record Look(
      boolean done, long millis, long rows, long pages, long repeated, long heap, long direct) {

    static Look of(String line) {
      String[] words = line.split(" ", -1);
      return new Look(
          words[0].equals("done"),
          Long.parseLong(words[1]),
          Long.parseLong(words[2]),
          Long.parseLong(words[3]),
          Long.parseLong(words[4]),
          Long.parseLong(words[5]),
          Long.parseLong(words[6]));
    }

    @Override
    public String toString() {
      return "%s%,7d ms %,10d rows  heap %6.2f MB  direct %6.2f MB"
          .formatted(done ? "done " : "at   ", millis, rows, heap / 1e6, direct / 1e6);
    }
  }

  private final Process process;
  private final BufferedReader lines;

  private ExportProcess(Process process) {
    this.process = process;
    this.lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Begins one; the JVM gets further arguments. */
  static ExportProcess start(Server server, Orders orders, String... jvm) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-ea"));
    command.addAll(List.of(jvm));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ExportProcess.class.getName());
    command.addAll(List.of(server.baseUrl(), server.workspace(), orders.directory().toString()));
    command.add(String.valueOf(orders.slices()));
    command.add(orders.compression().name());
    command.add(String.valueOf(orders.partBytes()));
    command.add(orders.checkpointEvery().toString());
    command.add(String.valueOf(orders.pageSize()));
    command.add(orders.lookEvery().toString());
    command.add(String.valueOf(orders.collectEvery()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("BLINK_API_KEY", server.key());
    return new ExportProcess(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** The next line; null after the end. */
  @Nullable Look look() throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith("at ") && !line.startsWith("done ")) {
      System.out.println(line);
      line = lines.readLine();
    }
    return line == null ? null : Look.of(line);
  }

  /** All further lines. */
  List<Look> looks() throws IOException {
    List<Look> looks = new ArrayList<>();
    for (Look look = look(); look != null; look = look()) {
      looks.add(look);
    }
    return looks;
  }

  /** Its exit code. */
  int await() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("The process does not end.");
    }
    return process.exitValue();
  }

  /** Ends it as {@code kill -9} does. What it has printed can still be read. */
  void kill() throws InterruptedException {
    // Not by the process itself, which would throw away what was printed.
    process.toHandle().destroyForcibly();
    await();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }

  public static void main(String[] args) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    long collectEvery = Long.parseLong(args[9]);
    long start = System.nanoTime();
    try (BlinkOpsClient client =
        BlinkOpsClient.builder()
            .baseUrl(args[0])
            .apiKey(System.getenv("BLINK_API_KEY"))
            .workspace(args[1])
            .http(SwitchTest.quick().build())
            .build()) {
      ExportJob job =
          client
              .executions()
              .find(Rql.all())
              .pageSize(Integer.parseInt(args[7]))
              .export()
              .slices(Integer.parseInt(args[3]))
              .compression(Compression.valueOf(args[4]))
              .partBytes(Long.parseLong(args[5]))
              .checkpointEvery(Duration.parse(args[6]))
              .lag(Duration.ofMillis(1))
              .resume()
              .toDirectory(Path.of(args[2]));
      long[] next = {0};
      job.progress(Duration.parse(args[8]))
          .filter(now -> now.rows() >= next[0])
          .subscribe(
              now -> {
                next[0] = now.rows() + collectEvery;
                out.println("at " + look(now, start, collectEvery > 0));
              });
      ExportSummary summary = requireNonNull(job.run().block());
      out.println("done " + look(summary.progress(), start, collectEvery > 0));
    }
  }

  private static String look(ExportProgress now, long start, boolean collect) {
    if (collect) {
      System.gc();
    }
    long direct = PlatformDependent.usedDirectMemory();
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      direct += pool.getName().equals("direct") ? pool.getMemoryUsed() : 0;
    }
    return String.join(
        " ",
        List.of(
            String.valueOf((System.nanoTime() - start) / 1_000_000),
            String.valueOf(now.rows()),
            String.valueOf(now.pages()),
            String.valueOf(now.repeated()),
            String.valueOf(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()),
            String.valueOf(direct)));
  }
}
