package io.blinkreactor.internal.export;

import io.blinkreactor.internal.LockedDirectory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Where an export in one piece goes. For one thread. */
abstract sealed class Target {

  /** For messages. */
  abstract String name();

  abstract OutputStream open() throws IOException;

  /** Bytes that were written. */
  abstract long bytes();

  /** Called when all rows are there. */
  abstract void finish() throws IOException;

  /** Called last, also without a finish; answers itself. */
  abstract Target close() throws IOException;

  /** Whether somebody sees each row as it comes. */
  abstract boolean isWatched();

  /** A file that gets its name when it is whole; without that nothing stays. */
  static final class WholeFile extends Target {

    private final Path path;
    private final Path tmp;
    private @Nullable PartFile file;

    WholeFile(Path path) {
      this.path = path;
      this.tmp = path.resolveSibling(path.getFileName() + ArchiveDirectory.TMP);
    }

    @Override
    String name() {
      return path.toString();
    }

    @Override
    OutputStream open() throws IOException {
      if (Files.exists(path)) {
        throw ArchiveFaults.exists(path);
      }
      Path above = path.toAbsolutePath().getParent();
      if (above == null || !Files.isDirectory(above)) {
        throw ArchiveFaults.nowhere(path);
      }
      PartFile opened = PartFile.beginAlone(tmp);
      if (opened == null) {
        throw ArchiveFaults.locked(path);
      }
      try {
        if (Files.exists(path)) {
          // Whoever had the lock has ended since, and this is his file, by another name.
          throw ArchiveFaults.exists(path);
        }
        file = opened.emptied();
        return opened;
      } catch (IOException | RuntimeException e) {
        opened.close();
        throw e;
      }
    }

    @Override
    long bytes() {
      return file == null ? 0 : file.bytes();
    }

    @Override
    void finish() throws IOException {
      if (file != null) {
        file.force();
        if (Files.exists(path)) {
          throw ArchiveFaults.exists(path);
        }
        Files.move(tmp, path, StandardCopyOption.ATOMIC_MOVE);
        Path above = path.toAbsolutePath().getParent();
        if (above != null) {
          LockedDirectory.syncNames(above);
        }
      }
    }

    @Override
    Target close() throws IOException {
      try (PartFile held = file) {
        if (held != null) {
          // Before somebody else may take it.
          Files.deleteIfExists(tmp);
        }
      }
      return this;
    }

    @Override
    boolean isWatched() {
      return false;
    }
  }

  /** A stream that is somebody else's to close. */
  static final class Given extends Target {

    private final OutputStream out;
    private long bytes;

    Given(OutputStream out) {
      this.out = out;
    }

    @Override
    String name() {
      return "the output";
    }

    @Override
    OutputStream open() {
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          out.write(b);
          bytes++;
        }

        @Override
        public void write(byte[] source, int from, int length) throws IOException {
          out.write(source, from, length);
          bytes += length;
        }

        @Override
        public void flush() throws IOException {
          out.flush();
        }
      };
    }

    @Override
    long bytes() {
      return bytes;
    }

    @Override
    void finish() throws IOException {
      out.flush();
    }

    @Override
    Target close() {
      return this;
    }

    @Override
    boolean isWatched() {
      return true;
    }
  }
}
