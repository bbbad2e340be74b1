package io.blinkreactor.completion;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a file store: its lock, its rights, and the mark.
 *
 * <p>The mark is the version up to which changes were acknowledged. The file of runs can tell
 * whether it is consistent, but not whether it has lost its end; if it ends before the mark, it
 * has. The mark is written after the file was synced, and not synced itself, so it may lag behind
 * but is never ahead.
 */
final class StoreDirectory {

  static final String LOCK_FILE = "runs.lock";
  static final String RUN_FILE = "runs.mvstore";
  private static final String NEW_RUN_FILE = "runs.mvstore.new";

  private static final Logger log = LoggerFactory.getLogger(StoreDirectory.class);

  /**
   * What this process has open. A second channel on the lock file must not even be opened: closing
   * it would free the first one's lock on POSIX systems.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;

  private StoreDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  static StoreDirectory open(Path directory) throws IOException {
    make(directory.toAbsolutePath());
    Path path = directory.toRealPath();
    if (!OPEN.add(path)) {
      throw Faults.lockedHere(path);
    }
    try {
      return new StoreDirectory(path, lock(path));
    } catch (IOException | RuntimeException e) {
      OPEN.remove(path);
      throw e;
    }
  }

  /** Also what it is in, each durable in the one above. */
  private static void make(Path directory) throws IOException {
    Path above = directory.getParent();
    if (above == null || Files.exists(directory)) {
      return;
    }
    make(above);
    Files.createDirectories(directory, rights(above, "rwx------"));
    syncNames(above);
  }

  private static FileChannel lock(Path path) throws IOException {
    Path file = path.resolve(LOCK_FILE);
    FileChannel channel =
        FileChannel.open(
            file,
            Set.<OpenOption>of(
                StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            rights(path, "rw-------"));
    try {
      if (channel.tryLock() == null) {
        throw Faults.lockedElsewhere(path, null);
      }
      return channel;
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw Faults.lockedHere(path);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  Path runFile() {
    return path.resolve(RUN_FILE);
  }

  /** An empty file, to be filled and then put in place whole. */
  Path newRunFile() throws IOException {
    Path file = path.resolve(NEW_RUN_FILE);
    Files.deleteIfExists(file);
    return Files.createFile(file, rights(path, "rw-------"));
  }

  void putInPlace(Path newRunFile) throws IOException {
    Files.move(newRunFile, runFile(), StandardCopyOption.ATOMIC_MOVE);
    sync();
  }

  /** Narrows the rights of a file that came from elsewhere, such as a backup. */
  void narrowRights() throws IOException {
    if (isPosix(path)) {
      Files.setPosixFilePermissions(runFile(), PosixFilePermissions.fromString("rw-------"));
      Files.setPosixFilePermissions(
          path.resolve(LOCK_FILE), PosixFilePermissions.fromString("rw-------"));
    }
  }

  /** The version up to which changes were acknowledged, as far as known; 0 if not at all. */
  long mark() throws IOException {
    ByteBuffer mark = ByteBuffer.allocate(2 * Long.BYTES);
    while (mark.hasRemaining() && lock.read(mark, mark.position()) >= 0) {
      // Reads on.
    }
    mark.flip();
    if (mark.remaining() < 2 * Long.BYTES) {
      return 0;
    }
    long version = mark.getLong();
    return mark.getLong() == ~version ? version : 0;
  }

  void mark(long version) throws IOException {
    ByteBuffer mark = ByteBuffer.allocate(2 * Long.BYTES).putLong(version).putLong(~version).flip();
    while (mark.hasRemaining()) {
      lock.write(mark, mark.position());
    }
  }

  /** Makes the mark and the names in the directory durable. */
  void sync() throws IOException {
    lock.force(true);
    syncNames(path);
  }

  private static void syncNames(Path directory) throws IOException {
    if (isPosix(directory)) {
      try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  void close() {
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("The lock of {} could not be freed before the process ends", path, e);
    } finally {
      OPEN.remove(path);
    }
  }

  private static FileAttribute<?>[] rights(Path place, String rights) {
    return isPosix(place)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path place) {
    return Files.getFileAttributeView(place, PosixFileAttributeView.class) != null;
  }
}
