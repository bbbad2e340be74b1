package io.blinkreactor.internal.json;

import io.blinkreactor.JsonValue;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The documented members of one kind of vendor object, and the decoder for it. Members are expected
 * in the order in which they were declared, which saves the look-up when the vendor keeps it. A
 * member that is unknown, or not of its documented type, is left in the bytes and costs nothing.
 *
 * <p>A shape is filled once, in a class initialiser, and read by many threads after.
 */
public final class Shape {

  private final List<Field<?>> fields = new ArrayList<>();
  private final Map<String, Field<?>> byName = new HashMap<>();

  /** A shape without members. */
  public Shape() {}

  /** A shape that has all members of another one, at the same places, before its own. */
  public Shape(Shape base) {
    base.fields.forEach(this::add);
  }

  /** Adds a string member. */
  public Field<String> text(String name) {
    return add(new Field<>(name, fields.size(), Kind.TEXT));
  }

  /** Adds an integer member. */
  public Field<Long> integer(String name) {
    return add(new Field<>(name, fields.size(), Kind.INTEGER));
  }

  /** Adds a boolean member. */
  public Field<Boolean> bool(String name) {
    return add(new Field<>(name, fields.size(), Kind.BOOL));
  }

  /** Adds a time member in epoch milliseconds, where 0 means "not yet". */
  public Field<Instant> epochMillis(String name) {
    return add(new Field<>(name, fields.size(), Kind.EPOCH_MILLIS));
  }

  /** Adds a time member as RFC 3339 writes it, where an empty text means "not yet". */
  public Field<Instant> time(String name) {
    return add(new Field<>(name, fields.size(), Kind.TIME));
  }

  /** Adds an object member with documented members of its own. */
  public Field<Document> object(String name, Shape shape) {
    return add(new Field<>(name, fields.size(), Kind.OBJECT, shape));
  }

  /** Adds a list member whose elements are objects with documented members of their own. */
  public Field<List<Document>> objects(String name, Shape shape) {
    return add(new Field<>(name, fields.size(), Kind.OBJECTS, shape));
  }

  /** Adds a member of any type, kept as JSON. */
  public Field<JsonValue> json(String name) {
    return add(new Field<>(name, fields.size(), Kind.JSON));
  }

  /** Adds an object member whose values are strings. */
  public Field<Map<String, String>> texts(String name) {
    return add(new Field<>(name, fields.size(), Kind.TEXTS));
  }

  /** Adds an object member whose values are integers. */
  public Field<Map<String, Long>> integers(String name) {
    return add(new Field<>(name, fields.size(), Kind.INTEGERS));
  }

  private <F extends Field<?>> F add(F field) {
    fields.add(field);
    byName.put(field.name(), field);
    return field;
  }

