package io.blinkreactor.internal.export;

import io.blinkreactor.internal.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger log = LoggerFactory.getLogger(ArchiveDirectory.class);

  /**
   * What this process writes to. A second channel on a lock file must not even be opened: closing
   * it would free the first one's lock on POSIX systems.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;

  private ArchiveDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Makes the directory if it is not there, and locks it. */
  static ArchiveDirectory open(Path directory) throws IOException {
    make(directory.toAbsolutePath());
    Path path = directory.toRealPath();
    boolean archive = Files.exists(path.resolve(MANIFEST)) || Files.exists(path.resolve(OWN));
    if (!archive && !isEmpty(path)) {
      throw ArchiveFaults.foreign(directory);
    }
    if (!OPEN.add(path)) {
      throw ArchiveFaults.locked(directory);
    }
    try {
      Files.createDirectories(path.resolve(OWN));
      return new ArchiveDirectory(path, lock(path, directory));
    } catch (IOException | RuntimeException e) {
      OPEN.remove(path);
      throw e;
    }
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.findAny().isEmpty();
    }
  }

  /** Also what it is in, each durable in the one above. */
  private static void make(Path directory) throws IOException {
    Path above = directory.getParent();
    if (above == null || Files.isDirectory(directory)) {
      return;
    }
    make(above);
    Files.createDirectory(directory);
    syncNames(above);
  }

  private static FileChannel lock(Path path, Path named) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path.resolve(OWN).resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        throw ArchiveFaults.locked(named);
      }
      return channel;
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw ArchiveFaults.locked(named);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
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
    syncNames(path.resolve(OWN));
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
    syncNames(path);
  }

  private static void syncNames(Path directory) throws IOException {
    if (Files.getFileAttributeView(directory, PosixFileAttributeView.class) != null) {
      try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  /** Frees the lock, and answers itself. */
  ArchiveDirectory closed() {
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("The lock of {} could not be freed before the process ends", path, e);
    } finally {
      OPEN.remove(path);
    }
    return this;
  }
}
