package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** The command line as a process of its own, as a user runs it. */
final class Cli implements AutoCloseable {

  /**
   * How a process ended.
   *
   * @param exit its exit code
   * @param out the lines of its standard output
   * @param err its standard error
   */
  record Result(int exit, List<String> out, String err) {

    /** Whether it failed as told, and said so without a stack trace or a secret. */
    void checkFailed(int code, String says, String secret) {
      assertThat(exit).as(err).isEqualTo(code);
      assertThat(err).contains(says).doesNotContain("\tat ").doesNotContain(secret);
      assertThat(out).isEmpty();
    }
  }

  private final Process process;
  private final Path out;
  private final Path err;

  private Cli(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  static Cli start(Path directory, Map<String, String> environment, String... args)
      throws IOException {
    Path out = Files.createTempFile(directory, "out", ".txt");
    Path err = Files.createTempFile(directory, "err", ".txt");
    return new Cli(
        builder(environment, args).redirectOutput(out.toFile()).redirectError(err.toFile()).start(),
        out,
        err);
  }

  static Result run(Path directory, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    try (Cli cli = start(directory, environment, args)) {
      return cli.await();
    }
  }

  /** Runs command lines one after the other in one process, which is much faster. */
  static List<Result> runAll(Path directory, Map<String, String> environment, List<String> commands)
      throws IOException, InterruptedException {
    Path in = Files.write(directory.resolve("commands.txt"), commands);
    Path ends = directory.resolve("ends.txt");
    ProcessBuilder builder =
        builder(CliBatch.class, List.of(), environment, in.toString(), ends.toString());
    Process process = builder.inheritIO().start();
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("it ends").isTrue();
    return Files.readAllLines(ends).stream()
        .map(end -> requireNonNull(JsonValue.parse(end).as(Result.class)))
        .toList();
  }

  /** Runs with standard output on a pipe whose reader reads one line and goes. */
  static Result readOneLine(Path directory, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    Path err = Files.createTempFile(directory, "err", ".txt");
    Process process = builder(environment, args).redirectError(err.toFile()).start();
    String line;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      line = String.valueOf(reader.readLine());
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), List.of(line), Files.readString(err));
  }

  /** Starts with standard output on a pipe, and with further options of the JVM. */
  static Process piped(
      Path err, List<String> jvmOptions, Map<String, String> environment, String... args)
      throws IOException {
    return builder(Blinkreactor.class, jvmOptions, environment, args)
        .redirectError(err.toFile())
        .start();
  }

  private static ProcessBuilder builder(Map<String, String> environment, String... args) {
    return builder(Blinkreactor.class, List.of(), environment, args);
  }

  private static ProcessBuilder builder(
      Class<?> main, List<String> jvmOptions, Map<String, String> environment, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            // Else the tests' own, which writes to standard output.
            "-Dlogback.configurationFile=logback.xml",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("BLINK_") || name.startsWith("BL_"));
    builder.environment().putAll(environment);
    return builder;
  }

  Result await() throws IOException, InterruptedException {
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("it ends").isTrue();
    return new Result(process.exitValue(), Files.readAllLines(out), Files.readString(err));
  }

  List<String> lines() {
    try {
      return Files.readAllLines(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A test for each command that is to fail in one line.
   *
   * @param cases exit code, command and what is said, behind one another with | between
   * @param secret what must not be said
   */
  static Stream<DynamicTest> failing(
      Path directory, Map<String, String> environment, String secret, List<String> cases)
      throws IOException, InterruptedException {
    List<List<String>> parts = cases.stream().map(each -> List.of(each.split("\\|", 3))).toList();
    List<Result> ends =
        runAll(directory, environment, parts.stream().map(part -> part.get(1)).toList());
    assertThat(ends).hasSameSizeAs(parts);
    return IntStream.range(0, parts.size())
        .mapToObj(
            i -> {
              List<String> part = parts.get(i);
              return DynamicTest.dynamicTest(
                  part.get(1),
                  () ->
                      ends.get(i).checkFailed(Integer.parseInt(part.get(0)), part.get(2), secret));
            });
  }

  /** Whether each of the commands tells how it is used. */
  static void checkHelp(Path directory, String... commands)
      throws IOException, InterruptedException {
    List<Result> ends =
        runAll(directory, Map.of(), Stream.of(commands).map(each -> each + " --help").toList());
    assertThat(ends).hasSameSizeAs(commands);
    for (int i = 0; i < commands.length; i++) {
      assertThat(ends.get(i).exit()).as(commands[i]).isZero();
      assertThat(String.join("\n", ends.get(i).out()))
          .contains("Usage: blinkreactor " + commands[i]);
    }
  }

  /** Asks it to stop as a terminal or a service manager does. */
  void interrupt() {
    process.destroy();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
