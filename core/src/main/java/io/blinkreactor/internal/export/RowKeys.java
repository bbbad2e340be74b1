package io.blinkreactor.internal.export;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the elements of a source have their ids and their times of creation: members, or members of
 * members behind a dot. An archive keeps it, so that it can be read without knowing its vendor.
 *
 * @param id the path of the id
 * @param time the path of the time
 * @param form how times are written; what is written otherwise is no time
 */
public record RowKeys(String id, String time, Form form) {

  /** How a vendor writes times. */
  public enum Form {
    /** An integer, of which 0 is no time. */
    EPOCH_MILLIS,
    /** A text. */
    RFC_3339
  }

  /** Keys that a manifest names, too. */
  public RowKeys {
    requireNonNull(id, "id");
    requireNonNull(time, "time");
    requireNonNull(form, "form");
  }

  /** Reads rows; nothing else of them is decoded. */
  Reader reader() {
    return new Reader(this);
  }

  /** A time as its vendor writes it, or null if it is none. */
  private @Nullable Long at(@Nullable Object value) {
    if (form == Form.RFC_3339) {
      return value instanceof String text ? ofText(text) : null;
    }
    return value instanceof Integer || value instanceof Long
        ? ofMillis(((Number) value).longValue())
        : null;
  }

  /** The milliseconds, of which 0 is no time. */
  static @Nullable Long ofMillis(long millis) {
    return millis == 0 ? null : millis;
  }

  /** The milliseconds of a text, or null if it is no time. */
  static @Nullable Long ofText(String text) {
    Instant at = Shape.instant(text);
    return at == null ? null : at.toEpochMilli();
  }

  /** A key reader; for one thread. */
  static final class Reader {

    private final Shape shape = new Shape();
    private final Map<String, Holder> holders = new HashMap<>();
    private final RowKeys keys;
    private final Path id;
    private final Path time;

    private Reader(RowKeys keys) {
      this.keys = keys;
      this.id = path(keys.id);
      this.time = path(keys.time);
    }

    private Path path(String dotted) {
      int dot = dotted.indexOf('.');
      if (dot < 0) {
        return new Path(null, shape.json(dotted));
      }
      Holder holder =
          holders.computeIfAbsent(
              dotted.substring(0, dot),
              name -> {
                Shape inner = new Shape();
                return new Holder(inner, shape.object(name, inner));
              });
      return new Path(holder.field(), holder.shape().json(dotted.substring(dot + 1)));
    }

    /**
     * A row of an archive.
     *
     * @throws IllegalArgumentException if the bytes are not a JSON object
     */
    Row row(byte[] json) {
      Document document = shape.decode(json);
      Object key = id.of(document);
      return new Row(
          json, key instanceof String text ? text : null, keys.at(time.of(document)), true);
    }
  }

  /** A member whose own members are looked at. */
  private record Holder(Shape shape, Shape.Field<Document> field) {}

  private record Path(Shape.@Nullable Field<Document> above, Shape.Field<JsonValue> member) {

    @Nullable Object of(Document document) {
      Document holder = above == null ? document : document.get(above);
      JsonValue value = holder == null ? null : holder.get(member);
      return value == null ? null : value.as(Object.class);
    }
  }
}
