package io.blinkreactor.testkit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Reads the members of JSON objects in requests strictly. */
final class Members {
  private Members() {}

  static Map<?, ?> read(String body, Map<String, Class<?>> documented)
      throws RefusedRequestException {
    @Nullable Object value;
    try {
      value = Json.read(body);
    } catch (JacksonException e) {
      throw new RefusedRequestException("The body is not JSON: " + e.getOriginalMessage());
    }
    return checked("body", value, documented);
  }

  static Map<?, ?> checked(String where, @Nullable Object value, Map<String, Class<?>> documented)
      throws RefusedRequestException {
    if (!(value instanceof Map<?, ?> members)) {
      throw new RefusedRequestException("The " + where + " is not a JSON object.");
    }
    for (Map.Entry<?, ?> member : members.entrySet()) {
      String key = String.valueOf(member.getKey());
      Class<?> type = documented.get(key);
      if (type == null) {
        throw new RefusedRequestException(
            "The " + where + " has an undocumented member " + key + ".");
      }
      if (!type.isInstance(member.getValue())) {
        throw new RefusedRequestException(
            "The member " + key + " of the " + where + " has the wrong type.");
      }
    }
    return members;
  }

  static Map<?, ?> map(Map<?, ?> members, String key) {
    return members.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }

  static Map<String, String> texts(String where, Map<?, ?> values) throws RefusedRequestException {
    Predicate<@Nullable Object> scalar =
        value -> value instanceof String || value instanceof Number || value instanceof Boolean;
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : values.entrySet()) {
      if (!scalar.test(entry.getValue())) {
        throw new RefusedRequestException(
            "The member "
                + entry.getKey()
                + " of "
                + where
                + " is neither text, number nor boolean.");
      }
      texts.put(String.valueOf(entry.getKey()), String.valueOf(entry.getValue()));
    }
    return texts;
  }
}
