package io.blinkreactor.examples.cli;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

/**
 * How far the work has come, on stderr: a bar on a terminal, a line every few seconds elsewhere.
 */
final class Progress implements AutoCloseable {

  private static final Duration LINE_EVERY = Duration.ofSeconds(5);

  private final AtomicInteger done = new AtomicInteger();
  private final @Nullable Bar bar;
  private final long total;
  private final Disposable lines;

  Progress(String name, int total, Console console) {
    this.total = total;
    if (console.terminal()) {
      this.bar = new Bar(name, "runs");
      bar.show(0, (long) total, "");
      this.lines = () -> {};
    } else {
      this.bar = null;
      this.lines =
          Schedulers.boundedElastic()
              .schedulePeriodically(
                  () -> console.say("%s: %d of %d", name, done.get(), total),
                  LINE_EVERY.toMillis(),
                  LINE_EVERY.toMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  void step() {
    int now = done.incrementAndGet();
    if (bar != null) {
      bar.show(now, total, "");
    }
  }

  @Override
  public void close() {
    lines.dispose();
    if (bar != null) {
      bar.close();
    }
  }
}
