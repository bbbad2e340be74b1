package io.blinkreactor.internal.export;

import io.blinkreactor.internal.LockedDirectory;
import io.blinkreactor.internal.LockedDirectory.Readers;
import io.blinkreactor.internal.export.Manifest.Part;
import io.blinkreactor.internal.export.Manifest.Run;
import io.blinkreactor.internal.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
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
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw ArchiveFaults.noDirectory(directory);
    }
    Path path;
    try {
      path = LockedDirectory.make(directory, Readers.USUAL);
    } catch (FileAlreadyExistsException e) {
      throw ArchiveFaults.noDirectory(Path.of(e.getFile()));
    }
    if (!Files.exists(path.resolve(MANIFEST))) {
      checkIsUnused(path);
    }
    Files.createDirectories(path.resolve(OWN));
    try {
      return new ArchiveDirectory(LockedDirectory.lock(path, Path.of(OWN, "lock"), Readers.USUAL));
    } catch (LockedDirectory.BusyException e) {
      throw ArchiveFaults.locked(directory);
    }
  }

  /** The manifest alone tells an archive: what is there without one may be what is left of it. */
  private static void checkIsUnused(Path path) throws IOException {
    List<String> others;
    try (Stream<Path> files = Files.list(path)) {
      others =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> !name.equals(OWN) && !name.equals(NEW_MANIFEST))
              .sorted()
              .toList();
    }
    for (String name : others) {
      if (PartName.begins(name)) {
        throw ArchiveFaults.lostManifest(path, name);
      }
    }
    if (!others.isEmpty()) {
      throw ArchiveFaults.foreign(path);
    }
  }

  /** The names of all parts, whole or not, listed or not. */
  static List<String> partFiles(Path directory) throws IOException {
    return beginning(directory, PartName.PREFIX).stream()
        .map(part -> String.valueOf(part.getFileName()))
        .sorted()
        .toList();
  }

  /** Refuses an archive of which something is gone, or that its manifest is older than. */
  void check(Manifest manifest) throws IOException {
    for (String name : manifest.strangers(partFiles(path))) {
      throw ArchiveFaults.stranger(file(name));
    }
    for (Run run : manifest.runs()) {
      for (Part part : run.parts()) {
        Path file = file(part.name());
        if (!Files.exists(file)) {
          throw ArchiveFaults.damaged(file, "is gone, though the manifest lists it", null);
        }
        checkSize(file, part.bytes());
      }
    }
  }

  /** Refuses a file that has not as many bytes as the manifest says. */
  static void checkSize(Path file, long bytes) throws IOException {
    long size = Files.size(file);
    if (size != bytes) {
      throw ArchiveFaults.damaged(file, "has " + size + " bytes in place of " + bytes, null);
    }
  }

  /** The parts of a run, whole or not, listed or not. */
  List<Path> parts(int run) throws IOException {
    return beginning(path, PartName.ofRun(run));
  }

  private static List<Path> beginning(Path directory, String prefix) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, prefix + "*")) {
      files.forEach(found::add);
    }
    return found;
  }

  Path path() {
    return path;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  /** The ids of rows of a slice that had not ended. */
  Path unfinished(int run, int slice) {
    return unfinished(path, run, slice);
  }

  static Path unfinished(Path archive, int run, int slice) {
    return archive.resolve(OWN).resolve(unfinishedOf(run) + "%03d".formatted(slice));
  }

  /** Whether it has what only the next export needs; a copy for readers may lack that. */
  static boolean canBeAddedTo(Path archive) {
    return Files.isDirectory(archive.resolve(OWN));
  }

  /** Makes the names of these lists durable. */
  void syncUnfinished() throws IOException {
    LockedDirectory.syncNames(path.resolve(OWN));
  }

  /** Removes the lists of a run that nobody needs any more. */
  void removeUnfinished(int run) throws IOException {
    for (Path file : beginning(path.resolve(OWN), unfinishedOf(run))) {
      Files.deleteIfExists(file);
    }
  }

  private static String unfinishedOf(int run) {
    return "unfinished-%04d-".formatted(run);
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
      if (manifest == null || manifest.runs().isEmpty()) {
        throw ArchiveFaults.damaged(file, "lists no export", null);
      }
      // Whoever changed a manifest must not have other files read.
      if (!manifest.isInOrder()) {
        throw ArchiveFaults.damaged(
            file, "lists exports, slices or parts that do not fit each other", null);
      }
      return manifest;
    } catch (IllegalArgumentException | ArithmeticException e) {
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
