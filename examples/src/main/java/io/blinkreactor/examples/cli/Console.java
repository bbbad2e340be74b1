package io.blinkreactor.examples.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command has of its process: the environment, standard output and error, and the signal to
 * end. Tests run commands with another one.
 *
 * @param environment variables by name
 * @param out standard output, for data alone; not a {@code PrintStream}, which would hide that the
 *     reader has gone
 * @param err standard error, for everything else
 * @param terminal whether standard error is a terminal
 * @param signals how the process is told to end
 */
record Console(
    Map<String, String> environment,
    OutputStream out,
    PrintWriter err,
    boolean terminal,
    Signals signals) {

  /** How a process is told to end. */
  interface Signals {

    /** Runs a task when the process is told to end, until the returned registration is closed. */
    Registration onShutdown(Runnable task);

    /** Ends the process at once; nothing else is run. */
    void halt(int exitCode);
  }

  /** A task to run at the end. */
  @FunctionalInterface
  interface Registration extends AutoCloseable {
    @Override
    void close();
  }

  /** The process's own. */
  static Console system() {
    return new Console(
        System.getenv(),
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)),
        new PrintWriter(System.err, true, Charset.defaultCharset()),
        isOnTerminal(),
        new JvmSignals());
  }

  /** Prints a line to standard error. */
  void say(String format, @Nullable Object... values) {
    err.println(String.format(Locale.ROOT, format, values));
    err.flush();
  }

  /** From JDK 22 on there is a console even where there is no terminal, and a method that tells. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isOnTerminal() {
    java.io.Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException olderJdk) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }

  private static final class JvmSignals implements Signals {

    @Override
    public Registration onShutdown(Runnable task) {
      Thread hook = new Thread(task);
      Runtime.getRuntime().addShutdownHook(hook);
      return () -> {
        try {
          Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
          // Then it has run, or is about to.
        }
      };
    }

    @Override
    public void halt(int exitCode) {
      Runtime.getRuntime().halt(exitCode);
    }
  }
}
