package io.blinkreactor.examples.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What every command has. */
@Command
abstract class VerboseCommand implements Callable<Integer> {

  @Mixin LoggingOptions logging = new LoggingOptions();

  @Spec CommandSpec spec = CommandSpec.create();

  /** Where everything but data goes. */
  PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Says something to the person, not to the program that reads the data. */
  void say(String format, @Nullable Object... values) {
    err().println(String.format(Locale.ROOT, format, values));
    err().flush();
  }
}
