package io.blinkreactor.internal.export;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.internal.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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

  static Unfinished of(Path archive, Run run) throws IOException {
    Set<String> ids = new HashSet<>();
    long first = Long.MAX_VALUE;
    for (Slice slice : run.slices()) {
      if (slice.unfinished() == 0) {
        continue;
      }
      Path file = ArchiveDirectory.unfinished(archive, run.number(), slice.number());
      if (!Files.exists(file)) {
        throw ArchiveFaults.damaged(file, "is gone; it lists the rows that had not ended", null);
      }
      ArchiveDirectory.checkSize(file, slice.unfinishedBytes());
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        String line;
        while ((line = lines.readLine()) != null) {
          Place place = Json.parse(line.getBytes(StandardCharsets.UTF_8)).as(Place.class);
          if (place == null) {
            throw new IllegalArgumentException("A line is no place of a row.");
          }
          first = Math.min(first, place.at() == null ? Long.MIN_VALUE : place.at());
          ids.add(String.valueOf(place.id()));
        }
      } catch (IllegalArgumentException | CharacterCodingException e) {
        throw ArchiveFaults.damaged(file, "can't be read", e);
      }
    }
    return new Unfinished(ids, first == Long.MIN_VALUE ? null : Long.valueOf(first));
  }

  /** How a row is noted. */
  static byte[] line(Row row) {
    return (JsonValue.of(new Place(row.at(), row.id())).text() + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** A line of the list. */
  private record Place(@Nullable Long at, @Nullable String id) {}
}
