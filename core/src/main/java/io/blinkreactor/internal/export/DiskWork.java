package io.blinkreactor.internal.export;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.export.ExportFormat;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Runs what blocks where it may, and puts faults of the disk into words.
 *
 * @param workers where it runs
 * @param words a fault in words
 */
record DiskWork(Scheduler workers, Function<IOException, ArchiveException> words) {

  <T> Mono<T> does(Callable<T> work) {
    return Mono.fromCallable(work).subscribeOn(workers).onErrorMap(IOException.class, words);
  }

  /** Writing a row. */
  interface Step {
    void run() throws IOException;
  }

  /** Writes a row on this thread. */
  void write(Row row, ExportFormat format, Step step) {
    try {
      step.run();
    } catch (IOException fault) {
      throw words.apply(fault);
    } catch (IllegalArgumentException fault) {
      throw ArchiveFaults.unfit(row.id(), format, fault);
    }
  }
}