  /**
   * Decodes one object.
   *
   * @param json the object's bytes, which the document keeps
   * @throws IllegalArgumentException if the bytes are not a JSON object
   */
  public Document decode(byte[] json) {
    try (JsonParser parser = Json.parser(json, 0, json.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("A JSON object was expected.");
      }
      @Nullable Object[] values = values(parser, json);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("Something follows the JSON object.");
      }
      return new Document(this, json, 0, json.length, values);
    } catch (JacksonException e) {
      throw Json.notJson(e);
    }
  }

  /** Reads the object at whose start the parser stands, up to its end. */
  private @Nullable Object[] values(JsonParser parser, byte[] json) {
    @Nullable Object[] values = new Object[fields.size()];
    int expected = 0;
    String name;
    while ((name = parser.nextName()) != null) {
      Field<?> field = expected < fields.size() ? fields.get(expected) : null;
      if (field == null || !field.name().equals(name)) {
        field = byName.get(name);
      }
      parser.nextToken();
      if (field != null) {
        expected = field.index() + 1;
        values[field.index()] = value(field, parser, json);
      }
      parser.skipChildren();
    }
    return values;
  }

  /** The members, in the order in which they were declared. */
  public List<Field<?>> fields() {
    return Collections.unmodifiableList(fields);
  }

  boolean decodes(String name, @Nullable Object[] values) {
    Field<?> field = byName.get(name);
    return field != null && values[field.index()] != null;
  }

  boolean knows(String name) {
    return byName.containsKey(name);
  }

  private static @Nullable Object value(Field<?> field, JsonParser parser, byte[] json) {
    Shape shape = field.shape();
    return shape == null
        ? value(field.kind(), parser, json)
        : field.kind() == Kind.OBJECT ? nested(shape, parser, json) : list(shape, parser, json);
  }

  private static @Nullable Document nested(Shape shape, JsonParser parser, byte[] json) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return null;
    }
    int from = (int) parser.currentTokenLocation().getByteOffset();
    @Nullable Object[] values = shape.values(parser, json);
    return new Document(shape, json, from, (int) parser.currentLocation().getByteOffset(), values);
  }

  /** Reads a list whose elements are all objects; null, at the list's end, if any is not. */
  private static @Nullable List<Document> list(Shape shape, JsonParser parser, byte[] json) {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      return null;
    }
    List<Document> list = new ArrayList<>();
    boolean fits = true;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      Document element = nested(shape, parser, json);
      fits &= element != null;
      if (element != null) {
        list.add(element);
      }
      parser.skipChildren();
    }
    return fits ? Collections.unmodifiableList(list) : null;
  }

  private static @Nullable Object value(Kind kind, JsonParser parser, byte[] json) {
    JsonToken token = parser.currentToken();
    return switch (kind) {
      case TEXT -> token == JsonToken.VALUE_STRING ? parser.getString() : null;
      case INTEGER -> integer(parser);
      case BOOL ->
          token == JsonToken.VALUE_TRUE
              ? Boolean.TRUE
              : token == JsonToken.VALUE_FALSE ? Boolean.FALSE : null;
      case EPOCH_MILLIS -> {
        Long millis = integer(parser);
        yield millis == null || millis == 0 ? null : Instant.ofEpochMilli(millis);
      }
      case TIME -> token == JsonToken.VALUE_STRING ? instant(parser.getString()) : null;
      case JSON -> token == JsonToken.VALUE_NULL ? null : slice(parser, json);
      case TEXTS -> map(parser, json, Kind.TEXT);
      case INTEGERS -> map(parser, json, Kind.INTEGER);
      case OBJECT, OBJECTS -> throw new AssertionError(kind);
    };
  }

  /** A time as RFC 3339 writes it; null if it is none. */
  public static @Nullable Instant instant(String text) {
    try {
      // RFC 3339 allows a space where ISO 8601 wants a T.
      return text.isEmpty() ? null : OffsetDateTime.parse(text.replace(' ', 'T')).toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  static @Nullable Long integer(JsonParser parser) {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      return null;
    }
    return switch (parser.getNumberType()) {
      case INT, LONG -> parser.getLongValue();
      default -> null;
    };
  }

  private static JsonValue slice(JsonParser parser, byte[] json) {
    int from = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    return new RawJson(json, from, (int) parser.currentLocation().getByteOffset());
  }

  /**
   * Reads an object whose values all have one kind, or answers null and leaves the parser at the
   * object's end.
   */
  private static @Nullable Map<String, Object> map(JsonParser parser, byte[] json, Kind kind) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return null;
    }
    Map<String, Object> map = new LinkedHashMap<>();
    boolean fits = true;
    String name;
    while ((name = parser.nextName()) != null) {
      parser.nextToken();
      Object value = value(kind, parser, json);
      fits &= value != null;
      if (value != null) {
        map.put(name, value);
      }
      parser.skipChildren();
    }
    return fits ? Collections.unmodifiableMap(map) : null;
  }

  /** What a member holds, by the method that adds it. */
  public enum Kind {
    /** {@link #text}. */
    TEXT,
    /** {@link #integer}. */
    INTEGER,
    /** {@link #bool}. */
    BOOL,
    /** {@link #epochMillis}. */
    EPOCH_MILLIS,
    /** {@link #time}. */
    TIME,
    /** {@link #json}. */
    JSON,
    /** {@link #texts}. */
    TEXTS,
    /** {@link #integers}. */
    INTEGERS,
    /** {@link #object}. */
    OBJECT,
    /** {@link #objects}. */
    OBJECTS
  }

  /**
   * One documented member.
   *
   * @param <T> its Java type
   */
  @SuppressWarnings("UnusedTypeParameter") // ties a member to the type that Document.get answers
  public record Field<T>(String name, int index, Kind kind, @Nullable Shape shape) {

    Field(String name, int index, Kind kind) {
      this(name, index, kind, null);
    }
  }
}
