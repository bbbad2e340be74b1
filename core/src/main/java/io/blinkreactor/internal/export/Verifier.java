package io.blinkreactor.internal.export;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.internal.export.Manifest.OpenPart;
import io.blinkreactor.internal.export.Manifest.Part;
import io.blinkreactor.internal.export.Manifest.RowPlace;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks an archive against its manifest. For one use by one thread, which it blocks. */
final class Verifier {

  private static final int MOST_FAULTS = 100;

  private final Path directory;
  private final List<String> faults = new ArrayList<>();
  private final Ids ids = new Ids();

  /** Of the rows that a run has again. */
  private Ids idsAgain = new Ids();

  private long rows;
  private long bytes;
  private long again;

  Verifier(Path directory) {
    this.directory = directory;
  }

  Verification verify() throws IOException {
    Manifest manifest = ArchiveDirectory.read(directory);
    int parts = 0;
    for (Run run : manifest.runs()) {
      idsAgain = new Ids();
      for (Slice slice : run.slices()) {
        check(manifest, slice);
        checkOpen(manifest, run, slice);
        parts += slice.parts().size();
      }
    }
    checkNames();
    checkUnfinished();
    return new Verification(parts, rows, bytes, again, manifest.isComplete(), List.copyOf(faults));
  }

  private void fault(String sentence) {
    if (faults.size() < MOST_FAULTS) {
      faults.add(sentence);
    }
  }

  private void check(Manifest manifest, Slice slice) {
    TimeOrder order = new TimeOrder(slice.ordered());
    for (Part part : slice.parts()) {
      Path file = directory.resolve(part.name());
      try {
        if (!Files.isRegularFile(file)) {
          fault(part.name() + " is missing.");
          continue;
        }
        checkSum(part, file);
        checkRows(manifest, slice, part, file, order);
      } catch (IOException e) {
        fault(part.name() + " can't be read: " + e.getMessage());
      }
    }
  }

  private void checkSum(Part part, Path file) throws IOException {
    long size = Files.size(file);
    bytes += size;
    if (size != part.bytes()) {
      fault(part.name() + " has " + size + " bytes in place of " + part.bytes() + ".");
    } else if (!sha256(file, size).equals(part.sha256())) {
      fault(part.name() + " has changed: its SHA-256 is not that of the manifest.");
    }
  }

  /** Of a part that is not whole, what was noted; the rest will be written again. */
  private void checkOpen(Manifest manifest, Run run, Slice slice) {
    OpenPart open = slice.open();
    if (open == null) {
      return;
    }
    String name = manifest.nextPart(run, slice);
    String tmp = name + ArchiveDirectory.TMP;
    try {
      if (!begun(name, open.bytes()).equals(open.sha256())) {
        fault(tmp + " has changed: what was written has another SHA-256 than was noted.");
      }
    } catch (NoSuchFileException e) {
      fault(tmp + " is missing.");
    } catch (IOException e) {
      fault(tmp + " can't be read: " + e);
    }
  }

  /** The sum of a part that is being written, and may have got its name meanwhile. */
  private String begun(String name, long length) throws IOException {
    try {
      return sha256(directory.resolve(name + ArchiveDirectory.TMP), length);
    } catch (NoSuchFileException named) {
      return sha256(directory.resolve(name), length);
    }
  }

  /** Of the first bytes of a file, or of all if it has fewer. */
  private static String sha256(Path file, long length) throws IOException {
    MessageDigest sum = PartFile.sha256();
    try (FileChannel channel = FileChannel.open(file)) {
      PartFile.addBytes(sum, channel, length);
    }
    return PartFile.hex(sum);
  }

  private void checkRows(Manifest manifest, Slice slice, Part part, Path file, TimeOrder order)
      throws IOException {
    long count = 0;
    Row first = null;
    Row last = null;
    try (RowReader reader = DirectoryArchive.encoding(manifest).reader(file)) {
      for (Row row = reader.next(); row != null; row = reader.next()) {
        count++;
        first = first == null ? row : first;
        last = row;
        check(slice, part, row, count, order);
      }
    } finally {
      rows += count;
      again += slice.again() ? count : 0;
    }
    if (count != part.rows()) {
      fault(part.name() + " has " + count + " rows in place of " + part.rows() + ".");
    } else if (!is(first, part.first()) || !is(last, part.last())) {
      fault(part.name() + " does not begin or end with the row that the manifest says.");
    }
  }

  private static boolean is(@Nullable Row row, @Nullable RowPlace place) {
    return row == null ? place == null : RowPlace.of(row).equals(place);
  }

  private void check(Slice slice, Part part, Row row, long number, TimeOrder order) {
    String id = row.id();
    String where = part.name() + ", row " + number;
    if (id == null) {
      fault(where + ", has no id.");
      return;
    }
    Long at = row.at();
    Long from = slice.from();
    Long to = slice.to();
    if (at != null && ((from != null && at < from) || (to != null && at >= to))) {
      fault(where + ", is of another time than its slice.");
    }
    boolean kept = order.isKept();
    order.see(at);
    if (kept && !order.isKept()) {
      fault(where + ", is out of order.");
    }
    boolean isNew = ids.add(id);
    if (slice.again() && isNew) {
      fault(where + ", is written again, and no earlier export has it: " + id + ".");
    }
    // Rows without a time are in each run, since nothing tells that they are not new.
    if (slice.again() ? !idsAgain.add(id) : !isNew && at != null) {
      fault(where + ", is there twice: " + id + ".");
    }
  }

  /** The lists that the next export needs, by the newest manifest. */
  private void checkUnfinished() throws IOException {
    Run ended = lastEnded();
    while (ended != null && ArchiveDirectory.canBeAddedTo(directory)) {
      String wrong = wrongWithUnfinished(ended);
      if (wrong == null) {
        return;
      }
      Run now = lastEnded();
      if (now == null || now.number() == ended.number()) {
        fault(wrong);
        return;
      }
      // An export has ended meanwhile, which removes the lists of the one before.
      ended = now;
    }
  }

  private @Nullable Run lastEnded() throws IOException {
    return ArchiveDirectory.read(directory).lastEnded();
  }

  private @Nullable String wrongWithUnfinished(Run run) {
    try {
      var unused = Unfinished.of(directory, run);
      return null;
    } catch (ArchiveException changed) {
      return String.valueOf(changed.getMessage());
    } catch (IOException e) {
      return "The lists of what had not ended can't be read: " + e.getMessage();
    }
  }

  /** By a manifest that is newer than the names, as a run may go on meanwhile. */
  private void checkNames() throws IOException {
    List<String> files = ArchiveDirectory.partFiles(directory);
    for (String file : ArchiveDirectory.read(directory).strangers(files)) {
      fault(file + " is not in the manifest.");
    }
  }
}
