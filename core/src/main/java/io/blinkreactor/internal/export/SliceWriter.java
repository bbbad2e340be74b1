package io.blinkreactor.internal.export;

import io.blinkreactor.TimeSource;
import io.blinkreactor.internal.export.Manifest.OpenPart;
import io.blinkreactor.internal.export.Manifest.Part;
import io.blinkreactor.internal.export.Manifest.RowPlace;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.stream.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rows of one slice into its parts, and notes from time to time how far it is: first
 * what was written is made durable, then the manifest says so. Whatever stops it, the next one cuts
 * the part to the length that was noted and goes on from the row that belongs to it. For one
 * thread, which it blocks.
 */
final class SliceWriter {

  private final RunNotes notes;
  private final ArchiveDirectory directory;
  private final int run;
  private final Encoding encoding;
  private final ExportOptions options;
  private final TimeSource time;
  private final ExportMeter meter;

  /** Ids that are wanted; null: every row is. */
  private final @Nullable Set<String> wanted;

  /** What is durable. */
  private Slice slice;

  private @Nullable PartFile file;
  private @Nullable RowWriter writer;
  private @Nullable PartFile unfinishedIds;
  private @Nullable Checkpoint after;
  private final TimeOrder order;
  private long unfinished;
  private long rows;
  private @Nullable RowPlace first;
  private @Nullable RowPlace last;
  private long counted;
  private long lastNote;

  SliceWriter(
      RunNotes notes,
      Slice slice,
      ExportOptions options,
      TimeSource time,
      ExportMeter meter,
      @Nullable Set<String> wanted) {
    this.notes = notes;
    this.directory = notes.directory();
    this.run = notes.run().number();
    this.slice = slice;
    this.encoding = notes.encoding();
    this.options = options;
    this.time = time;
    this.meter = meter;
    this.wanted = wanted;
    this.order = orderOf(slice);
    this.unfinished = slice.unfinished();
    this.lastNote = time.nanos();
  }

  /** The order as what is there has left it. */
  private static TimeOrder orderOf(Slice slice) {
    TimeOrder order = new TimeOrder(slice.ordered());
    for (Part part : slice.parts()) {
      see(order, part.first(), part.last());
    }
    OpenPart open = slice.open();
    if (open != null) {
      see(order, open.first(), open.last());
    }
    return order;
  }

  private static void see(TimeOrder order, @Nullable RowPlace first, @Nullable RowPlace last) {
    if (first != null && last != null) {
      order.see(first.millis());
      order.see(last.millis());
    }
  }

  /** Puts the files into the state that was noted. */
  SliceWriter opened() throws IOException {
    open();
    return this;
  }

  private void open() throws IOException {
    Path ids = directory.unfinished(run, slice.number());
    unfinishedIds =
        slice.unfinishedBytes() == 0
            ? PartFile.begin(ids)
            : resumed(ids, slice.unfinishedBytes(), null);
    Path named = directory.file(partName());
    Path tmp = directory.file(partName() + ArchiveDirectory.TMP);
    OpenPart open = slice.open();
    if (open == null) {
      // The kill came after the name, and before the note of it.
      Files.deleteIfExists(named);
      Files.deleteIfExists(tmp);
      return;
    }
    if (!Files.exists(tmp) && Files.exists(named)) {
      directory.putInPlace(named, tmp);
    }
    PartFile part = resumed(tmp, open.bytes(), open.sha256());
    file = part;
    writer = encoding.writer(part, true);
    rows = open.rows();
    first = open.first();
    last = open.last();
    counted = open.bytes();
  }

  private static PartFile resumed(Path path, long length, @Nullable String sha256)
      throws IOException {
    long size = Files.exists(path) ? Files.size(path) : 0;
    if (size < length) {
      throw ArchiveFaults.damaged(
          path, "has " + size + " bytes in place of the " + length + " that were written", null);
    }
    return PartFile.goOn(path, length, sha256);
  }

  private String partName() {
    return PartName.of(run, slice.number(), slice.parts().size(), encoding);
  }

