package io.blinkreactor.internal.export;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A set of ids of which only 127 bits of their SHA-256 are held, in 16 to 48 bytes an id, so that
 * those of ten million rows fit into half a gigabyte. Two ids that share these bits would be taken
 * for one; nobody has ever seen two.
 */
final class Ids {

  private final MessageDigest hash = PartFile.sha256();
  private long[] slots = new long[1 << 11];
  private int size;

  /** Whether it was not there yet. */
  boolean add(String id) {
    ByteBuffer bits = ByteBuffer.wrap(hash.digest(id.getBytes(StandardCharsets.UTF_8)));
    // No pair of zeros: that marks a free place.
    if (!put(bits.getLong() | 1, bits.getLong())) {
      return false;
    }
    size++;
    if (size > slots.length / 3) {
      grow();
    }
    return true;
  }

  private boolean put(long high, long low) {
    int mask = slots.length - 2;
    int at = (int) (low << 1) & mask;
    while (slots[at] != 0) {
      if (slots[at] == high && slots[at + 1] == low) {
        return false;
      }
      at = (at + 2) & mask;
    }
    slots[at] = high;
    slots[at + 1] = low;
    return true;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[old.length * 2];
    for (int i = 0; i < old.length; i += 2) {
      if (old[i] != 0) {
        put(old[i], old[i + 1]);
      }
    }
  }
}
