package io.blinkreactor.internal.export;

import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.internal.export.Manifest.Counts;
import io.blinkreactor.internal.export.Manifest.Part;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.internal.stream.Listing;
import io.blinkreactor.internal.stream.Range;
import io.blinkreactor.internal.stream.Slices;
import io.blinkreactor.stream.Checkpointed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** An export into a directory: what is to be read, slice by slice, each written as it is read. */
final class DirectoryExport implements Job.Work {

  /** So that a crowded slice holds up less. */
  private static final int SLICES_EACH = 4;

  private final Listing<Row> listing;
  private final ExportOptions options;
  private final Path place;
  private final ExportMeter meter;
  private final TimeSource time;
  private final Reading reading;

  /** Ends the reading of every slice: on a cancellation, and when one of them failed. */
  private final Sinks.Empty<Void> ending = Sinks.empty();

  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  DirectoryExport(ExportSource source, ExportOptions options, Path place, ExportMeter meter) {
    this.listing = source.listing();
    this.options = options;
    this.place = place;
    this.meter = meter;
    this.time = source.time();
    this.reading = new Reading(source, options, meter.tally());
  }

  @Override
  public Mono<ExportSummary> run(Mono<Void> stop) {
    stop.subscribe(never -> {}, never -> {}, this::end);
    return Mono.usingWhen(
        blocking(() -> ArchiveDirectory.open(place)),
        this::bringUpToDate,
        directory -> blocking(directory::closed));
  }

  private void end() {
    stopped = true;
    ending.tryEmitEmpty();
  }

  private Mono<ExportSummary> bringUpToDate(ArchiveDirectory directory) {
    return blocking(() -> Begun.in(directory))
        .flatMap(
            begun -> {
              Manifest manifest = begun.manifest();
              if (manifest == null) {
                return plan(directory, null).flatMap(planned -> write(directory, planned));
              }
              Run last = manifest.last();
              checkOptions(manifest);
              if (last.hasEnded() && options.incremental()) {
                return plan(directory, manifest).flatMap(planned -> write(directory, planned));
              }
              if (!options.resume()) {
                return Mono.error(
                    last.hasEnded()
                        ? ArchiveFaults.finished(place)
                        : ArchiveFaults.unfinished(place));
              }
              checkSame("'to'", last.askedTo(), options.to());
              if (last.hasEnded()) {
                meter.goOn(last);
                return Mono.just(summary(last, true));
              }
              checkSame("slices", last.slicesAtOnce(), options.slices());
              checkSame("incremental", last.incremental(), options.incremental());
              return write(directory, manifest);
            });
  }

  /** What stands in the directory; a Mono can't hold a null. */
  private record Begun(@Nullable Manifest manifest) {
    static Begun in(ArchiveDirectory directory) throws IOException {
      Manifest manifest = directory.manifest();
      Manifest settled = manifest == null ? null : manifest.settled();
      int next = settled == null ? 1 : settled.runs().size() + 1;
      boolean blank = manifest != null && manifest.last().isBlank();
      // A kill may have come between the first part's bytes and the first note.
      for (Path part : directory.parts(next)) {
        if (!blank) {
          throw ArchiveFaults.damaged(part, "is there, though the manifest does not list it", null);
        }
        Files.delete(part);
      }
      return new Begun(settled);
    }
  }

  private void checkOptions(Manifest was) {
    Encoding now = options.encoding();
    checkSame("the format", was.format(), now.format());
    checkSame("the compression", was.compression(), now.compression());
    if (!was.source().equals(listing.name()) || !was.fingerprint().equals(reading.fingerprint())) {
      throw ArchiveFaults.otherList(place);
    }
    // Where an archive begins is said at its beginning; an increment need not repeat it.
    if (options.from() != null || !options.incremental()) {
      checkSame("'from'", was.runs().get(0).askedFrom(), options.from());
    }
  }

  private void checkSame(String what, @Nullable Object was, @Nullable Object now) {
    if (!Objects.equals(was, now)) {
      throw ArchiveFaults.other(
          place, what, was == null ? "none" : was, now == null ? "none" : now);
    }
  }

