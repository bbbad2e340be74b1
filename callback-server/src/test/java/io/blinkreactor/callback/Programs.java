package io.blinkreactor.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Programs that a machine may not have; .ci/run sees to it that it has them. */
final class Programs {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Programs() {}

  /** Where a program is; ends the test as one that was not run if it is nowhere. */
  static String find(String program) {
    List<String> places = new ArrayList<>(List.of(System.getenv("PATH").split(File.pathSeparator)));
    places.add("/usr/sbin");
    for (String place : places) {
      Path file = Path.of(place, program);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    if ("required".equals(System.getenv("BLINKREACTOR_PROXIES"))) {
      throw new AssertionError("This test needs " + program + ": install it, as .ci/run does.");
    }
    assumeTrue(false, program + " is not installed");
    throw new IllegalStateException();
  }

  /**
   * Starts nginx or haproxy, and waits until it listens.
   *
   * @param settings the file's text
   * @param directory for what it writes; what it says goes into said.txt
   */
  static Process proxy(String name, String settings, int port, Path directory) throws IOException {
    String program = find(name);
    Path file = Files.writeString(directory.resolve("proxy.conf"), settings);
    List<String> command =
        name.equals("nginx")
            ? List.of(program, "-p", directory.toString(), "-c", file.toString())
            : List.of(program, "-db", "-f", file.toString());
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(said(directory).toFile())
            .start();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(started.isAlive()).as(() -> read(said(directory))).isTrue();
              try {
                new RawConnection(port).close();
                return true;
              } catch (IOException e) {
                return false;
              }
            });
    return started;
  }

  static Path said(Path directory) {
    return directory.resolve("said.txt");
  }

  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a program says until its end, on both channels; its name comes first. */
  static String run(List<String> command, Map<String, String> environment)
      throws InterruptedException {
    List<String> found = new ArrayList<>(command);
    found.set(0, find(command.get(0)));
    ProcessBuilder builder = new ProcessBuilder(found).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = null;
    try {
      process = builder.start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue(); // It has closed its output.
      return said;
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      if (process != null) {
        process.destroyForcibly();
      }
    }
  }
}
