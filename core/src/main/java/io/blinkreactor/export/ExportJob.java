package io.blinkreactor.export;

import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An export with its target. */
public interface ExportJob {

  /**
   * Runs it.
   *
   * <p><b>Demand</b>: nothing happens before the subscription. Rows are asked for as fast as the
   * target takes them.
   *
   * <p><b>Order</b>: one summary, on a thread that may block. Rows of a slice are written in the
   * order in which they were created.
   *
   * <p><b>Retry</b>: pages as in the list's streams; writing not at all.
   *
   * <p><b>Errors</b>: {@link io.blinkreactor.StreamException} if the list broke off, {@link
   * io.blinkreactor.ArchiveException} if the target failed. In a directory everything that was
   * written up to then is kept for {@link Export#resume()}.
   *
   * <p><b>Cancel</b>: stops reading at once. In a directory what was written is made durable, with
   * the place to go on from; {@link #progress} completes when that is done. A file is removed.
   *
   * @return the summary
   */
  Mono<ExportSummary> run();

  /**
   * How far it has come, while it runs.
   *
   * <p><b>Demand</b>: looks that nobody asked for are dropped. <b>Order</b>: none before the job is
   * run; the last one when it has ended, for whatever reason, and everything is closed.
   * <b>Retry</b>, <b>Errors</b>: none. <b>Cancel</b>: ends the looks, not the job.
   *
   * @param every the time between two looks
   * @return the progress
   */
  Flux<ExportProgress> progress(Duration every);
}
