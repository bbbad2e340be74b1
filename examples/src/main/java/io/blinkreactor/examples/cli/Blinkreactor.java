package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The command line's root. */
@Command(
    name = "blinkreactor",
    description = {
      "Start BlinkOps playbooks, await them by callback, also across crashes; read and archive their executions.",
      "Start, await, read, archive and cancel executions of Blaxel jobs."
    },
    subcommands = {
      DemoCommand.class,
      EmulatorCommand.class,
      ListCommand.class,
      ExportCommand.class,
      VerifyCommand.class,
      GetCommand.class,
      ReportCommand.class,
      RunCommand.class,
      RecoverCommand.class,
      ProbeCommand.class,
      CallbackKeyCommand.class,
      JobsCommand.class,
      CommandLine.HelpCommand.class
    },
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    version = "blinkreactor 0.1.0-SNAPSHOT",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "  0:all well",
      "  1:some run ended otherwise than well; of verify: sound, but the export has not ended",
      "  2:wrong usage or configuration",
      "  3:refused by the API",
      "  4:network fault or timeout",
      "  5:the disk failed, or what is on it is damaged",
      "130:interrupted by Ctrl-C",
      "143:ended by the system"
    })
public final class Blinkreactor {

  private final Console console;

  Blinkreactor(Console console) {
    this.console = console;
  }

  Console console() {
    return console;
  }

  /**
   * Runs a command and ends the process with its exit code.
   *
   * @param args the command line
   */
  public static void main(String... args) {
    System.exit(commandLine(Console.system()).execute(args));
  }

  static CommandLine commandLine(Console console) {
    CommandLine line = new CommandLine(new Blinkreactor(console));
    line.setOut(new PrintWriter(console.out(), true, Charset.defaultCharset()));
    line.setErr(console.err());
    line.setExecutionExceptionHandler(Failures::handle);
    line.setParameterExceptionHandler(Failures::misused);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(Path.class, Blinkreactor::path);
    EmulatorCommand.addSwitches(sub(line, "emulator").getCommandSpec());
    JobsEmulatorCommand.addSwitches(sub(sub(line, "jobs"), "emulator").getCommandSpec());
    return line;
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(Failures.unfit(e));
    }
  }

  private static CommandLine sub(CommandLine line, String name) {
    return requireNonNull(line.getSubcommands().get(name));
  }
}
