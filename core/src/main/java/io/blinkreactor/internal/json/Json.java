package io.blinkreactor.internal.json;

import io.blinkreactor.JsonValue;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** The one mapper, and the cutting of objects into their members without touching their bytes. */
public final class Json {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .addModule(
              new SimpleModule("blinkreactor").addSerializer(JsonValue.class, new Verbatim()))
          .build();

  private Json() {}

  /** Receives the members of an object; {@code from} and {@code to} bound the value's own bytes. */
  interface MemberVisitor {
    void member(String name, JsonToken first, int from, int to);
  }

  /** Takes bytes that nobody changes any more, and fails unless they are one JSON value. */
  public static JsonValue parse(byte[] json) {
    try (JsonParser parser = MAPPER.createParser(json)) {
      if (parser.nextToken() == null) {
        throw new IllegalArgumentException("This is not JSON: the text is empty.");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(
            "This is not one JSON value: something follows its end.");
      }
    } catch (JacksonException e) {
      throw notJson(e);
    }
    return new RawJson(json, 0, json.length);
  }

  /** Whether a value is an object. */
  public static boolean isObject(JsonValue value) {
    return value.text().stripLeading().startsWith("{");
  }

  /** Writes any value as a value of its own. */
  public static JsonValue written(@Nullable Object value) {
    byte[] json = write(value);
    return new RawJson(json, 0, json.length);
  }

  /** Writes any value in lines, for people to read. */
  public static byte[] forPeople(Object value) {
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "The value can't be written as JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Writes any value. */
  private static byte[] write(@Nullable Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "This value can't be written as JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Reads any type. */
  public static <T> @Nullable T read(byte[] json, int from, int to, Class<T> type) {
    try {
      return MAPPER.readerFor(type).readValue(json, from, to - from);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "This JSON does not fit " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
    }
  }

  /** Visits the members of the object in a part of an array, in their order. */
  static void members(byte[] json, int from, int to, MemberVisitor visitor) {
    try (JsonParser parser = parser(json, from, to)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("A JSON object was expected.");
      }
      String name;
      while ((name = parser.nextName()) != null) {
        JsonToken first = parser.nextToken();
        int start = from + (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        visitor.member(name, first, start, from + (int) parser.currentLocation().getByteOffset());
      }
    } catch (JacksonException e) {
      throw notJson(e);
    }
  }

  static JsonParser parser(byte[] json, int from, int to) {
    return MAPPER.createParser(json, from, to - from);
  }

  static IllegalArgumentException notJson(JacksonException e) {
    // Of Jackson's message only the first sentence: what follows speaks of its own settings.
    String message = String.valueOf(e.getOriginalMessage());
    int end = message.indexOf(" (");
    return new IllegalArgumentException(
        "This is not JSON: " + (end < 0 ? message : message.substring(0, end)), e);
  }

  private static final class Verbatim extends ValueSerializer<JsonValue> {
    @Override
    public void serialize(JsonValue value, JsonGenerator out, SerializationContext context) {
      out.writeRawValue(new String(value.toBytes(), StandardCharsets.UTF_8));
    }
  }
}
