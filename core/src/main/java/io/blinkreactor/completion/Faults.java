package io.blinkreactor.completion;

import io.blinkreactor.StoreException;
import io.blinkreactor.StoreException.Reason;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/** What can go wrong with a file store, in words. */
final class Faults {

  private Faults() {}

  static StoreException lockedHere(Path directory) {
    return new StoreException(
        Reason.LOCKED,
        "The store in " + directory + " is open in this process already.",
        "Use one store for all that shares the directory, and close it before opening it again.",
        null);
  }

  static StoreException lockedElsewhere(Path directory, @Nullable Throwable cause) {
    return new StoreException(
        Reason.LOCKED,
        "The store in " + directory + " is open in another process.",
        "Stop that process, or give each process a directory of its own.",
        cause);
  }

  static StoreException notOpened(Path directory, IOException cause) {
    return new StoreException(
        Reason.FAILED,
        "The store in " + directory + " could not be opened: " + text(cause) + ".",
        "Check that the directory can be made, read and written by this user.",
        cause);
  }

  static StoreException newerFile(Path directory, int version, int known) {
    return new StoreException(
        Reason.NEWER,
        "The store in "
            + directory
            + " has version "
            + version
            + ", this library knows "
            + known
            + ".",
        "A newer version of the library wrote it, and nothing was changed: use that version.",
        null);
  }

  static StoreException foreign(Path directory) {
    return new StoreException(
        Reason.DAMAGED,
        "The file in " + directory + " is not a store of this library.",
        "Nothing was changed. Give the store a directory of its own.",
        null);
  }

  static StoreException missing(Path directory) {
    return new StoreException(
        Reason.DAMAGED,
        "The store in "
            + directory
            + " has lost its file of runs, to which changes were acknowledged.",
        "Restore the whole directory. To begin anew without those runs, remove what is left of it.",
        null);
  }

  static StoreException behind(Path directory, long found, long acknowledged) {
    return new StoreException(
        Reason.DAMAGED,
        "The store in "
            + directory
            + " lacks changes that were acknowledged: it ends at "
            + found
            + " instead of "
            + acknowledged
            + ".",
        "Nothing was changed. Look at the disk. To go on without those changes, for example from a"
            + " backup, remove "
            + StoreDirectory.LOCK_FILE
            + " from the directory.",
        null);
  }

  static StoreException unreadable(int records, RuntimeException first) {
    return new StoreException(
        first instanceof StoreException fault ? fault.reason() : Reason.DAMAGED,
        records + " pending runs could not be read, all others could.",
        "They are kept as they are; the cause says more about the first of them.",
        first);
  }

  /** While opening. */
  static StoreException opening(Path directory, Throwable fault) {
    if (fault instanceof StoreException known) {
      return known;
    }
    if (fault instanceof IOException io) {
      return notOpened(directory, io);
    }
    int code = fault instanceof MVStoreException mv ? mv.getErrorCode() : 0;
    if (code == DataUtils.ERROR_FILE_LOCKED) {
      return lockedElsewhere(directory, fault);
    }
    if (code == DataUtils.ERROR_UNSUPPORTED_FORMAT) {
      return new StoreException(
          Reason.NEWER,
          "The store in " + directory + " has a newer file format: " + text(fault) + ".",
          "A newer " + FilePendingStore.ARTIFACT + " wrote it, and nothing was changed: use that.",
          fault);
    }
    IOException io = io(fault);
    return io != null ? notOpened(directory, io) : damaged(directory, fault);
  }

  /** At work. */
  static StoreException working(Path directory, Throwable fault) {
    IOException io = io(fault);
    if (io == null && fault instanceof MVStoreException mv && isDamage(mv)) {
      return damaged(directory, fault);
    }
    return new StoreException(
        Reason.FAILED,
        "The store in " + directory + " failed: " + text(io == null ? fault : io) + ".",
        "It takes nothing any more. What it acknowledged is stored; see to the disk, then open it"
            + " anew.",
        fault);
  }

  private static boolean isDamage(MVStoreException fault) {
    return switch (fault.getErrorCode()) {
      case DataUtils.ERROR_FILE_CORRUPT,
          DataUtils.ERROR_READING_FAILED,
          DataUtils.ERROR_CHUNK_NOT_FOUND,
          DataUtils.ERROR_BLOCK_NOT_FOUND ->
          true;
      default -> false;
    };
  }

  private static StoreException damaged(Path directory, Throwable fault) {
    return new StoreException(
        Reason.DAMAGED,
        "The store in " + directory + " is damaged: " + text(fault) + ".",
        "Nothing was removed. Look at the disk; restore the directory, or begin anew in another one"
            + " and look at the vendor for what was pending.",
        fault);
  }

  /** What the disk said. A file that is too short is none of its faults. */
  private static @Nullable IOException io(Throwable fault) {
    Throwable at = fault;
    for (int depth = 0; at != null && depth < 10; depth++) {
      if (at instanceof IOException io) {
        return io instanceof EOFException ? null : io;
      }
      at = at.getCause();
    }
    return null;
  }

  private static String text(Throwable fault) {
    String message = fault.getMessage();
    return message == null || message.isBlank()
        ? fault.getClass().getSimpleName()
        : fault.getClass().getSimpleName()
            + ", "
            + message.strip().replaceAll("[\\p{Cntrl}]+", " ");
  }
}
