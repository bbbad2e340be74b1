package io.blinkreactor.internal.json;

import io.blinkreactor.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/** One decoded object: its own bytes, and beside them the values of its documented members. */
public final class Document {

  private final Shape shape;
  private final byte[] json;
  private final @Nullable Object[] values;

  Document(Shape shape, byte[] json, @Nullable Object[] values) {
    this.shape = shape;
    this.json = json;
    this.values = values;
  }

  /** The member's value, or null if it is absent, null, or not of its documented type. */
  @SuppressWarnings("unchecked")
  public <T> @Nullable T get(Shape.Field<T> field) {
    return (T) values[field.index()];
  }

  /** The object as it came. */
  public JsonValue json() {
    return new RawJson(json, 0, json.length);
  }

  /** The members that the shape does not document, or not with the type they have. */
  public Map<String, JsonValue> unknown() {
    Map<String, JsonValue> unknown = new LinkedHashMap<>();
    Json.members(
        json,
        (name, first, from, to) -> {
          boolean unset =
              shape.knows(name)
                  && (first == JsonToken.VALUE_NULL
                      || (first == JsonToken.VALUE_NUMBER_INT && isZero(from, to)));
          if (!unset && !shape.decodes(name, values)) {
            unknown.put(name, new RawJson(json, from, to));
          }
        });
    return Collections.unmodifiableMap(unknown);
  }

  private boolean isZero(int from, int to) {
    return to - from == 1 && json[from] == '0';
  }
}
