package io.blinkreactor.internal.export;

import io.blinkreactor.TimeSource;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.internal.export.Manifest.Counts;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.internal.stream.Listing;
import io.blinkreactor.internal.stream.Range;
import io.blinkreactor.internal.stream.Slices;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What runs of an archive read: the next one, and whether one that was begun is this one. */
final class RunPlan {

  /** So that a crowded slice holds up less. */
  private static final int SLICES_EACH = 4;

  private final Listing<Row> listing;
  private final Reading reading;
  private final ExportOptions options;
  private final TimeSource time;
  private final DiskWork disk;

  RunPlan(
      Listing<Row> listing,
      Reading reading,
      ExportOptions options,
      TimeSource time,
      DiskWork disk) {
    this.listing = listing;
    this.reading = reading;
    this.options = options;
    this.time = time;
    this.disk = disk;
  }

  /**
   * Settles what the run after others reads, and writes it into the manifest. Nothing comes if that
   * is ended meanwhile.
   */
  Mono<Manifest> next(ArchiveDirectory directory, @Nullable Manifest before, Mono<Void> end) {
    Instant now = time.now();
    Run previous = before == null ? null : before.last();
    Instant from = previous == null ? options.from() : previous.to();
    if (previous != null && previous.to().isAfter(now)) {
      return Mono.error(ArchiveFaults.ahead(directory.path(), previous.to()));
    }
    if (previous != null && previous.number() == PartName.MOST_RUNS) {
      return Mono.error(ArchiveFaults.fullOfRuns(directory.path(), previous.to()));
    }
    Instant to = later(from, options.end(now));
    Range range = new Range(from == null ? null : listing.at(from), listing.at(to));
    boolean empty = to.equals(from);
    Mono<Slices> slices =
        empty
            ? Mono.just(new Slices(List.of(), null))
            : options.slices() == 1
                ? Mono.just(Slices.one(range))
                : reading.slices(range, options.slices() * SLICES_EACH).takeUntilOther(end);
    return slices.flatMap(
        cut ->
            disk.does(
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
    Unfinished unfinished = Unfinished.of(directory.path(), previous);
    return unfinished.ids().isEmpty()
        ? null
        : Slice.planned(0, true, unfinished.first(), listing.at(previous.to()));
  }

  /** Refuses to add to an archive that was written with other options. */
  void checkArchive(Path place, Manifest was) {
    Encoding now = options.encoding();
    checkSame(place, "the format", was.format(), now.format());
    checkSame(place, "the compression", was.compression(), now.compression());
    if (!was.source().equals(listing.name()) || !was.fingerprint().equals(reading.fingerprint())) {
      throw ArchiveFaults.otherList(place);
    }
    // Where an archive begins is said at its beginning; an increment need not repeat it.
    if (options.from() != null || !options.incremental()) {
      checkSame(place, "'from'", was.runs().get(0).askedFrom(), options.from());
    }
  }

  private static void checkSame(
      Path place, String what, @Nullable Object was, @Nullable Object now) {
    if (!Objects.equals(was, now)) {
      throw ArchiveFaults.other(
          place, what, was == null ? "none" : was, now == null ? "none" : now);
    }
  }

  /**
   * Refuses to go on with a run that was begun with other options; one that has ended has fewer.
   */
  void checkRun(Path place, Run was) {
    checkSame(place, "'to'", was.askedTo(), options.to());
    if (!was.hasEnded()) {
      checkSame(place, "slices", was.slicesAtOnce(), options.slices());
    }
  }
}
