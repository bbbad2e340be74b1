package io.blinkreactor.internal.export;

import io.blinkreactor.TimeSource;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.internal.stream.Listing;
import io.blinkreactor.internal.stream.Range;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** An export in one piece, into a file or a stream. */
final class StreamExport implements Job.Work {

  private final ExportSource source;
  private final ExportOptions options;
  private final Target target;
  private final ExportMeter meter;
  private final TimeSource time;
  private final Reading reading;
  private final DiskWork disk;
  private final Sinks.Empty<Void> ending = Sinks.empty();
  private volatile boolean stopped;

  StreamExport(ExportSource source, ExportOptions options, Target target, ExportMeter meter) {
    this.source = source;
    this.options = options;
    this.target = target;
    this.meter = meter;
    this.time = source.time();
    this.reading = new Reading(source, options, meter.tally());
    this.disk =
        new DiskWork(time.workers(), fault -> ArchiveFaults.failed(target.name(), fault, false));
  }

  @Override
  public Mono<ExportSummary> run(Mono<Void> stop) {
    stop.subscribe(
        never -> {},
        never -> {},
        () -> {
          stopped = true;
          ending.tryEmitEmpty();
        });
    return Mono.usingWhen(
        disk.does(this::opened),
        copy ->
            handedOver(reading.rows(range(), null, ending.asMono()))
                .doOnNext(
                    row ->
                        disk.write(row.value(), options.encoding().format(), () -> copy.add(row)))
                .then(Mono.defer(() -> stopped ? Mono.empty() : disk.does(copy::finish))),
        copy -> disk.does(copy::close));
  }

  /** What is watched is handed over before the next row is asked for. */
  private Flux<Checkpointed<Row>> handedOver(Flux<Checkpointed<Row>> rows) {
    return target.isWatched()
        ? rows.publishOn(time.workers(), 1)
        : Handover.to(time, options.checkpointEvery(), rows);
  }

  private Range range() {
    Listing<Row> listing = source.listing();
    Instant from = options.from();
    return new Range(from == null ? null : listing.at(from), listing.at(options.end(time.now())));
  }

  private Copy opened() throws IOException {
    return new Copy(options.encoding().writer(target.open(), false));
  }

  /** What has been written. For one thread. */
  private final class Copy {

    private final RowWriter writer;
    private long bytes;
    private long unfinished;
    private @Nullable Checkpoint last;

    Copy(RowWriter writer) {
      this.writer = writer;
    }

    void add(Checkpointed<Row> row) throws IOException {
      writer.write(row.value());
      if (target.isWatched() && options.encoding().compression() == Compression.NONE) {
        writer.flush();
      }
      unfinished += row.value().isFinished() ? 0 : 1;
      last = row.checkpoint();
      meter.row();
      count();
    }

    private void count() {
      meter.bytes(target.bytes() - bytes);
      bytes = target.bytes();
    }

    /** Also without an end. */
    Target close() throws IOException {
      writer.abandon();
      return target.close();
    }

    ExportSummary finish() throws IOException {
      writer.finish();
      count();
      target.finish();
      meter.part();
      return new ExportSummary(
          meter.progress(), 0, unfinished, 1, last == null ? null : last.text(), false);
    }
  }
}
