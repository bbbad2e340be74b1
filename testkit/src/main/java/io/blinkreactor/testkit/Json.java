package io.blinkreactor.testkit;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** JSON as plain maps, lists, text and numbers. */
final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** Ready made: Jackson makes readers under a lock, and event loops read. */
  private static final ObjectReader READER = MAPPER.readerFor(Object.class);

  private static final ObjectWriter PRETTY = MAPPER.writerWithDefaultPrettyPrinter();

  private Json() {}

  static @Nullable Object read(String text) throws JacksonException {
    return READER.readValue(text);
  }

  static byte[] bytes(@Nullable Object value, boolean pretty) {
    return pretty ? PRETTY.writeValueAsBytes(value) : MAPPER.writeValueAsBytes(value);
  }

  static String text(@Nullable Object value) {
    return MAPPER.writeValueAsString(value);
  }
}
