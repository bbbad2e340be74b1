package io.blinkreactor.internal.export;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an archive holds, as its file {@code manifest.json} says it.
 *
 * @param version of this form
 * @param source the list's name
 * @param fingerprint of what decides which rows the list has: workspace and filter, hashed
 * @param keys where rows have their id and time
 * @param columns of the tabular formats; empty for NDJSON
 * @param runs the exports that wrote it, the first one first
 */
record Manifest(
    int version,
    String source,
    String fingerprint,
    ExportFormat format,
    Compression compression,
    RowKeys keys,
    List<Column> columns,
    List<Run> runs) {

  static final int VERSION = 1;

  Manifest {
    requireNonNull(source, "source");
    requireNonNull(fingerprint, "fingerprint");
    requireNonNull(format, "format");
    requireNonNull(compression, "compression");
    requireNonNull(keys, "keys");
    columns = List.copyOf(columns);
    runs = List.copyOf(runs);
  }

  Run last() {
    return runs.get(runs.size() - 1);
  }

  /** With another last run, or with one more. */
  Manifest with(Run run) {
    List<Run> changed = new ArrayList<>(runs);
    if (run.number() <= changed.size()) {
      changed.set(run.number() - 1, run);
    } else {
      changed.add(run);
    }
    return of(changed);
  }

  /**
   * Whether runs, slices and parts have the numbers and names of their places, each run begins
   * where the one before ended and its slices cover its time, and a part that was begun has a place
   * in the list to go on from.
   */
  boolean isInOrder() {
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      boolean adjoins = i == 0 || runs.get(i - 1).to().equals(run.from());
      if (run.number() != i + 1 || !adjoins || !run.isCovered() || !isInOrder(run)) {
        return false;
      }
    }
    return true;
  }

  private boolean isInOrder(Run run) {
    for (int i = 0; i < run.slices().size(); i++) {
      Slice slice = run.slices().get(i);
      boolean hasPlace = slice.open() == null || slice.checkpoint() != null;
      if (slice.number() != i || !hasPlace || !isInOrder(run, slice)) {
        return false;
      }
    }
    return true;
  }

  private boolean isInOrder(Run run, Slice slice) {
    List<Part> parts = slice.parts();
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).name().equals(partName(run.number(), slice.number(), i))) {
        return false;
      }
    }
    return true;
  }

  /** Those of some files of parts, whole or not, that are none of its own. */
  List<String> strangers(List<String> files) {
    Set<String> names = partNames();
    return files.stream().filter(file -> !names.contains(PartName.whole(file))).toList();
  }

  /**
   * The names that parts may have: of those it lists, and of the next one of each slice that goes
   * on, which may have its name before that is noted.
   */
  private Set<String> partNames() {
    Set<String> names = new HashSet<>();
    for (Run run : runs) {
      for (Slice slice : run.slices()) {
        slice.parts().forEach(part -> names.add(part.name()));
        if (!run.hasEnded() && !slice.done()) {
          names.add(nextPart(run, slice));
        }
      }
    }
    return names;
  }

  /** The name of the part that a slice writes, or will write. */
  String nextPart(Run run, Slice slice) {
    return partName(run.number(), slice.number(), slice.parts().size());
  }

  private String partName(int run, int slice, int part) {
    return PartName.of(run, slice, part, DirectoryArchive.encoding(this));
  }

  /**
   * Without a last run that wrote nothing, as one that was refused for its filter or its key: it
   * need not be gone on with. Null if none is left.
   */
  @Nullable Manifest settled() {
    if (!last().isBlank()) {
      return this;
    }
    List<Run> before = runs.subList(0, runs.size() - 1);
    return before.isEmpty() ? null : of(before);
  }

  /** The last run that came to its end; null if none has. */
  @Nullable Run lastEnded() {
    for (int run = runs.size() - 1; run >= 0; run--) {
      if (runs.get(run).hasEnded()) {
        return runs.get(run);
      }
    }
    return null;
  }

  /** Whether the last export came to its end, of those that are to be gone on with. */
  boolean isComplete() {
    Manifest settled = settled();
    return settled != null && settled.last().hasEnded();
  }

  private Manifest of(List<Run> with) {
    return new Manifest(version, source, fingerprint, format, compression, keys, columns, with);
  }

  /**
   * One export, from its start to its end over all processes that worked on it.
   *
   * @param number from 1 on
   * @param askedFrom the bound that was asked for
   * @param askedTo the bound that was asked for
   * @param to the first time that is left out, which the next one begins with
   * @param slicesAtOnce as asked for
   * @param endedAt null while it has not ended
   * @param counts what it has cost
   */
  record Run(
      int number,
      @Nullable Instant askedFrom,
      @Nullable Instant askedTo,
      @Nullable Instant from,
      Instant to,
      int slicesAtOnce,
      Instant startedAt,
      @Nullable Instant endedAt,
      Counts counts,
      List<Slice> slices) {

    Run {
      requireNonNull(to, "to");
      requireNonNull(startedAt, "startedAt");
      requireNonNull(counts, "counts");
      slices = List.copyOf(slices);
    }

    boolean hasEnded() {
      return endedAt != null;
    }

    /** Whether it has noted nothing of any slice, not even that there is nothing. */
    boolean isBlank() {
      return !hasEnded()
          && slices.stream()
              .allMatch(
                  slice ->
                      !slice.done()
                          && slice.checkpoint() == null
                          && slice.open() == null
                          && slice.parts().isEmpty());
    }

    /** Whether the slices, each behind the one before, begin and end where the run does. */
    private boolean isCovered() {
      List<Slice> read = slices.stream().filter(slice -> !slice.again()).toList();
      if (read.isEmpty()) {
        return to.equals(from);
      }
      Long reached = from == null ? null : from.toEpochMilli();
      for (Slice slice : read) {
        if (!Objects.equals(slice.from(), reached)) {
          return false;
        }
        reached = slice.to();
      }
      return Objects.equals(reached, to.toEpochMilli());
    }

    Run with(Slice slice, Counts now) {
      List<Slice> changed = new ArrayList<>(slices);
      changed.set(slice.number(), slice);
      return of(endedAt, now, changed);
    }

    Run ended(Instant at) {
      return of(at, counts, slices);
    }

    private Run of(@Nullable Instant end, Counts now, List<Slice> with) {
      return new Run(number, askedFrom, askedTo, from, to, slicesAtOnce, startedAt, end, now, with);
    }

    long rows() {
      return slices.stream().mapToLong(Slice::rows).sum();
    }

    List<Part> parts() {
      return slices.stream().flatMap(slice -> slice.parts().stream()).toList();
    }
  }

  /**
   * What a run has cost.
   *
   * @param mode how pages were asked for last
   * @param expected rows in all, as the vendor said
   */
  record Counts(
      long pages,
      long repeated,
      long retries,
      long throttledMillis,
      @Nullable String mode,
      @Nullable Long expected) {

    static final Counts NONE = expecting(null);

    static Counts expecting(@Nullable Long rows) {
      return new Counts(0, 0, 0, 0, null, rows);
    }
  }

  /**
   * A range of times, read in one piece into parts of its own.
   *
   * @param number from 0 on
   * @param again whether it looks again at rows that had not ended
   * @param from epoch milliseconds, included
   * @param to epoch milliseconds, excluded
   * @param ordered whether the rows came in the order of their times
   * @param checkpoint the place after the last row that is durable
   * @param unfinished rows that had not ended
   * @param unfinishedBytes what of the list of their ids is durable
   * @param open the part that is being written; null between two parts
   */
  record Slice(
      int number,
      boolean again,
      @Nullable Long from,
      @Nullable Long to,
      boolean done,
      boolean ordered,
      @Nullable String checkpoint,
      long unfinished,
      long unfinishedBytes,
      @Nullable OpenPart open,
      List<Part> parts) {

    Slice {
      parts = List.copyOf(parts);
    }

    static Slice planned(int number, boolean again, @Nullable Long from, @Nullable Long to) {
      return new Slice(number, again, from, to, false, true, null, 0, 0, null, List.of());
    }

    long rows() {
      return parts.stream().mapToLong(Part::rows).sum() + (open == null ? 0 : open.rows());
    }

    long bytes() {
      return parts.stream().mapToLong(Part::bytes).sum() + (open == null ? 0 : open.bytes());
    }
  }

  /**
   * What of a part that is being written is durable.
   *
   * @param bytes its length up to there
   * @param sha256 of these bytes
   */
  record OpenPart(
      long rows, long bytes, @Nullable RowPlace first, @Nullable RowPlace last, String sha256) {

    OpenPart {
      requireNonNull(sha256, "sha256");
    }
  }

  /** A part that is whole. */
  record Part(
      String name,
      long rows,
      @Nullable RowPlace first,
      @Nullable RowPlace last,
      long bytes,
      String sha256) {

    Part {
      requireNonNull(name, "name");
      requireNonNull(sha256, "sha256");
    }
  }

  /** Where a row stands. */
  record RowPlace(@Nullable Instant at, @Nullable String id) {

    static RowPlace of(Row row) {
      Long at = row.at();
      return new RowPlace(at == null ? null : Instant.ofEpochMilli(at), row.id());
    }

    /** The time as rows have it. */
    @Nullable Long millis() {
      return at == null ? null : at.toEpochMilli();
    }
  }
}
