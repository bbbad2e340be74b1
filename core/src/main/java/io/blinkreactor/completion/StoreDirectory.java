package io.blinkreactor.completion;

import io.blinkreactor.internal.LockedDirectory;
import io.blinkreactor.internal.LockedDirectory.Readers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

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

  private final LockedDirectory locked;
  private final Path path;
  private final FileChannel lock;

  private StoreDirectory(LockedDirectory locked) {
    this.locked = locked;
    this.path = locked.path();
    this.lock = locked.lockFile();
  }

  static StoreDirectory open(Path directory) throws IOException {
    Path path = LockedDirectory.make(directory, Readers.OWNER);
    try {
      return new StoreDirectory(LockedDirectory.lock(path, Path.of(LOCK_FILE), Readers.OWNER));
    } catch (LockedDirectory.BusyException e) {
      throw e.isHere() ? Faults.lockedHere(path) : Faults.lockedElsewhere(path, null);
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
    return Files.createFile(file, LockedDirectory.rights(path, Readers.OWNER, "rw-------"));
  }

  void putInPlace(Path newRunFile) throws IOException {
    Files.move(newRunFile, runFile(), StandardCopyOption.ATOMIC_MOVE);
    sync();
  }

  /** Narrows the rights of a file that came from elsewhere, such as a backup. */
  void narrowRights() throws IOException {
    if (LockedDirectory.isPosix(path)) {
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
    LockedDirectory.syncNames(path);
  }

  void close() {
    locked.close();
  }
}
