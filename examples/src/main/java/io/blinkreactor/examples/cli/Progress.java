package io.blinkreactor.examples.cli;

import java.io.Console;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * How far the work has come, on stderr: a bar on a terminal, a line every few seconds elsewhere.
 */
final class Progress implements AutoCloseable {

  private static final Duration LINE_EVERY = Duration.ofSeconds(5);

  private final AtomicInteger done = new AtomicInteger();
  private final @Nullable ProgressBar bar;
  private final Disposable lines;

  Progress(String name, int total, PrintWriter err) {
    if (onTerminal()) {
      this.bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(100)
              .setConsumer(new ConsoleProgressBarConsumer(new PrintStream(System.err, true)))
              .build();
      this.lines = () -> {};
    } else {
      this.bar = null;
      this.lines =
          Schedulers.boundedElastic()
              .schedulePeriodically(
                  () -> {
                    err.println(name + ": " + done.get() + " of " + total);
                    err.flush();
                  },
                  LINE_EVERY.toMillis(),
                  LINE_EVERY.toMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  void step() {
    done.incrementAndGet();
    if (bar != null) {
      bar.step();
    }
  }

  @Override
  public void close() {
    lines.dispose();
    if (bar != null) {
      bar.close();
    }
  }

  /** From JDK 22 on there is a console even where there is no terminal, and a method that tells. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean onTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException olderJdk) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }
}
