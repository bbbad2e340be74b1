package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The command line as a process of its own: for signals, pipes, kills and heaps. */
final class CliProcess implements AutoCloseable {

  private final Process process;
  private final Path out;
  private final Path err;

  private CliProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  static CliProcess start(Path directory, Map<String, String> environment, String... args)
      throws IOException {
    Path out = Files.createTempFile(directory, "out", ".txt");
    Path err = Files.createTempFile(directory, "err", ".txt");
    return new CliProcess(
        builder(environment, args).redirectOutput(out.toFile()).redirectError(err.toFile()).start(),
        out,
        err);
  }

  /** Runs with standard output on a pipe whose reader reads one line and goes. */
  static Cli.Result readOneLine(Path directory, Map<String, String> environment, String... args)
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
    return new Cli.Result(process.exitValue(), List.of(line), Files.readString(err));
  }

  /** Starts with standard output on a pipe, and with further options of the JVM. */
  static Process piped(
      Path err, List<String> jvmOptions, Map<String, String> environment, String... args)
      throws IOException {
    return builder(jvmOptions, environment, args).redirectError(err.toFile()).start();
  }

  private static ProcessBuilder builder(Map<String, String> environment, String... args) {
    return builder(List.of(), environment, args);
  }

  private static ProcessBuilder builder(
      List<String> jvmOptions, Map<String, String> environment, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            // Else the tests' own, which writes to standard output.
            "-Dlogback.configurationFile=logback.xml",
            "-cp",
            System.getProperty("java.class.path"),
            Blinkreactor.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("BLINK_") || name.startsWith("BL_"));
    builder.environment().putAll(environment);
    return builder;
  }

  Cli.Result await() throws IOException, InterruptedException {
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("it ends").isTrue();
    return new Cli.Result(process.exitValue(), Files.readAllLines(out), Files.readString(err));
  }

  List<String> lines() {
    try {
      return Files.readAllLines(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks it to stop as a terminal or a service manager does. */
  void interrupt() {
    process.destroy();
  }

  @Override
  public void close() {
    // What it locked is free once it has gone.
    process.destroyForcibly().onExit().join();
  }
}
