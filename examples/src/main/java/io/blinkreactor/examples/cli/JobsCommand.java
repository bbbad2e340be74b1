package io.blinkreactor.examples.cli;

import picocli.CommandLine.Command;

/** What can be done with executions of Blaxel jobs. */
@Command(
    name = "jobs",
    description = "List, archive, read, start, await and cancel executions of Blaxel jobs.",
    subcommands = {
      JobsListCommand.class,
      JobsExportCommand.class,
      JobsGetCommand.class,
      JobsRunCommand.class,
      JobsCancelCommand.class,
      JobsEmulatorCommand.class
    })
final class JobsCommand {}
