package io.blinkreactor.examples.cli;

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

  Console console() {
    return ((Blinkreactor) spec.root().userObject()).console();
  }

  /** Prints a line for the person, not for the program that reads the data. */
  void say(String format, @Nullable Object... values) {
    console().say(format, values);
  }
}
