package io.blinkreactor.internal.export;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A file that is being written: counts its bytes and sums them up. For one thread. */
final class PartFile extends OutputStream {

  private static final int BUFFER = 1 << 16;

  private final FileChannel file;
  private final MessageDigest sum = sha256();
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

  /** A file that is cut to a length and gone on with. */
  static PartFile goOn(Path path, long length) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      channel.truncate(length);
      PartFile part = new PartFile(channel);
      part.sumUp(length);
      channel.position(length);
      return part;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void sumUp(long length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    while (bytes < length) {
      if (file.read(buffer.clear(), bytes) < 0) {
        throw new EOFException("it has " + bytes + " bytes in place of " + length);
      }
      bytes += buffer.flip().remaining();
      sum.update(buffer);
    }
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

  /** The sum of all bytes; the last thing asked before the file is closed. */
  String sha256Hex() {
    return hex(sum);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
