package io.blinkreactor.examples.cli;

import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlaxelSwitch;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Runs the Blaxel emulator as a server. */
@Command(
    name = "emulator",
    sortOptions = false,
    description = {
      "Run an emulated Blaxel until it is interrupted, and print its base URL.",
      "It takes key and workspace from BL_API_KEY and BL_WORKSPACE if they are set, else it makes them up and says them.",
      "The switches set what is not known about the vendor, and faults; shares are between 0 and 1."
    })
final class JobsEmulatorCommand extends VerboseCommand {

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
      description = "Finished executions of the job to begin with; none by default.")
  int history;

  static void addSwitches(CommandSpec spec) {
    EmulatorCommand.addSwitches(spec, BlaxelSwitch.values());
  }

  @Override
  public Integer call() throws InterruptedException {
    EmulatorCommand.check(port, history);
    try (BlaxelEmulator emulator = start()) {
      spec.commandLine().getOut().println(emulator.baseUrl() + "/v0");
      say("export BL_API_URL=%s/v0", emulator.baseUrl());
      say("export BL_API_KEY=%s", emulator.apiKey());
      say("export BL_WORKSPACE=%s", emulator.workspace());
      say("the job is called %s", emulator.job());
      // Nothing is to be done at the end, so the signal may end the process right here.
      new CountDownLatch(1).await();
    }
    return 0;
  }

  private BlaxelEmulator start() {
    BlaxelEmulator.Builder builder =
        BlaxelEmulator.builder().port(port).seed(seed).history(history);
    EmulatorCommand.environment(console(), "BL_API_KEY", builder::apiKey);
    EmulatorCommand.environment(console(), "BL_WORKSPACE", builder::workspace);
    EmulatorCommand.set(spec, BlaxelSwitch.values(), builder::set);
    return EmulatorCommand.started(port, builder::start);
  }
}
