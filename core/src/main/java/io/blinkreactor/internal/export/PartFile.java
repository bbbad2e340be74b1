package io.blinkreactor.internal.export;

import static java.util.Objects.requireNonNull;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A file that is being written: counts its bytes and sums them up. For one thread. */
final class PartFile extends OutputStream {

  private static final int BUFFER = 1 << 16;

  /**
   * What this process writes alone. A second channel on such a file must not even be opened:
   * closing it would free the first one's lock on POSIX systems.
   */
  private static final Set<Path> ALONE = ConcurrentHashMap.newKeySet();

  private final FileChannel file;
  private final MessageDigest sum = sha256();
  private @Nullable Path alone;
  private long bytes;

  private PartFile(FileChannel file) {
    this.file = file;
  }

  /** A file without a byte. */
  static PartFile begin(Path path) throws IOException {
    return new PartFile(
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE));
  }

  /** A file that nobody else begins meanwhile, to be emptied; null if somebody has. */
  static @Nullable PartFile beginAlone(Path path) throws IOException {
    Path above = requireNonNull(path.toAbsolutePath().getParent());
    Path real = above.toRealPath().resolve(requireNonNull(path.getFileName()));
    if (!ALONE.add(real)) {
      return null;
    }
    PartFile locked = null;
    try {
      locked = locked(path);
    } finally {
      if (locked == null) {
        ALONE.remove(real);
      } else {
        locked.alone = real;
      }
    }
    return locked;
  }

  private static @Nullable PartFile locked(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return new PartFile(channel);
      }
    } catch (OverlappingFileLockException inThisProcess) {
      // By whoever else in it: as if it were in another.
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }

  /** Drops all bytes. */
  PartFile emptied() throws IOException {
    file.truncate(0);
    return this;
  }

  /**
   * A file that is cut to a length and gone on with.
   *
   * @param sha256 of what is kept; null if it is not known
   */
  static PartFile goOn(Path path, long length, @Nullable String sha256) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      PartFile part = new PartFile(channel);
      part.sumUp(length);
      if (sha256 != null && !sha256.equals(part.sha256Hex())) {
        throw ArchiveFaults.damaged(
            path, "has changed: what was written has another SHA-256 than was noted", null);
      }
      channel.truncate(length);
      channel.position(length);
      return part;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void sumUp(long length) throws IOException {
    bytes = addBytes(sum, file, length);
    if (bytes < length) {
      throw new EOFException("it has " + bytes + " bytes in place of " + length);
    }
  }

  /** Adds the first bytes of a file to a sum, or all if it has fewer; answers how many. */
  static long addBytes(MessageDigest sum, FileChannel file, long length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    long added = 0;
    while (added < length) {
      buffer.clear().limit((int) Math.min(BUFFER, length - added));
      if (file.read(buffer, added) < 0) {
        break;
      }
      added += buffer.flip().remaining();
      sum.update(buffer);
    }
    return added;
  }

  /** The sum that parts are known by. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  static String hex(MessageDigest sum) {
    return HexFormat.of().formatHex(sum.digest());
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(source, from, length);
    while (buffer.hasRemaining()) {
      file.write(buffer);
    }
    sum.update(source, from, length);
    bytes += length;
  }

  long bytes() {
    return bytes;
  }

  void force() throws IOException {
    file.force(true);
  }

  /** The sum of all bytes so far. */
  String sha256Hex() {
    try {
      return hex((MessageDigest) sum.clone());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("Every Java's SHA-256 can be copied.", e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      if (alone != null) {
        ALONE.remove(alone);
        alone = null;
      }
    }
  }
}
