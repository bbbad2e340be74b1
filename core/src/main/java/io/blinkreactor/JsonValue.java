package io.blinkreactor;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.internal.json.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value kept as the text it came as, so that nothing is lost between reading and writing:
 * number formats, member order and white space included. Immutable and safe for use by many
 * threads. Two values are equal if their texts are.
 *
 * <p>Implemented by the library alone.
 */
public interface JsonValue {

  /**
   * Takes a JSON text.
   *
   * @param text one JSON value
   * @return the value
   * @throws IllegalArgumentException if the text is not one JSON value
   */
  static JsonValue parse(String text) {
    return Json.parse(requireNonNull(text, "text").getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Takes a JSON text in UTF-8.
   *
   * @param utf8 one JSON value; copied
   * @return the value
   * @throws IllegalArgumentException if the text is not one JSON value
   */
  static JsonValue parse(byte[] utf8) {
    return Json.parse(utf8.clone());
  }

  /**
   * Writes a Java value: maps, collections, strings, numbers, booleans, null, records, beans, and
   * {@code JsonValue}s anywhere in them, which are written unchanged. NaN and the infinities, which
   * JSON lacks, become strings.
   *
   * @param value the value
   * @return its JSON
   * @throws IllegalArgumentException if the value can't be written as JSON
   */
  static JsonValue of(@Nullable Object value) {
    return Json.written(value);
  }

  /**
   * Reads the value as a Java type. Members that the type lacks are passed over.
   *
   * @param type a record, a bean, {@code Map.class}, {@code String.class}, {@code JsonValue.class}
   *     and so on
   * @param <T> the type
   * @return the value, or null if it is JSON null
   * @throws IllegalArgumentException if the value does not fit the type
   */
  <T> @Nullable T as(Class<T> type);

  /** {@return the JSON text exactly as it came} */
  String text();

  /** {@return a copy of the JSON text in UTF-8, exactly as it came} */
  byte[] toBytes();
}