  /** Settles what a new run reads, and writes it into the manifest. */
  private Mono<Manifest> plan(ArchiveDirectory directory, @Nullable Manifest before) {
    Run previous = before == null ? null : before.last();
    Instant from = previous == null ? options.from() : previous.to();
    Instant to = later(from, earlier(options.to(), time.now().minus(options.lag())));
    Range range = new Range(from == null ? null : listing.at(from), listing.at(to));
    boolean empty = to.equals(from);
    Mono<Slices> slices =
        empty
            ? Mono.just(new Slices(List.of(), null))
            : options.slices() == 1
                ? Mono.just(Slices.one(range))
                : reading
                    .slices(range, options.slices() * SLICES_EACH)
                    .takeUntilOther(ending.asMono());
    return slices.flatMap(
        cut ->
            blocking(
                () -> {
                  List<Slice> planned = new ArrayList<>();
                  Slice again = previous == null ? null : again(directory, previous);
                  if (again != null) {
                    planned.add(again);
                  }
                  for (Range one : cut.ranges()) {
                    planned.add(Slice.planned(planned.size(), false, one.from(), one.to()));
                  }
                  Run run =
                      new Run(
                          before == null ? 1 : before.runs().size() + 1,
                          options.incremental(),
                          options.from(),
                          options.to(),
                          from,
                          to,
                          options.slices(),
                          time.now(),
                          null,
                          // The server does not say how many an increment writes again.
                          Counts.expecting(again == null ? cut.rows() : null),
                          planned);
                  Manifest manifest = before == null ? first(run) : before.with(run);
                  directory.write(manifest);
                  return manifest;
                }));
  }

  private static Instant earlier(@Nullable Instant a, Instant b) {
    return a != null && a.isBefore(b) ? a : b;
  }

  private static Instant later(@Nullable Instant a, Instant b) {
    return a != null && a.isAfter(b) ? a : b;
  }

  private List<Column> columns() {
    Encoding encoding = options.encoding();
    return encoding.format() == ExportFormat.NDJSON ? List.of() : encoding.columns();
  }

  private Manifest first(Run run) {
    Encoding encoding = options.encoding();
    return new Manifest(
        Manifest.VERSION,
        listing.name(),
        reading.fingerprint(),
        encoding.format(),
        encoding.compression(),
        encoding.keys(),
        columns(),
        List.of(run));
  }

  /** The slice that looks again at what had not ended; null if everything had. */
  private @Nullable Slice again(ArchiveDirectory directory, Run previous) throws IOException {
    Unfinished unfinished = Unfinished.of(directory, previous);
    return unfinished.ids().isEmpty()
        ? null
        : Slice.planned(0, true, unfinished.first(), listing.at(previous.to()));
  }

  private Mono<ExportSummary> write(ArchiveDirectory directory, Manifest manifest) {
    RunNotes notes = new RunNotes(directory, meter, manifest);
    Run run = manifest.last();
    return blocking(
            () -> {
              checkParts(directory, run);
              meter.goOn(run);
              return run.number() == 1
                  ? Unfinished.NONE
                  : Unfinished.of(directory, manifest.runs().get(run.number() - 2));
            })
        .flatMapMany(
            unfinished ->
                Flux.fromIterable(run.slices())
                    .filter(slice -> !slice.done())
                    .flatMap(slice -> write(slice, notes, unfinished), run.slicesAtOnce()))
        .then(Mono.defer(() -> conclude(notes)));
  }

  private static void checkParts(ArchiveDirectory directory, Run run) throws IOException {
    for (Part part : run.parts()) {
      Path file = directory.file(part.name());
      if (!Files.exists(file)) {
        throw ArchiveFaults.damaged(file, "is gone, though the manifest lists it", null);
      }
      if (Files.size(file) != part.bytes()) {
        throw ArchiveFaults.damaged(
            file, "has " + Files.size(file) + " bytes in place of " + part.bytes(), null);
      }
    }
  }

  /** Never fails: a failure ends the other slices first, and is told when all are closed. */
  private Mono<Void> write(Slice slice, RunNotes notes, Unfinished unfinished) {
    if (stopped) {
      return Mono.empty();
    }
    SliceWriter writer =
        new SliceWriter(
            notes, slice, options, time, meter, slice.again() ? unfinished.ids() : null);
    return blocking(writer::opened)
        .thenMany(
            Handover.to(
                time.workers(),
                reading.rows(
                    new Range(slice.from(), slice.to()), slice.checkpoint(), ending.asMono())))
        .doOnNext(row -> add(writer, row))
        .then(
            blocking(
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
              return blocking(
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
        : blocking(
            () -> {
              notes.end(time.now());
              Unfinished.forget(notes.directory(), notes.run().number() - 1);
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

  /** Runs what blocks where it may, and puts faults of the disk into words. */
  private <T> Mono<T> blocking(Callable<T> work) {
    return Mono.fromCallable(work)
        .subscribeOn(time.workers())
        .onErrorMap(IOException.class, fault -> ArchiveFaults.failed(place, fault, true));
  }

  private void add(SliceWriter writer, Checkpointed<Row> row) {
    try {
      writer.add(row.value(), row.checkpoint());
    } catch (IOException fault) {
      throw ArchiveFaults.failed(place, fault, true);
    } catch (IllegalArgumentException fault) {
      throw ArchiveFaults.unfit(row.value().id(), options.encoding().format(), fault);
    }
  }
}
