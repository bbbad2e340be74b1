package io.blinkreactor.internal;

import java.io.IOException;
import java.io.Serial;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory that one writer at a time works in, of all processes on this machine. */
public final class LockedDirectory {

  private static final Logger log = LoggerFactory.getLogger(LockedDirectory.class);

  /**
   * What this process has open. A second channel on the lock file must not even be opened: closing
   * it would free the first one's lock on POSIX systems.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;

  private LockedDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Who may read what is made. */
  public enum Readers {
    /** The owner alone. */
    OWNER,
    /** Whoever the system lets by default. */
    USUAL
  }

  /** Somebody else works in the directory. */
  public static final class BusyException extends IOException {

    @Serial private static final long serialVersionUID = 1L;

    private final boolean here;

    private BusyException(boolean here) {
      this.here = here;
    }

    /** Whether that is in this process. */
    public boolean isHere() {
      return here;
    }
  }

  /**
   * Makes a directory and those it is in, each durable in the one above, as far as they are not
   * there.
   *
   * @return its real path
   */
  public static Path make(Path directory, Readers readers) throws IOException {
    makeAll(directory.toAbsolutePath(), readers);
    return directory.toRealPath();
  }

  private static void makeAll(Path directory, Readers readers) throws IOException {
    Path above = directory.getParent();
    if (above == null || Files.isDirectory(directory)) {
      return;
    }
    makeAll(above, readers);
    Files.createDirectories(directory, rights(above, readers, "rwx------"));
    syncNames(above);
  }

  /**
   * Locks a directory.
   *
   * @param path its real path
   * @param file the lock file in it, which is made if it is not there, and stays
   * @throws BusyException if somebody else works in it
   */
  public static LockedDirectory lock(Path path, Path file, Readers readers) throws IOException {
    if (!OPEN.add(path)) {
      throw new BusyException(true);
    }
    try {
      return new LockedDirectory(path, locked(path, path.resolve(file), readers));
    } catch (IOException | RuntimeException e) {
      OPEN.remove(path);
      throw e;
    }
  }

  private static FileChannel locked(Path path, Path file, Readers readers) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.<OpenOption>of(
                StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            rights(path, readers, "rw-------"));
    try {
      if (channel.tryLock() == null) {
        throw new BusyException(false);
      }
      return channel;
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw new BusyException(true);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Its real path. */
  public Path path() {
    return path;
  }

  /** The lock file, for what its owner keeps in it. */
  public FileChannel lockFile() {
    return lock;
  }

  /** Makes the names in a directory durable. */
  public static void syncNames(Path directory) throws IOException {
    if (isPosix(directory)) {
      try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  /** Whether files there have owners and rights as POSIX has them. */
  public static boolean isPosix(Path place) {
    return Files.getFileAttributeView(place, PosixFileAttributeView.class) != null;
  }

  /** Those of a file or directory that is made in a place, as POSIX writes them. */
  public static FileAttribute<?>[] rights(Path place, Readers readers, String ownersRights) {
    return readers == Readers.OWNER && isPosix(place)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(ownersRights))
        }
        : new FileAttribute<?>[0];
  }

  /** Frees the lock. */
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("The lock of {} could not be freed before the process ends", path, e);
    } finally {
      OPEN.remove(path);
    }
  }
}
