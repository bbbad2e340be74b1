package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.slf4j.LoggerFactory;

/**
 * A command line in this process, on a thread of its own, with streams, variables and signals that
 * the test gives it.
 */
final class Cli implements AutoCloseable {

  private static final Logger ROOT =
      (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Of a JVM that is told to end. */
  private static final int TERMINATED = 143;

  /**
   * How a command ended.
   *
   * @param exit its exit code
   * @param out the lines of its standard output
   * @param err its standard error
   */
  record Result(int exit, List<String> out, String err) {

    /** Fails unless the command did, and said so without a stack trace or a secret. */
    void checkFailed(int code, String says, String secret) {
      assertThat(exit).as(err).isEqualTo(code);
      assertThat(err).contains(says).doesNotContain("\tat ").doesNotContain(secret);
      assertThat(out).isEmpty();
    }
  }

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final StringWriter err = new StringWriter();
  private final List<Runnable> hooks = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Result> end = new CompletableFuture<>();
  private final Thread thread;

  private Cli(UnaryOperator<OutputStream> pipe, Map<String, String> environment, String... args) {
    PrintWriter words = new PrintWriter(err, true);
    Console console = new Console(environment, pipe.apply(out), words, false, new TestSignals());
    AppenderBase<ILoggingEvent> warnings = warnings(words);
    thread =
        new Thread(
            () -> {
              ROOT.addAppender(warnings);
              int exit = Blinkreactor.commandLine(console).execute(args);
              ROOT.detachAppender(warnings);
              end(exit);
            },
            "cli " + String.join(" ", args));
    thread.start();
  }

  /** As the command's own settings have it. */
  private static AppenderBase<ILoggingEvent> warnings(PrintWriter to) {
    AppenderBase<ILoggingEvent> warnings =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            if (event.getLevel().isGreaterOrEqual(Level.WARN)
                && !event.getLoggerName().startsWith("reactor.netty")) {
              to.println(event.getLevel() + " " + event.getFormattedMessage());
            }
          }
        };
    warnings.start();
    return warnings;
  }

  static Cli start(Map<String, String> environment, String... args) {
    return new Cli(out -> out, environment, args);
  }

  static Result run(Map<String, String> environment, String... args) throws Exception {
    try (Cli cli = start(environment, args)) {
      return cli.await();
    }
  }

  /** Runs with standard output on a pipe whose reader reads one line and goes. */
  static Result readOneLine(Map<String, String> environment, String... args) throws Exception {
    try (Cli cli = new Cli(OneLinePipe::new, environment, args)) {
      return cli.await();
    }
  }

  private static final class OneLinePipe extends OutputStream {
    private final OutputStream out;
    private boolean gone;

    OneLinePipe(OutputStream out) {
      this.out = out;
    }

    @Override
    public synchronized void write(int b) throws IOException {
      if (gone) {
        throw new IOException("Broken pipe");
      }
      out.write(b);
      gone = b == '\n';
    }
  }

  Result await() throws ExecutionException, InterruptedException, TimeoutException {
    return end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** The lines of standard output so far. */
  List<String> lines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /** Does what a JVM does when it is told to end: runs its hooks, and nothing after them counts. */
  void interrupt() {
    hooks.forEach(Runnable::run);
    end(TERMINATED);
    thread.interrupt();
  }

  /** Only the first end counts, as it is the process's. */
  private void end(int code) {
    end.complete(new Result(code, lines(), err.toString()));
  }

  @Override
  public void close() throws InterruptedException {
    if (!end.isDone()) {
      thread.interrupt();
    }
    thread.join(PATIENCE.toMillis());
    assertThat(thread.isAlive()).as("%s goes on", thread.getName()).isFalse();
  }

  private final class TestSignals implements Console.Signals {

    @Override
    public Console.Registration onShutdown(Runnable task) {
      hooks.add(task);
      return () -> hooks.remove(task);
    }

    @Override
    public void halt(int exitCode) {
      end(exitCode);
    }
  }

  /**
   * Returns a test for each command that is to fail in one line.
   *
   * @param cases exit code, command and what is said, with | between them
   * @param secret what must not be said
   */
  static Stream<DynamicTest> failing(
      Map<String, String> environment, String secret, List<String> cases) {
    return cases.stream()
        .map(each -> each.split("\\|", 3))
        .map(
            part ->
                DynamicTest.dynamicTest(
                    part[1],
                    () ->
                        run(environment, part[1].split(" "))
                            .checkFailed(Integer.parseInt(part[0]), part[2], secret)));
  }

  /** Fails unless each of the commands tells how it is used. */
  static void checkHelp(String... commands) throws Exception {
    for (String command : commands) {
      Result result = run(Map.of(), (command + " --help").split(" "));
      assertThat(result.exit()).as(command).isZero();
      assertThat(String.join("\n", result.out())).contains("Usage: blinkreactor " + command);
    }
  }
}
