package io.blinkreactor.completion;

import io.blinkreactor.TimeSource;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Another process with a store. It leads runs through registered, started, signalled and finished,
 * 16 at a time, and prints each step once it is acknowledged, until it is killed.
 */
final class StoreProcess implements AutoCloseable {

  /** What the steps are called, in their order. */
  static final List<String> STEPS = List.of("registered", "started", "signalled", "finished");

  /**
   * Instead of a prefix: tells whether the lock file is locked, as {@code held} or {@code free}.
   */
  static final String ONLY_LOCK = "-";

  private final Process process;
  private final BufferedReader lines;

  private StoreProcess(Process process) {
    this.process = process;
    this.lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Ids of runs begin with the prefix. Every fourth run is left signalled, every 16th started. */
  static StoreProcess start(Path directory, String prefix) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-ea"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(StoreProcess.class.getName(), directory.toString(), prefix));
    return new StoreProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** The next acknowledged step, or null after the end. */
  @Nullable String line() throws IOException {
    return lines.readLine();
  }

  /** Ends it as {@code kill -9} does. What it has printed can still be read. */
  @Override
  public void close() {
    // Not by the process itself, which would throw away what was printed.
    process.toHandle().destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public static void main(String[] args) throws IOException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    if (args[1].equals(ONLY_LOCK)) {
      Path file = Path.of(args[0], StoreDirectory.LOCK_FILE);
      try (FileChannel lock = FileChannel.open(file, StandardOpenOption.WRITE)) {
        out.println(lock.tryLock() == null ? "held" : "free");
      }
      return;
    }
    PendingStore store =
        FilePendingStore.open(
            Path.of(args[0]),
            StoreOptions.builder()
                .time(TimeSource.of(Clock.systemUTC(), Schedulers.boundedElastic()))
                .build(),
            new RunFile.Tuning("", 20));
    out.println("open");
    Flux.range(0, 1_000_000)
        .flatMap(
            i -> {
              String id = args[1] + "-" + i;
              Instant now = Instant.now();
              Mono<Void> steps =
                  store
                      .register(
                          PendingRun.builder("ws", id, "playbook", now, now.plusSeconds(60))
                              .build())
                      .doOnSuccess(done -> out.println("registered " + id))
                      .then(store.started(id, "x" + id))
                      .doOnSuccess(done -> out.println("started " + id))
                      .then();
              if (i % 16 == 1) {
                return steps;
              }
              steps =
                  steps
                      .then(store.signal(id, now))
                      .doOnSuccess(done -> out.println("signalled " + id))
                      .then();
              if (i % 4 == 2) {
                return steps;
              }
              return steps
                  .then(store.finish(id, now))
                  .doOnSuccess(done -> out.println("finished " + id))
                  .then();
            },
            16)
        .blockLast();
  }
}
