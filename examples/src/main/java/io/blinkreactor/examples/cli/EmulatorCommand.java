package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.EmulatorSwitch;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** Runs the emulator as a server. */
@Command(
    name = "emulator",
    sortOptions = false,
    description = {
      "Run an emulated BlinkOps until it is interrupted, and print its base URL.",
      "It takes the key and the workspace from BLINK_API_KEY and BLINK_WORKSPACE if they are set, else it makes them up and says them.",
      "The switches set what is not known about the vendor, and faults; shares are between 0 and 1."
    })
final class EmulatorCommand extends VerboseCommand {

  @Option(
      names = "--port",
      paramLabel = "P",
      defaultValue = "0",
      description = "The port; a free one by default.")
  int port;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "What all chances come from; ${DEFAULT-VALUE} by default.")
  long seed;

  @Option(
      names = "--history",
      paramLabel = "N",
      defaultValue = "0",
      description = "Finished executions to begin with; none by default.")
  int history;

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description =
          "At the end write what happened: one JSON line a run, and a last one with counts.")
  @Nullable Path record;

  static void addSwitches(CommandSpec spec) {
    addSwitches(spec, Switch.values());
  }

  /** Gives a command an option for each switch of an emulator. */
  static void addSwitches(CommandSpec spec, EmulatorSwitch... switches) {
    for (EmulatorSwitch each : switches) {
      spec.addOption(
          OptionSpec.builder("--" + each.key())
              .paramLabel("VALUE")
              .type(String.class)
              .description(each.description() + " (" + each.defaultValue() + ")")
              .build());
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    check(port, history);
    if (record != null) {
      write(record, List.of());
    }
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    try (BlinkOpsEmulator emulator = start()) {
      Console.Registration unused =
          console()
              .signals()
              .onShutdown(
                  () -> {
                    interrupted.countDown();
                    awaitQuietly(done);
                  });
      spec.commandLine().getOut().println(emulator.baseUrl());
      say("export BLINK_BASE_URL=%s", emulator.baseUrl());
      say("export BLINK_API_KEY=%s", emulator.apiKey());
      say("export BLINK_WORKSPACE=%s", emulator.workspace());
      interrupted.await();
      report(emulator);
    } finally {
      done.countDown();
    }
    return 0;
  }

  private BlinkOpsEmulator start() {
    BlinkOpsEmulator.Builder builder =
        BlinkOpsEmulator.builder().port(port).seed(seed).history(history);
    environment(console(), "BLINK_API_KEY", builder::apiKey);
    environment(console(), "BLINK_WORKSPACE", builder::workspace);
    set(spec, Switch.values(), builder::set);
    return started(port, builder::start);
  }

  static void check(int port, int history) {
    if (port < 0 || port > 65535 || history < 0) {
      throw new Failures.UsageException("--port must be 0 to 65535, and --history 0 or more.");
    }
  }

  /** Hands on a variable if it is set and not blank. */
  static void environment(Console console, String name, Consumer<String> use) {
    String value = console.environment().get(name);
    if (value != null && !value.isBlank()) {
      use.accept(value.strip());
    }
  }

  /** Hands on the switches that were given as options. */
  static <S extends EmulatorSwitch> void set(
      CommandSpec spec, S[] switches, BiConsumer<S, String> use) {
    for (S each : switches) {
      String value = spec.findOption("--" + each.key()).getValue();
      if (value != null) {
        use.accept(each, value);
      }
    }
  }

  /** Starts an emulator, or says in words that its port is taken. */
  static <E> E started(int port, Supplier<E> start) {
    try {
      return start.get();
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new Failures.UsageException(
          "Port " + port + " can't be listened on (" + e.getMessage() + "): take another one.");
    }
  }

  private void report(BlinkOpsEmulator emulator) {
    Map<String, Object> counts = counts(emulator);
    say("%s", JsonValue.of(counts).text());
    if (record != null) {
      List<String> lines = new ArrayList<>();
      for (RecordedRun run : emulator.runs()) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("execution_id", run.executionId());
        line.put("playbook_id", run.playbookId());
        line.put("state", run.stateUi());
        line.put("finished", run.finished());
        line.put("gets", run.gets());
        line.put("callbacks", run.callbacksSent());
        lines.add(JsonValue.of(line).text());
      }
      lines.add(JsonValue.of(counts).text());
      write(record, lines);
    }
  }

  private static void write(Path file, List<String> lines) {
    try {
      Files.write(file, lines);
    } catch (IOException e) {
      throw new Failures.UsageException(
          "--record: " + file + " can't be written (" + e.getClass().getSimpleName() + ").");
    }
  }

  private static Map<String, Object> counts(BlinkOpsEmulator emulator) {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("seed", emulator.seed());
    counts.put("runs", emulator.runs().size());
    counts.put("requests", Tally.of(emulator.requests(), r -> r.operation().name()));
    counts.put("request_statuses", Tally.of(emulator.requests(), r -> "" + r.status()));
    counts.put("callbacks", Tally.of(emulator.callbacks(), c -> c.kind() + " " + c.status()));
    counts.put("forged_accepted", Tally.forgedAccepted(emulator));
    counts.put("violations", emulator.violations());
    return counts;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
