package io.blinkreactor.export;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * A list that is to be written down, oldest first where the vendor has that order. Collects the
 * options of a job; not for use by several threads.
 *
 * <pre>{@code
 * ExportJob job = blink.executions().find(Rql.all()).export()
 *     .compression(Compression.GZIP).resume().toDirectory(Path.of("archive"));
 * job.run().subscribe(summary -> log.info("{} rows", summary.rows()));
 * }</pre>
 *
 * <p>Memory does not grow with the list: what the disk has not taken is not asked for. It grows
 * with the number of runs that had not ended when an {@linkplain #incremental() incremental}
 * archive saw them, by some hundred bytes each.
 */
public interface Export {

  /**
   * Sets what is written.
   *
   * @param format {@link ExportFormat#NDJSON} by default
   * @return this export
   * @throws IllegalStateException if the library that the format needs is not there
   */
  Export format(ExportFormat format);

  /**
   * Sets how it is compressed.
   *
   * @param compression {@link Compression#NONE} by default
   * @return this export
   * @throws IllegalStateException if the library that the compression needs is not there
   */
  Export compression(Compression compression);

  /**
   * Sets how large a part may become before the next is begun; it ends with the row that crosses
   * the bound.
   *
   * @param bytes of the file, 64 KiB or more; 256 MiB by default
   * @return this export
   */
  Export partBytes(long bytes);

  /**
   * Reads several slices of time at once, each into parts of its own. The time is cut into four
   * times as many slices, so that a crowded one holds up less. Without a usable filter by time
   * there is one slice, and a warning in the log.
   *
   * @param slices how many at once, 1 to 16; 1 by default
   * @return this export
   */
  Export slices(int slices);

  /**
   * Leaves out what was created before a time.
   *
   * @param from the first time, included; not in the future
   * @return this export
   */
  Export from(Instant from);

  /**
   * Leaves out what was created from a time on; otherwise that time is the start less the {@link
   * #lag}.
   *
   * @param to the first time that is left out
   * @return this export
   */
  Export to(Instant to);

  /**
   * Sets how long a row may take to appear in the vendor's list, clocks that differ included. Rows
   * younger than this at the start are left to the next export. A row that appears later than that
   * is missed by an {@linkplain #incremental() incremental} archive.
   *
   * @param lag 10 s by default
   * @return this export
   */
  Export lag(Duration lag);

  /**
   * Sets how often what is written is made durable, with the place to go on from; a kill costs at
   * most that much work.
   *
   * @param period 3 s by default
   * @return this export
   */
  Export checkpointEvery(Duration period);

  /**
   * Sets how many requests may leave in a second, for all slices together; a retry is not held to
   * it, but backs off by itself.
   *
   * @param rate more than zero; no bound by default
   * @return this export
   */
  Export requestsPerSecond(double rate);

  /**
   * Goes on where an export into the same directory was stopped, whatever stopped it. Starts where
   * there is none yet, and has nothing to do where it has ended.
   *
   * @return this export
   */
  Export resume();

  /**
   * Adds to an archive what was created since its last export, and once more each row that had not
   * ended then and has now. Whoever loads the archive keeps the later row of those with the same
   * id. Starts where there is no archive yet. Together with {@link #resume()}, an export that was
   * stopped is brought to its end instead.
   *
   * @return this export
   */
  Export incremental();

  /**
   * Into a directory of parts and a manifest, which is made if it is not there.
   *
   * @param directory one that is empty, or an archive if that was allowed
   * @return the job
   * @throws IllegalArgumentException if {@link #from} is in the future or not before {@link #to},
   *     or with {@link #incremental} and {@link #to}
   */
  ExportJob toDirectory(Path directory);

  /**
   * Into a file, which appears under its name once it is whole. It can't be resumed.
   *
   * @param file one that is not there yet
   * @return the job
   * @throws IllegalArgumentException if {@link #from} is in the future or not before {@link #to},
   *     or with {@link #slices}, {@link #resume} or {@link #incremental}
   */
  ExportJob toFile(Path file);

  /**
   * Into a stream, row by row, each flushed if it is not compressed. The stream is flushed at the
   * end and not closed. Rows are asked for one at a time.
   *
   * @param out the stream, written to by one thread at a time, which it may block
   * @return the job, for one run
   * @throws IllegalArgumentException if {@link #from} is in the future or not before {@link #to},
   *     or with {@link #slices}, {@link #resume}, {@link #incremental} or {@link
   *     ExportFormat#PARQUET}
   */
  ExportJob toStream(OutputStream out);
}
