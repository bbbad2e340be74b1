package io.blinkreactor.examples.cli;

/** What is done when the process is told to end, until it is removed. */
final class ShutdownHook {

  private final Thread thread;

  ShutdownHook(Runnable task) {
    thread = new Thread(task);
    Runtime.getRuntime().addShutdownHook(thread);
  }

  void remove() {
    try {
      Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException shuttingDown) {
      // Then it has run, or is about to.
    }
  }
}
