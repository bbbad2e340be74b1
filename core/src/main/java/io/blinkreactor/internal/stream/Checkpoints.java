package io.blinkreactor.internal.stream;

import io.blinkreactor.internal.json.Json;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.InvalidCheckpointException;
import io.blinkreactor.stream.InvalidCheckpointException.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints as text: {@code base64url(JSON) "." crc32}. The JSON has the version {@code v}, the
 * query's fingerprint {@code q} and the members of {@link Position} that are set.
 */
public final class Checkpoints {

  private static final int VERSION = 1;

  /** Ids of a window that a checkpoint holds; more would make it longer than it is worth. */
  static final int MOST_IDS = 128;

  private Checkpoints() {}

  /** Reads a checkpoint's text as far as it can be without its query. */
  public static Checkpoint parse(String text) {
    members(text);
    return new Text(text);
  }

  /** The fingerprint of a query: not to be undone, and the same in every process. */
  static String fingerprint(String identity) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  /** A checkpoint of a position; its text is made when it is asked for. */
  static Checkpoint of(Position position, String fingerprint) {
    return new AtPosition(position, fingerprint);
  }

  static String write(Position position, String fingerprint) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("v", VERSION);
    members.put("q", fingerprint);
    put(members, "r", position.rung() == null ? null : position.rung().name());
    put(members, "k", position.last() == null ? null : position.last().at());
    put(members, "i", position.last() == null ? null : position.last().id());
    int most =
        position.rung() == Rung.LOOSE_OFFSET || position.rung() == Rung.CURSOR
            ? MOST_IDS
            : Integer.MAX_VALUE;
    put(members, "t", position.trail() == null ? null : Trail.ids(position.trail(), most));
    put(members, "s", position.skip() == 0 ? null : position.skip());
    put(members, "c", position.token());
    put(members, "from", position.range().from());
    put(members, "to", position.range().to());
    byte[] json = Json.written(members).toBytes();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json) + "." + sum(json);
  }

  static Position read(String text, String fingerprint) {
    Map<?, ?> members = members(text);
    if (!fingerprint.equals(members.get("q"))) {
      throw new InvalidCheckpointException(
          Reason.OTHER_QUERY,
          "The checkpoint belongs to another list, workspace, filter or order: go on with the query it was made by, or start without it.");
    }
    try {
      Long at = number(members.get("k"));
      String id = (String) members.get("i");
      String rung = (String) members.get("r");
      Long skip = number(members.get("s"));
      List<?> ids = (List<?>) members.get("t");
      if ((skip != null && skip < 0) || (ids != null && ids.contains(null))) {
        throw damaged();
      }
      return new Position(
          rung == null ? null : Rung.valueOf(rung),
          at == null || id == null ? null : new RowKey(at, id),
          ids == null ? null : Trail.of(ids.stream().map(String.class::cast).toList()),
          skip == null ? 0 : skip,
          0,
          (String) members.get("c"),
          new Range(number(members.get("from")), number(members.get("to"))));
    } catch (ClassCastException | IllegalArgumentException e) {
      throw damaged();
    }
  }

  private static Map<?, ?> members(String text) {
    int dot = text.indexOf('.');
    Map<?, ?> members = null;
    if (dot > 0) {
      try {
        byte[] json = Base64.getUrlDecoder().decode(text.substring(0, dot));
        boolean whole =
            Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(json)
                    .equals(text.substring(0, dot))
                && sum(json).equals(text.substring(dot + 1));
        members = whole ? Json.read(json, 0, json.length, Map.class) : null;
      } catch (IllegalArgumentException e) {
        members = null;
      }
    }
    if (members == null) {
      throw damaged();
    }
    if (!Integer.valueOf(VERSION).equals(members.get("v"))) {
      throw new InvalidCheckpointException(
          Reason.OTHER_VERSION,
          "The checkpoint was made by another version of the library: use that one, or start without it.");
    }
    return members;
  }

  private static InvalidCheckpointException damaged() {
    return new InvalidCheckpointException(
        Reason.DAMAGED,
        "The checkpoint is cut or changed, or is none: copy its whole text, or start without it.");
  }

  private static String sum(byte[] json) {
    CRC32 crc = new CRC32();
    crc.update(json);
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  private static @Nullable Long number(@Nullable Object value) {
    return value == null ? null : ((Number) value).longValue();
  }

  private static void put(Map<String, Object> members, String name, @Nullable Object value) {
    if (value != null) {
      members.put(name, value);
    }
  }

  /** A checkpoint that came as text. */
  private record Text(String text) implements Checkpoint {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Checkpoint that && that.text().equals(text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private record AtPosition(Position position, String fingerprint) implements Checkpoint {
    @Override
    public String text() {
      return write(position, fingerprint);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Checkpoint that && that.text().equals(text());
    }

    @Override
    public int hashCode() {
      return text().hashCode();
    }

    @Override
    public String toString() {
      return text();
    }
  }
}
