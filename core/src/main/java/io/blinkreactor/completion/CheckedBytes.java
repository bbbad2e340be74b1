package io.blinkreactor.completion;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/**
 * Byte arrays in MVStore's pages, with a checksum over all keys or all values of a page. MVStore's
 * own covers only a page's head, so a damaged page could pass for one in which a run is missing.
 */
final class CheckedBytes extends BasicDataType<byte[]> {

  static final CheckedBytes INSTANCE = new CheckedBytes();

  private CheckedBytes() {}

  @Override
  public int getMemory(byte[] bytes) {
    return bytes.length;
  }

  @Override
  public int compare(byte[] one, byte[] other) {
    return Arrays.compareUnsigned(one, other);
  }

  @Override
  public byte[][] createStorage(int size) {
    return new byte[size][];
  }

  @Override
  public void write(WriteBuffer out, byte[] bytes) {
    out.putVarInt(bytes.length).put(bytes);
  }

  @Override
  public byte[] read(ByteBuffer in) {
    int length = DataUtils.readVarInt(in);
    if (length < 0 || length > in.remaining()) {
      throw damaged();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  @Override
  public void write(WriteBuffer out, Object storage, int count) {
    super.write(out, storage, count);
    out.putInt(crc(cast(storage), count));
  }

  @Override
  public void read(ByteBuffer in, Object storage, int count) {
    super.read(in, storage, count);
    if (in.remaining() < Integer.BYTES || in.getInt() != crc(cast(storage), count)) {
      throw damaged();
    }
  }

  private static int crc(byte[][] storage, int count) {
    CRC32C crc = new CRC32C();
    for (int i = 0; i < count; i++) {
      int length = storage[i].length;
      crc.update(length >>> 8);
      crc.update(length);
      crc.update(storage[i]);
    }
    return (int) crc.getValue();
  }

  private static MVStoreException damaged() {
    return DataUtils.newMVStoreException(
        DataUtils.ERROR_FILE_CORRUPT, "A page does not fit its checksum");
  }
}
