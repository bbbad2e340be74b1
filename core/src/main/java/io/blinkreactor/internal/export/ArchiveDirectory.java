package io.blinkreactor.internal.export;

import io.blinkreactor.internal.LockedDirectory;
import io.blinkreactor.internal.LockedDirectory.Readers;
import io.blinkreactor.internal.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of an archive that is being written: its lock, its manifest and the names in it. A
 * file gets its name when it is whole and durable, so what has a name is. Safe for use by many
 * threads.
 */
final class ArchiveDirectory {

  static final String MANIFEST = "manifest.json";
  static final String TMP = ".tmp";

  /** For what only the next export needs. */
  private static final String OWN = ".blinkreactor";

  private static final String NEW_MANIFEST = "manifest.json.new";

  private final LockedDirectory locked;
  private final Path path;

  private ArchiveDirectory(LockedDirectory locked) {
    this.locked = locked;
    this.path = locked.path();
  }

  /** Makes the directory if it is not there, and locks it. */
  static ArchiveDirectory open(Path directory) throws IOException {
    Path path = LockedDirectory.make(directory, Readers.USUAL);
    boolean archive = Files.exists(path.resolve(MANIFEST)) || Files.exists(path.resolve(OWN));
    if (!archive && !isEmpty(path)) {
      throw ArchiveFaults.foreign(directory);
    }
    Files.createDirectories(path.resolve(OWN));
    try {
      return new ArchiveDirectory(LockedDirectory.lock(path, Path.of(OWN, "lock"), Readers.USUAL));
    } catch (LockedDirectory.BusyException e) {
      throw ArchiveFaults.locked(directory);
    }
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.findAny().isEmpty();
    }
  }

  Path path() {
    return path;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  /** The ids of rows of a slice that had not ended. */
  Path unfinished(int run, int slice) {
    return path.resolve(OWN).resolve("unfinished-%04d-%03d".formatted(run, slice));
  }

  /** Makes the names of these lists durable. */
  void syncUnfinished() throws IOException {
    LockedDirectory.syncNames(path.resolve(OWN));
  }

  void removeUnfinished(int run) throws IOException {
    try (DirectoryStream<Path> old =
        Files.newDirectoryStream(path.resolve(OWN), "unfinished-%04d-*".formatted(run))) {
      for (Path file : old) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Nullable Manifest manifest() throws IOException {
    return Files.exists(path.resolve(MANIFEST)) ? read(path) : null;
  }

  /** Reads the manifest of an archive, which somebody else may be writing to. */
  static Manifest read(Path directory) throws IOException {
    Path file = directory.resolve(MANIFEST);
    byte[] json;
    try {
      json = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw ArchiveFaults.noArchive(directory);
    }
    try {
      Version version = Json.parse(json).as(Version.class);
      if (version == null || version.version() == 0) {
        throw ArchiveFaults.damaged(file, "is no manifest of an archive", null);
      }
      if (version.version() > Manifest.VERSION) {
        throw ArchiveFaults.newer(directory, version.version());
      }
      Manifest manifest = Json.parse(json).as(Manifest.class);
      if (manifest == null || manifest.runs() == null || manifest.runs().isEmpty()) {
        throw ArchiveFaults.damaged(file, "lists no export", null);
      }
      return manifest;
    } catch (IllegalArgumentException e) {
      throw ArchiveFaults.damaged(file, "can't be read", e);
    }
  }

  /** What every version of the manifest begins with. */
  private record Version(int version) {}

  synchronized void write(Manifest manifest) throws IOException {
    Path fresh = path.resolve(NEW_MANIFEST);
    byte[] json = Json.forPeople(manifest);
    try (FileChannel file =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(json);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    putInPlace(fresh, path.resolve(MANIFEST));
  }

  /** Gives a file that is durable its name. */
  void putInPlace(Path file, Path name) throws IOException {
    Files.move(file, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    LockedDirectory.syncNames(path);
  }

  /** Frees the lock, and answers itself. */
  ArchiveDirectory closed() {
    locked.close();
    return this;
  }
}
