package io.blinkreactor.internal.export;

import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a run that had not ended when they were written.
 *
 * @param first the earliest time of creation; null if one has none
 */
record Unfinished(Set<String> ids, @Nullable Long first) {

  static final Unfinished NONE = new Unfinished(Set.of(), null);

  static Unfinished of(ArchiveDirectory directory, Run run) throws IOException {
    Set<String> ids = new HashSet<>();
    long first = Long.MAX_VALUE;
    for (Slice slice : run.slices()) {
      if (slice.unfinished() == 0) {
        continue;
      }
      Path file = directory.unfinished(run.number(), slice.number());
      if (!Files.exists(file)) {
        throw ArchiveFaults.damaged(file, "is gone; it lists the rows that had not ended", null);
      }
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        String line;
        while ((line = lines.readLine()) != null) {
          int space = line.indexOf(' ');
          String at = line.substring(0, space);
          first = Math.min(first, at.equals("null") ? Long.MIN_VALUE : Long.parseLong(at));
          ids.add(line.substring(space + 1));
        }
      }
    }
    return new Unfinished(ids, first == Long.MIN_VALUE ? null : Long.valueOf(first));
  }
}
