package io.blinkreactor.examples.cli;

import picocli.CommandLine.Command;

/** What can be done with executions of Blaxel jobs. */
@Command(
    name = "jobs",
    description = "Start, await, read and cancel executions of Blaxel jobs.",
    subcommands = {JobsGetCommand.class, JobsRunCommand.class, JobsCancelCommand.class})
final class JobsCommand {}
