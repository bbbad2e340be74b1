package io.blinkreactor.completion;

import io.blinkreactor.StoreException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A pending run as bytes.
 *
 * <pre>
 * crc32c of all that follows (4 B) | version (1 B) | scope | the rest, which depends on the version:
 * correlation id | target | phase (1 B) | execution id or empty | registered | deadline
 *   | signalled, or -1 | number of attributes (2 B) | name, value, name, value ...
 * text = length in bytes (2 B) | UTF-8        time = milliseconds since 1970 (8 B)
 * </pre>
 *
 * The members up to the scope stay where they are in all versions to come, so that a record of a
 * newer version is known to be one, and whose it is.
 */
final class PendingRunFormat {

  static final byte VERSION = 1;

  /** The texts' lengths are two bytes, and no page of a store should be blown up by one run. */
  static final int MAX_BYTES = 64 * 1024;

  private static final int CRC_BYTES = 4;

  private PendingRunFormat() {}

  static void check(PendingRun run) {
    checkId("A correlation id", run.correlationId());
    if (run.executionId() != null) {
      checkId("An execution id", run.executionId());
    }
    // An execution id and a hint may come later.
    if (size(run) > MAX_BYTES - 3 * PendingRun.MAX_ID_BYTES) {
      throw new IllegalArgumentException(
          "The run takes more than 63 KiB: shorten its target or its attributes.");
    }
  }

  private static int size(PendingRun run) {
    int size = CRC_BYTES + 1 + 4 * 2 + 1 + 3 * Long.BYTES + 2;
    size += length(run.scope()) + length(run.correlationId()) + length(run.target());
    size += run.executionId() == null ? 0 : length(run.executionId());
    for (Map.Entry<String, String> attribute : run.attributes().entrySet()) {
      size += 2 * 2 + length(attribute.getKey()) + length(attribute.getValue());
    }
    return size;
  }

  static void checkId(String what, String id) {
    int bytes = length(id);
    if (bytes == 0 || bytes > PendingRun.MAX_ID_BYTES) {
      throw new IllegalArgumentException(
          what + " has 1 to " + PendingRun.MAX_ID_BYTES + " bytes, not " + bytes + ".");
    }
  }

  /**
   * Of the text in UTF-8. A lone half of a surrogate pair would come back as a question mark, and
   * two ids be one.
   */
  private static int length(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      } else if (Character.charCount(text.codePointAt(i)) == 2) {
        bytes += 4;
        i++;
      } else {
        throw new IllegalArgumentException("A text of the run is not valid Unicode.");
      }
    }
    return bytes;
  }

  static byte[] write(PendingRun run) {
    byte[] record = new byte[size(run)];
    ByteBuffer out = ByteBuffer.wrap(record, CRC_BYTES, record.length - CRC_BYTES);
    out.put(VERSION);
    put(out, run.scope());
    put(out, run.correlationId());
    put(out, run.target());
    out.put(code(run.phase()));
    put(out, run.executionId() == null ? "" : run.executionId());
    out.putLong(run.registeredMillis());
    out.putLong(run.deadlineMillis());
    out.putLong(run.signalledMillis());
    out.putShort((short) run.attributes().size());
    new TreeMap<>(run.attributes())
        .forEach(
            (name, value) -> {
              put(out, name);
              put(out, value);
            });
    out.putInt(0, crc(record));
    return record;
  }

  private static void put(ByteBuffer out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.putShort((short) utf8.length).put(utf8);
  }

  static PendingRun read(byte[] record) {
    ByteBuffer in = open(record);
    int version = Byte.toUnsignedInt(in.get());
    if (version != VERSION) {
      throw newer(version);
    }
    try {
      String scope = text(in);
      String correlationId = text(in);
      String target = text(in);
      PendingRun.Phase phase = phase(in.get());
      String executionId = text(in);
      PendingRun.Builder run = PendingRun.builder(scope, correlationId, target, time(in), time(in));
      long signalledAt = in.getLong();
      for (int left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
        run.attribute(text(in), text(in));
      }
      if (!executionId.isEmpty()) {
        run.executionId(executionId);
      }
      if (in.hasRemaining() || executionId.isEmpty() == (phase == PendingRun.Phase.STARTED)) {
        throw damaged(null);
      }
      return PendingRun.restored(run, phase, signalledAt);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  /** Whose the record is, of whatever version; null if it is too damaged to say. */
  static @Nullable String scope(byte[] record) {
    try {
      ByteBuffer in = open(record);
      in.get();
      return text(in);
    } catch (StoreException | BufferUnderflowException e) {
      return null;
    }
  }

  /** The record's bytes after the checksum, which fits. */
  private static ByteBuffer open(byte[] record) {
    ByteBuffer in = ByteBuffer.wrap(record);
    if (record.length <= CRC_BYTES || in.getInt() != crc(record)) {
      throw damaged(null);
    }
    return in;
  }

  private static byte code(PendingRun.Phase phase) {
    return switch (phase) {
      case STARTING -> 0;
      case STARTED -> 1;
      case UNKNOWN -> 2;
    };
  }

  private static PendingRun.Phase phase(byte code) {
    return switch (code) {
      case 0 -> PendingRun.Phase.STARTING;
      case 1 -> PendingRun.Phase.STARTED;
      case 2 -> PendingRun.Phase.UNKNOWN;
      default -> throw damaged(null);
    };
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Instant time(ByteBuffer in) {
    return Instant.ofEpochMilli(in.getLong());
  }

  private static int crc(byte[] record) {
    CRC32C crc = new CRC32C();
    crc.update(record, CRC_BYTES, record.length - CRC_BYTES);
    return (int) crc.getValue();
  }

  private static StoreException newer(int version) {
    return new StoreException(
        StoreException.Reason.NEWER,
        "A pending run has version " + version + ", and this library knows " + VERSION + ".",
        "A newer version of the library wrote it, and the record is kept as it is: use that version"
            + " until the run has ended.",
        null);
  }

  static StoreException damaged(@Nullable Throwable cause) {
    return new StoreException(
        StoreException.Reason.DAMAGED,
        "The record of a pending run is damaged.",
        "The record is kept as it is. Look at the disk, and at the vendor for runs of that time.",
        cause);
  }
}
