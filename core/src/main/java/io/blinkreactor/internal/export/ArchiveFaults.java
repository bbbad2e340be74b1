package io.blinkreactor.internal.export;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.ArchiveException.Reason;
import io.blinkreactor.export.ExportFormat;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can go wrong with an archive, in words. */
final class ArchiveFaults {

  private ArchiveFaults() {}

  static ArchiveException locked(Path directory) {
    return new ArchiveException(
        Reason.LOCKED,
        "Another export is writing to " + directory + ".",
        "Wait for it or stop it, or give each export a place of its own.",
        null);
  }

  static ArchiveException foreign(Path directory) {
    return new ArchiveException(
        Reason.OCCUPIED,
        directory + " is not empty, and is no archive.",
        "Nothing was changed: choose another directory.",
        null);
  }

  static ArchiveException noDirectory(Path file) {
    return new ArchiveException(
        Reason.OCCUPIED,
        file + " is a file, and an archive is a directory.",
        "Nothing was changed: choose another name, or one that ends in .ndjson, .csv or .parquet for a single file.",
        null);
  }

  static ArchiveException nowhere(Path file) {
    return new ArchiveException(
        Reason.OCCUPIED,
        "There is no directory for " + file + ".",
        "Nothing was changed: make the directory, or choose another name.",
        null);
  }

  static ArchiveException lostManifest(Path directory, String part) {
    return new ArchiveException(
        Reason.DAMAGED,
        directory
            + " holds "
            + part
            + ", but no "
            + ArchiveDirectory.MANIFEST
            + ": it may be an archive that has lost it.",
        "Nothing was changed. Restore the manifest from a copy, or export into another directory.",
        null);
  }

  static ArchiveException finished(Path directory) {
    return new ArchiveException(
        Reason.OCCUPIED,
        directory + " holds an archive that is complete.",
        "Nothing was changed: add to it with incremental(), or choose another directory.",
        null);
  }

  static ArchiveException unfinished(Path directory) {
    return new ArchiveException(
        Reason.OCCUPIED,
        directory + " holds an export that did not come to its end.",
        "Nothing was changed: go on with resume(), or choose another directory.",
        null);
  }

  static ArchiveException exists(Path file) {
    return new ArchiveException(
        Reason.OCCUPIED,
        file + " exists.",
        "Nothing was changed: move it away, or choose another name.",
        null);
  }

  static ArchiveException other(Path directory, String what, Object was, Object now) {
    return new ArchiveException(
        Reason.OTHER_OPTIONS,
        "The archive in "
            + directory
            + " was begun with "
            + what
            + " "
            + was
            + ", and not with "
            + now
            + ".",
        "Nothing was changed: use the options it was begun with, or another directory.",
        null);
  }

  static ArchiveException otherList(Path directory) {
    return new ArchiveException(
        Reason.OTHER_OPTIONS,
        "The archive in " + directory + " is of another list, workspace or filter.",
        "Nothing was changed: use what it was begun with, or another directory.",
        null);
  }

  static ArchiveException ahead(Path directory, Instant reached) {
    return new ArchiveException(
        Reason.DAMAGED,
        "The archive in "
            + directory
            + " reaches to "
            + reached
            + ", and this machine's clock is not there yet.",
        "Nothing was changed. Set the clock; if it is right, that of the last export was ahead, and what was created since may be missing: export into another directory.",
        null);
  }

  static ArchiveException fullOfRuns(Path directory, Instant reached) {
    return new ArchiveException(
        Reason.OCCUPIED,
        "The archive in " + directory + " holds as many exports as an archive can.",
        "Nothing was changed: begin another directory, with 'from' " + reached + ".",
        null);
  }

  static ArchiveException newer(Path directory, int version) {
    return new ArchiveException(
        Reason.NEWER,
        "The archive in "
            + directory
            + " has version "
            + version
            + ", this library knows "
            + Manifest.VERSION
            + ".",
        "A newer version of the library wrote it, and nothing was changed: use that version.",
        null);
  }

  static ArchiveException noArchive(Path directory) {
    return new ArchiveException(
        Reason.DAMAGED,
        directory + " holds no archive: there is no " + ArchiveDirectory.MANIFEST + " in it.",
        "Name the directory that was exported to.",
        null);
  }

  static ArchiveException stranger(Path part) {
    return new ArchiveException(
        Reason.DAMAGED,
        part + " is there, though the manifest does not list it.",
        "Nothing was changed. If the manifest is older than its parts, restore it from a copy; if the part is another archive's, move that away.",
        null);
  }

  static ArchiveException damaged(Path file, String how, @Nullable Throwable cause) {
    return new ArchiveException(
        Reason.DAMAGED,
        file + " " + how + ".",
        "Nothing was changed. Restore it from a copy, or export into another directory.",
        cause);
  }

  static ArchiveException unfit(
      @Nullable String id, ExportFormat format, IllegalArgumentException fault) {
    return new ArchiveException(
        Reason.FAILED,
        "Row " + id + " can't be written as " + format + ": " + fault.getMessage(),
        "NDJSON takes each row as the vendor sent it: export in that format, and show the vendor the row.",
        fault);
  }

  /** What is durable stays so; the rest is read again. */
  static ArchiveException failed(Object place, IOException fault, boolean resumable) {
    String text = String.valueOf(fault.getMessage());
    boolean full =
        text.contains("No space left")
            || text.contains("not enough space")
            || text.toLowerCase(Locale.ROOT).contains("quota");
    String advice =
        full
            ? "Make room"
            : fault instanceof AccessDeniedException
                ? "Give this user the right to write there"
                : "See to the disk";
    return new ArchiveException(
        Reason.FAILED,
        (full ? "The disk is full, and " : "")
            + place
            + " can't be written: "
            + fault.getClass().getSimpleName()
            + ", "
            + text.replaceAll("[\\p{Cntrl}]+", " ")
            + ".",
        advice
            + (resumable
                ? ", and go on with resume(): what is in the archive stays, and seconds of work are repeated."
                : ", and start anew."),
        fault);
  }
}
