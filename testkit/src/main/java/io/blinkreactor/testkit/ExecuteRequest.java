package io.blinkreactor.testkit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** The body of an execute request, read strictly. */
record ExecuteRequest(
    @Nullable Target callback,
    Map<?, ?> event,
    Map<?, ?> inputValues,
    String pastExecRef,
    @Nullable String runner,
    @Nullable String triggerType) {

  private static final Map<String, Class<?>> MEMBERS =
      Map.of(
          "callback", Map.class,
          "event", Map.class,
          "input_values", Map.class,
          "past_exec_ref", String.class,
          "runner", String.class,
          "trigger_type", String.class);
  private static final Map<String, Class<?>> CALLBACK_MEMBERS =
      Map.of(
          "url", String.class,
          "method", String.class,
          "headers", Map.class,
          "cookies", Map.class,
          "body", Map.class,
          "disableSSL", Boolean.class,
          "excludeDefaultMetadata", Boolean.class);

  /** Where and how a run calls back. */
  record Target(
      String url,
      String method,
      Map<String, String> headers,
      Map<String, String> cookies,
      Map<?, ?> body,
      boolean trustsAll,
      boolean withoutMetadata) {}

  static ExecuteRequest read(String body) throws RefusedRequestException {
    if (body.isBlank()) {
      return new ExecuteRequest(null, Map.of(), Map.of(), "", null, null);
    }
    @Nullable Object value;
    try {
      value = Json.read(body);
    } catch (JacksonException e) {
      throw new RefusedRequestException("The body is not JSON: " + e.getOriginalMessage());
    }
    Map<?, ?> members = checked("body", value, MEMBERS);
    return new ExecuteRequest(
        members.containsKey("callback") ? target(members.get("callback")) : null,
        map(members, "event"),
        map(members, "input_values"),
        members.get("past_exec_ref") instanceof String text ? text : "",
        (String) members.get("runner"),
        (String) members.get("trigger_type"));
  }

  private static @Nullable Target target(@Nullable Object value) throws RefusedRequestException {
    Map<?, ?> members = checked("callback", value, CALLBACK_MEMBERS);
    Map<String, String> headers = texts("callback.headers", map(members, "headers"));
    Map<String, String> cookies = texts("callback.cookies", map(members, "cookies"));
    return members.get("url") instanceof String url
        ? new Target(
            url,
            members.get("method") instanceof String method && !method.isBlank() ? method : "POST",
            headers,
            cookies,
            map(members, "body"),
            Boolean.TRUE.equals(members.get("disableSSL")),
            Boolean.TRUE.equals(members.get("excludeDefaultMetadata")))
        : null;
  }

  private static Map<?, ?> checked(
      String where, @Nullable Object value, Map<String, Class<?>> documented)
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

  private static Map<?, ?> map(Map<?, ?> members, String key) {
    return members.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static Map<String, String> texts(String where, Map<?, ?> values)
      throws RefusedRequestException {
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
