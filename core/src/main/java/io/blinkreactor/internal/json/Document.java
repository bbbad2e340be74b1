package io.blinkreactor.internal.json;

import io.blinkreactor.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * One decoded object: its own bytes, which may be a part of those of another one, and beside them
 * the values of its documented members.
 */
public final class Document {

  private final Shape shape;
  private final byte[] json;
  private final int from;
  private final int to;
  private final @Nullable Object[] values;

  Document(Shape shape, byte[] json, int from, int to, @Nullable Object[] values) {
    this.shape = shape;
    this.json = json;
    this.from = from;
    this.to = to;
    this.values = values;
  }

  /** The member's value, or null if it is absent, null, or not of its documented type. */
  @SuppressWarnings("unchecked")
  public <T> @Nullable T get(Shape.Field<T> field) {
    return (T) values[field.index()];
  }

  /** The object as it came. */
  public JsonValue json() {
    return new RawJson(json, from, to);
  }

  /** The members that the shape does not document, or not with the type they have. */
  public Map<String, JsonValue> unknown() {
    Map<String, JsonValue> unknown = new LinkedHashMap<>();
    Json.members(
        json,
        from,
        to,
        (name, first, start, end) -> {
          boolean unset =
              shape.knows(name)
                  && (first == JsonToken.VALUE_NULL
                      || (first == JsonToken.VALUE_NUMBER_INT && isZero(start, end))
                      || (first == JsonToken.VALUE_STRING && end - start == 2));
          if (!unset && !shape.decodes(name, values)) {
            unknown.put(name, new RawJson(json, start, end));
          }
        });
    return Collections.unmodifiableMap(unknown);
  }

  private boolean isZero(int start, int end) {
    return end - start == 1 && json[start] == '0';
  }
}
