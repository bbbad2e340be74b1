package io.blinkreactor.examples.cli;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on the terminal behind stderr. */
final class Bar implements AutoCloseable {

  private final ProgressBar bar;
  private final AtomicBoolean closed = new AtomicBoolean();

  Bar(String name, String unit) {
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(-1)
            .setUnit(" " + unit, 1)
            .showSpeed()
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(100)
            .setConsumer(new ConsoleProgressBarConsumer(new PrintStream(System.err, true)))
            .build();
  }

  /**
   * Shows so many.
   *
   * @param expected of how many; null if that is not known
   * @param more what else is to be said; may be empty
   */
  void show(long done, @Nullable Long expected, String more) {
    bar.setExtraMessage(more);
    bar.maxHint(expected == null ? -1 : Math.max(expected, done));
    bar.stepTo(done);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      bar.close();
    }
  }
}
