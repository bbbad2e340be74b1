package io.blinkreactor.internal.export;

import io.blinkreactor.TimeSource;
import io.blinkreactor.stream.Checkpointed;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Rows on their way to the thread that writes them: by the batch, since each time that the thread
 * is woken costs as much as many rows, and by bytes, since what waits must not grow with the rows.
 */
final class Handover {

  /** What fills a batch; at least one row. */
  private static final int BATCH_BYTES = 128 << 10;

  /** Batches that may wait, a megabyte together unless a row is larger than a batch. */
  private static final int BATCHES = 8;

  private Handover() {}

  /**
   * The rows on the writing thread; an error comes after all rows before it.
   *
   * @param longest how long a batch is filled; where rows come slowly, until the next one comes
   */
  static Flux<Checkpointed<Row>> to(
      TimeSource time, Duration longest, Flux<Checkpointed<Row>> rows) {
    return Flux.defer(
        () -> {
          AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
          return rows.doOnError(broken::set)
              .onErrorComplete()
              .bufferUntil(new Full(time, longest))
              .publishOn(time.workers(), BATCHES)
              .concatMapIterable(batch -> batch, 1)
              .concatWith(Mono.defer(() -> failed(broken.get())));
        });
  }

  /** A batch would be dropped by the error that follows it. */
  private static <T> Mono<T> failed(@Nullable Throwable error) {
    return error == null ? Mono.empty() : Mono.error(error);
  }

  /** Whether a batch is full with a row. For one thread. */
  private static final class Full implements Predicate<Checkpointed<Row>> {

    private final TimeSource time;
    private final Duration longest;
    private int bytes;
    private long begun;

    Full(TimeSource time, Duration longest) {
      this.time = time;
      this.longest = longest;
    }

    @Override
    public boolean test(Checkpointed<Row> row) {
      if (bytes == 0) {
        begun = time.nanos();
      }
      bytes += row.value().json().length;
      if (bytes < BATCH_BYTES && time.since(begun).compareTo(longest) < 0) {
        return false;
      }
      bytes = 0;
      return true;
    }
  }
}
