package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A process that runs command lines one after the other, so that many cost one start of a JVM. */
final class CliBatch {

  private CliBatch() {}

  /**
   * Runs them.
   *
   * @param args a file with a command on each line, and one for how they ended, as lines of JSON
   */
  public static void main(String... args) throws IOException {
    List<String> ends = new ArrayList<>();
    for (String command : Files.readAllLines(Path.of(args[0]))) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      int exit = Blinkreactor.commandLine().execute(command.split(" "));
      ends.add(
          JsonValue.of(
                  Map.of(
                      "exit",
                      exit,
                      "out",
                      out.toString(StandardCharsets.UTF_8).lines().toList(),
                      "err",
                      err.toString(StandardCharsets.UTF_8)))
              .text());
    }
    Files.write(Path.of(args[1]), ends);
    System.exit(0);
  }
}