  void add(Row row, Checkpoint afterRow) throws IOException {
    if (wanted == null || wanted.contains(String.valueOf(row.id()))) {
      if (!row.isFinished()) {
        noteUnfinished(row);
      }
      // What had not ended and still has not is in the archive as it is.
      if (wanted == null || row.isFinished()) {
        write(row);
      }
    }
    after = afterRow;
    if (file != null && file.bytes() >= options.partBytes()) {
      endPart();
    } else if (time.since(lastNote).compareTo(options.checkpointEvery()) >= 0) {
      note();
    }
  }

  private void write(Row row) throws IOException {
    RowWriter to = writer;
    if (to == null) {
      PartFile part = PartFile.begin(directory.file(partName() + ArchiveDirectory.TMP));
      file = part;
      to = encoding.writer(part, false);
      writer = to;
      rows = 0;
      first = RowPlace.of(row);
      counted = 0;
    }
    to.write(row);
    order.see(row.at());
    rows++;
    last = RowPlace.of(row);
    meter.row();
    count();
  }

  private void count() {
    if (file != null) {
      meter.bytes(file.bytes() - counted);
      counted = file.bytes();
    }
  }

  private void noteUnfinished(Row row) throws IOException {
    if (unfinishedIds != null) {
      byte[] line = Unfinished.line(row);
      unfinishedIds.write(line, 0, line.length);
    }
    unfinished++;
  }

  /** Makes durable what was written, and answers true, if the format can be cut here. */
  private boolean note() throws IOException {
    RowWriter to = writer;
    PartFile part = file;
    lastNote = time.nanos();
    if (to == null || part == null) {
      save(null);
      return true;
    }
    if (!to.flush()) {
      return false;
    }
    part.force();
    count();
    save(new OpenPart(rows, part.bytes(), first, last, part.sha256Hex()));
    return true;
  }

  private void save(@Nullable OpenPart open) throws IOException {
    save(false, open, slice.parts());
  }

  private void save(boolean done, @Nullable OpenPart open, List<Part> parts) throws IOException {
    PartFile ids = unfinishedIds;
    if (ids != null) {
      ids.force();
      if (slice.unfinishedBytes() == 0 && ids.bytes() > 0) {
        directory.syncUnfinished();
      }
    }
    slice =
        new Slice(
            slice.number(),
            slice.again(),
            slice.from(),
            slice.to(),
            done,
            order.isKept(),
            after == null ? slice.checkpoint() : after.text(),
            unfinished,
            ids == null ? slice.unfinishedBytes() : ids.bytes(),
            open,
            parts);
    notes.save(slice);
    lastNote = time.nanos();
  }

  private void endPart() throws IOException {
    save(false, null, withOpenPart());
  }

  /** Ends the part that is being written, gives it its name, and answers all parts. */
  private List<Part> withOpenPart() throws IOException {
    RowWriter to = writer;
    PartFile part = file;
    if (to == null || part == null) {
      return slice.parts();
    }
    to.finish();
    part.force();
    count();
    String name = partName();
    Part whole = new Part(name, rows, first, last, part.bytes(), part.sha256Hex());
    part.close();
    writer = null;
    file = null;
    directory.putInPlace(directory.file(name + ArchiveDirectory.TMP), directory.file(name));
    meter.part();
    List<Part> parts = new ArrayList<>(slice.parts());
    parts.add(whole);
    return parts;
  }

  /** The slice has no more rows. */
  void finish() throws IOException {
    save(true, null, withOpenPart());
    close();
  }

  /** Keeps what was written up to here, for another process to go on. */
  void suspend() throws IOException {
    try {
      if (!note()) {
        endPart();
      }
    } finally {
      close();
    }
  }

  void close() throws IOException {
    try (PartFile part = file;
        PartFile ids = unfinishedIds) {
      if (writer != null) {
        writer.abandon();
      }
      file = null;
      writer = null;
      unfinishedIds = null;
    }
  }
}
