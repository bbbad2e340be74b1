package io.blinkreactor.internal.export;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.ArchiveException.Reason;
import io.blinkreactor.JsonValue;
import io.blinkreactor.TimeSource;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.ExportFormat;
import io.blinkreactor.internal.export.Manifest.Part;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.export.Manifest.Slice;
import io.blinkreactor.internal.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/** An archive in a directory. */
public final class DirectoryArchive implements Archive {

  private final Path directory;

  /** An archive, or what will turn out to be none. */
  public DirectoryArchive(Path directory) {
    this.directory = directory;
  }

  @Override
  public String source() {
    return manifest().source();
  }

  @Override
  public boolean isComplete() {
    return manifest().isComplete();
  }

  private Manifest manifest() {
    try {
      return ArchiveDirectory.read(directory);
    } catch (IOException fault) {
      throw unreadable(directory, fault);
    }
  }

  @Override
  public Mono<Verification> verify() {
    return Mono.fromCallable(() -> new Verifier(directory).verify())
        .subscribeOn(TimeSource.system().workers())
        .onErrorMap(IOException.class, fault -> unreadable(directory, fault));
  }

  @Override
  public Flux<JsonValue> rows() {
    return Flux.defer(
            () -> {
              try {
                Manifest manifest = ArchiveDirectory.read(directory);
                if (manifest.format() != ExportFormat.NDJSON) {
                  return Flux.error(noJson());
                }
                return rows(manifest, new Newest(replaced(manifest)));
              } catch (IOException fault) {
                return Flux.error(unreadable(directory, fault));
              }
            })
        .subscribeOn(TimeSource.system().workers());
  }

  private ArchiveException noJson() {
    return new ArchiveException(
        Reason.OTHER_OPTIONS,
        "The archive in " + directory + " does not hold JSON.",
        "Export as NDJSON, or read the parts with a tool for their format.",
        null);
  }

  private static ArchiveException unreadable(Path place, IOException fault) {
    return new ArchiveException(
        Reason.DAMAGED,
        place
            + " can't be read: "
            + fault.getClass().getSimpleName()
            + ", "
            + fault.getMessage()
            + ".",
        "Verify the archive, which tells whether it has changed, and see to the disk and to the rights of this user.",
        fault);
  }

  /** By id, the last run that has a row again. */
  private Map<String, Integer> replaced(Manifest manifest) throws IOException {
    Map<String, Integer> last = new HashMap<>();
    for (Run run : manifest.runs()) {
      for (Slice slice : run.slices()) {
        for (Part part : slice.again() ? slice.parts() : List.<Part>of()) {
          try (RowReader reader = encoding(manifest).reader(directory.resolve(part.name()))) {
            for (Row row = reader.next(); row != null; row = reader.next()) {
              last.put(String.valueOf(row.id()), run.number());
            }
          }
        }
      }
    }
    return last;
  }

  static Encoding encoding(Manifest manifest) {
    return new Encoding(
        manifest.format(), manifest.compression(), manifest.columns(), manifest.keys());
  }

  /** Which of the rows count, where runs have some again. For one use by one thread. */
  private static final class Newest {

    private final Map<String, Integer> replaced;

    /** Each run has these, since nothing tells that they are not new. */
    private final Set<String> timeless = new HashSet<>();

    Newest(Map<String, Integer> replaced) {
      this.replaced = replaced;
    }

    boolean takes(Run run, Row row) {
      String id = String.valueOf(row.id());
      return replaced.getOrDefault(id, 0) <= run.number() && (row.at() != null || timeless.add(id));
    }
  }

  private Flux<JsonValue> rows(Manifest manifest, Newest newest) {
    return Flux.fromIterable(manifest.runs())
        .concatMap(
            run ->
                Flux.fromIterable(run.parts())
                    .concatMap(part -> rows(manifest, run, part, newest), 0),
            0);
  }

  private Flux<JsonValue> rows(Manifest manifest, Run run, Part part, Newest newest) {
    Path file = directory.resolve(part.name());
    // The part is closed before the end is told.
    return Flux.using(
            () -> encoding(manifest).reader(file),
            reader -> Flux.<JsonValue>generate(sink -> read(reader, run, newest, sink)),
            DirectoryArchive::close)
        .onErrorMap(IOException.class, fault -> unreadable(file, fault));
  }

  private static void read(
      RowReader reader, Run run, Newest newest, SynchronousSink<JsonValue> sink) {
    try {
      Row row = reader.next();
      while (row != null && !newest.takes(run, row)) {
        row = reader.next();
      }
      if (row == null) {
        sink.complete();
      } else {
        sink.next(Json.parse(row.json()));
      }
    } catch (IOException fault) {
      sink.error(fault);
    }
  }

  private static void close(RowReader reader) {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
