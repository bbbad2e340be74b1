package io.blinkreactor.examples.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** How much is told about what goes on. */
final class LoggingOptions {

  boolean verbose;

  @Option(names = "--verbose", description = "Log to stderr, and show stack traces.")
  void setVerbose(boolean verbose) {
    this.verbose = verbose;
    if (verbose && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger("io.blinkreactor").setLevel(Level.DEBUG);
    }
  }
}
