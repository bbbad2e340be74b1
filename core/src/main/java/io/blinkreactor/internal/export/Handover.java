package io.blinkreactor.internal.export;

import io.blinkreactor.stream.Checkpointed;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

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

  /** The rows on the thread that writes; an error comes after all rows before it. */
  static Flux<Checkpointed<Row>> to(Scheduler writing, Flux<Checkpointed<Row>> rows) {
    return Flux.defer(
        () -> {
          AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
          return rows.doOnError(broken::set)
              .onErrorComplete()
              .bufferUntil(new Full())
              .publishOn(writing, BATCHES)
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

    private int bytes;

    @Override
    public boolean test(Checkpointed<Row> row) {
      bytes += row.value().json().length;
      if (bytes < BATCH_BYTES) {
        return false;
      }
      bytes = 0;
      return true;
    }
  }
}
