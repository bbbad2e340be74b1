package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.RunException;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.internal.completion.Step;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A process that keeps its runs in files: it takes up what the last one left, starts runs of its
 * own, and prints how each ended. It dies at a step if told to, as {@code kill -9} would have it.
 */
final class RunsProcess implements AutoCloseable {

  static final String PLAYBOOK = "playbook-1";

  /** The exit code of one that died at its step. */
  static final int DIED = 9;

  private static final int AT_ONCE = 16;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What it does.
   *
   * @param directory of the store
   * @param port where it listens, the same for all, so that callbacks find whichever runs
   * @param first the number of its first run
   * @param count how many it starts, some at a time
   * @param dieAt the step to die at; null to live
   * @param times which run that passes it makes it die, from 1
   * @param timeout how long a run is awaited
   */
  record Orders(
      Path directory,
      int port,
      int first,
      int count,
      @Nullable Step dieAt,
      int times,
      Duration timeout) {}

  /** How a run ended, or that nobody knows. */
  record End(String correlationId, String executionId, String state) {
    static final String UNKNOWN = "start-unknown";
  }

  private final Process process;
  private final Path out;

  private RunsProcess(Process process, Path out) {
    this.process = process;
    this.out = out;
  }

  static RunsProcess start(BlinkOpsEmulator emulator, Orders orders) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-ea"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(RunsProcess.class.getName());
    command.add(orders.directory().toString());
    command.add(String.valueOf(orders.port()));
    command.add(String.valueOf(orders.first()));
    command.add(String.valueOf(orders.count()));
    command.add(orders.dieAt() == null ? "-" : orders.dieAt().name());
    command.add(String.valueOf(orders.times()));
    command.add(orders.timeout().toString());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("BLINK_API_KEY", emulator.apiKey());
    builder.environment().put("BLINK_WORKSPACE", emulator.workspace());
    builder.environment().put("BLINK_BASE_URL", emulator.baseUrl());
    // To a file, where what was printed outlives the process.
    Path out = Files.createTempFile(orders.directory().getParent(), "process", ".txt");
    return new RunsProcess(
        builder.redirectOutput(out.toFile()).redirectErrorStream(true).start(), out);
  }

  /** Its exit code. */
  int await() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("It does not end: " + text());
    }
    return process.exitValue();
  }

  List<String> lines() {
    try {
      return Files.readAllLines(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it printed so far; not what it was printing as it died. */
  List<End> ends() {
    return lines().stream()
        .filter(line -> line.startsWith("end ") && line.endsWith(" ."))
        .map(line -> line.split(" "))
        .map(word -> new End(word[1], word[2], word[3]))
        .toList();
  }

  String text() {
    return String.join("\n", lines());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  boolean isReady() {
    return lines().contains("ready");
  }

  /** {@code kill -9}. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    await();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    kill();
    Files.delete(out);
  }

  public static void main(String[] args) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    AtomicInteger left = new AtomicInteger(Integer.parseInt(args[5]));
    Step.Observer steps =
        (step, correlationId, executionId) -> {
          if (step.name().equals(args[4]) && left.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(DIED);
          }
        };
    work(
        new Orders(
            Path.of(args[0]),
            Integer.parseInt(args[1]),
            Integer.parseInt(args[2]),
            Integer.parseInt(args[3]),
            null,
            0,
            Duration.parse(args[6])),
        BlinkOpsClient.builder().environment(System.getenv()),
        steps,
        () -> out.println("ready"),
        () -> false,
        end -> print(out, end));
  }

  /**
   * Does what is ordered in this process, which lives.
   *
   * @param enough told the ends so far; ends the wait for those that are not its own
   */
  static List<End> recover(
      BlinkOpsEmulator emulator, Orders orders, Predicate<Collection<End>> enough) {
    Queue<End> ends = new ConcurrentLinkedQueue<>();
    work(
        orders,
        BlinkOpsClient.builder()
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .baseUrl(emulator.baseUrl()),
        Step.Observer.NONE,
        () -> {},
        () -> enough.test(ends),
        ends::add);
    return List.copyOf(ends);
  }

  private static void work(
      Orders orders,
      BlinkOpsClient.Builder options,
      Step.Observer steps,
      Runnable ready,
      BooleanSupplier enough,
      Consumer<End> print) {
    try (PendingStore store = PendingStore.file(orders.directory());
        CallbackServer server =
            requireNonNull(
                CallbackServer.builder().port(orders.port()).store(store).bind().block(PATIENCE));
        BlinkOpsClient client = options.build();
        Runs runs =
            client
                .runs()
                .receiver(server)
                .store(store)
                .timeout(orders.timeout())
                .reconcileAfter(Duration.ofSeconds(1))
                .steps(steps)
                .build()) {
      AtomicBoolean ownEnded = new AtomicBoolean();
      Flux<End> before = runs.recover().flatMap(RunsProcess::end, Integer.MAX_VALUE);
      Flux<End> own =
          Flux.range(orders.first(), orders.count())
              .map(i -> ExecuteRequest.inputs(Map.of("n", i)))
              .flatMap(request -> runs.start(PLAYBOOK, request).flatMap(RunsProcess::end), AT_ONCE)
              .doOnComplete(() -> ownEnded.set(true));
      ready.run();
      Flux.merge(before, own)
          .doOnNext(print)
          .takeUntilOther(
              Flux.interval(Duration.ofMillis(20), Schedulers.boundedElastic())
                  .filter(tick -> ownEnded.get() && enough.getAsBoolean()))
          .blockLast(orders.timeout().plus(PATIENCE));
    }
  }

  private static Mono<End> end(RunHandle<ExecutionDetails> run) {
    return run.completion()
        .map(RunsProcess::end)
        .onErrorResume(
            RunException.class,
            e ->
                e.reason() == RunException.Reason.START_UNKNOWN
                    ? Mono.just(new End(run.correlationId(), "-", End.UNKNOWN))
                    : Mono.error(e));
  }

  private static End end(Completion<ExecutionDetails> end) {
    return new End(end.correlationId(), end.executionId(), end.execution().effectiveState().name());
  }

  /** In one write, which is seen whole or not at all. */
  private static void print(PrintStream out, End end) {
    out.print("end " + end.correlationId() + " " + end.executionId() + " " + end.state() + " .\n");
    out.flush();
  }
}
