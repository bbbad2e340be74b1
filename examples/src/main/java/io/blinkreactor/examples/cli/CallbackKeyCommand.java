package io.blinkreactor.examples.cli;

import io.blinkreactor.callback.CallbackKeys;
import picocli.CommandLine.Command;

/** Makes a key. */
@Command(
    name = "callback-key",
    description = {
      "Print a new key for the seals of callbacks, 32 random bytes in base64.",
      "For a file: (umask 077; blinkreactor callback-key > callback.key). To change keys, put the new one in the file's first line and leave the old ones behind it for as long as runs are awaited."
    })
final class CallbackKeyCommand extends VerboseCommand {

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(CallbackKeys.random());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
