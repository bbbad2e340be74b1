package io.blinkreactor.internal.export;

import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.internal.stream.Range;
import io.blinkreactor.stream.InvalidCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** An export into a directory: what is to be read, slice by slice, each written as it is read. */
final class DirectoryExport implements Job.Work {

  private final ExportOptions options;
  private final Path place;
  private final ExportMeter meter;
  private final TimeSource time;
  private final Reading reading;
  private final DiskWork disk;
  private final RunPlan plan;

  /** Ends the reading of every slice: on a cancellation, and when one of them failed. */
  private final Sinks.Empty<Void> ending = Sinks.empty();

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  DirectoryExport(ExportSource source, ExportOptions options, Path place, ExportMeter meter) {
    this.options = options;
    this.place = place;
    this.meter = meter;
    this.time = source.time();
    this.reading = new Reading(source, options, meter.tally());
    this.disk = new DiskWork(time.workers(), fault -> ArchiveFaults.failed(place, fault, true));
    this.plan = new RunPlan(source.listing(), reading, options, time, disk);
  }

  @Override
  public Mono<ExportSummary> run(Mono<Void> stop) {
    stop.subscribe(never -> {}, never -> {}, this::end);
    return Mono.usingWhen(
        disk.does(() -> ArchiveDirectory.open(place)),
        this::bringUpToDate,
        directory -> disk.does(directory::closed));
  }

  private void end() {
    stopped = true;
    ending.tryEmitEmpty();
  }

  private Mono<ExportSummary> bringUpToDate(ArchiveDirectory directory) {
    return disk.does(() -> Begun.in(directory))
        .flatMap(
            begun -> {
              Manifest manifest = begun.manifest();
              if (manifest == null) {
                return writeNext(directory, null);
              }
              plan.checkArchive(place, manifest);
              Run last = manifest.last();
              if (last.hasEnded() && options.incremental()) {
                return writeNext(directory, manifest);
              }
              if (!options.resume()) {
                return Mono.error(
                    last.hasEnded()
                        ? ArchiveFaults.finished(place)
                        : ArchiveFaults.unfinished(place));
              }
              plan.checkRun(place, last);
              if (last.hasEnded()) {
                meter.goOn(last);
                return Mono.just(summary(last, true));
              }
              return write(directory, manifest);
            });
  }

  private Mono<ExportSummary> writeNext(ArchiveDirectory directory, @Nullable Manifest before) {
    return plan.next(directory, before, ending.asMono())
        .flatMap(planned -> write(directory, planned));
  }

  /** What stands in the directory; a Mono can't hold a null. */
  private record Begun(@Nullable Manifest manifest) {
    static Begun in(ArchiveDirectory directory) throws IOException {
      Manifest manifest = directory.manifest();
      if (manifest == null) {
        return new Begun(null);
      }
      directory.check(manifest);
      if (manifest.last().isBlank()) {
        // A kill may have come between the first part's bytes and the first note.
        for (Path part : directory.parts(manifest.last().number())) {
          Files.delete(part);
        }
      }
      Manifest settled = manifest.settled();
      if (settled != null && settled.runs().size() < manifest.runs().size()) {
        directory.write(settled);
      }
      return new Begun(settled);
    }
  }

  private Mono<ExportSummary> write(ArchiveDirectory directory, Manifest manifest) {
    RunNotes notes = new RunNotes(directory, meter, manifest);
    Run run = manifest.last();
    return disk.does(
            () -> {
              meter.goOn(run);
              return run.number() == 1
                  ? Unfinished.NONE
                  : Unfinished.of(directory.path(), manifest.runs().get(run.number() - 2));
            })
        .flatMapMany(
            unfinished ->
                Flux.fromIterable(run.slices())
                    .filter(slice -> !slice.done())
                    .flatMap(slice -> write(slice, notes, unfinished), run.slicesAtOnce()))
        .then(Mono.defer(() -> conclude(notes)));
  }

  /** Never fails: a failure ends the other slices first, and is told when all are closed. */
  private Mono<Void> write(Slice slice, RunNotes notes, Unfinished unfinished) {
    if (stopped) {
      return Mono.empty();
    }
    SliceWriter writer =
        new SliceWriter(
            notes, slice, options, time, meter, slice.again() ? unfinished.ids() : null);
    return disk.does(writer::opened)
        .thenMany(
            Handover.to(
                time,
                options.checkpointEvery(),
                reading
                    .rows(new Range(slice.from(), slice.to()), slice.checkpoint(), ending.asMono())
                    .onErrorMap(InvalidCheckpointException.class, notes::damaged)))
        .doOnNext(
            row ->
                disk.write(
                    row.value(),
                    options.encoding().format(),
                    () -> writer.add(row.value(), row.checkpoint())))
        .then(
            disk.does(
                () -> {
                  if (stopped) {
                    writer.suspend();
                  } else {
                    writer.finish();
                  }
                  return writer;
                }))
        .then()
        .onErrorResume(
            error -> {
              failures.add(error);
              end();
              // What came before the list broke off is kept; after a fault of the disk nothing is.
              return disk.does(
                      () -> {
                        if (error instanceof StreamException) {
                          writer.suspend();
                        } else {
                          writer.close();
                        }
                        return writer;
                      })
                  .onErrorResume(
                      second -> {
                        error.addSuppressed(second);
                        return Mono.empty();
                      })
                  .then();
            });
  }

  private Mono<ExportSummary> conclude(RunNotes notes) {
    Throwable failure = failures.poll();
    if (failure != null) {
      failures.forEach(failure::addSuppressed);
      return Mono.error(failure);
    }
    return stopped
        ? Mono.empty()
        : disk.does(
            () -> {
              notes.end(time.now());
              notes.directory().removeUnfinished(notes.run().number() - 1);
              return summary(notes.run(), false);
            });
  }

  private ExportSummary summary(Run run, boolean alreadyDone) {
    long again = 0;
    long unfinished = 0;
    String checkpoint = null;
    for (Slice slice : run.slices()) {
      again += slice.again() ? slice.rows() : 0;
      unfinished += slice.unfinished();
      checkpoint = slice.again() || slice.checkpoint() == null ? checkpoint : slice.checkpoint();
    }
    return new ExportSummary(
        meter.progress(), again, unfinished, run.slices().size(), checkpoint, alreadyDone);
  }
}
