package io.blinkreactor.testkit;

import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    Map<?, ?> members = Members.read(body, MEMBERS);
    return new ExecuteRequest(
        members.containsKey("callback") ? target(members.get("callback")) : null,
        Members.map(members, "event"),
        Members.map(members, "input_values"),
        members.get("past_exec_ref") instanceof String text ? text : "",
        (String) members.get("runner"),
        (String) members.get("trigger_type"));
  }

  private static @Nullable Target target(@Nullable Object value) throws RefusedRequestException {
    Map<?, ?> members = Members.checked("callback", value, CALLBACK_MEMBERS);
    Map<String, String> headers =
        Members.texts("callback.headers", Members.map(members, "headers"));
    Map<String, String> cookies =
        Members.texts("callback.cookies", Members.map(members, "cookies"));
    return members.get("url") instanceof String url
        ? new Target(
            url,
            members.get("method") instanceof String method && !method.isBlank() ? method : "POST",
            headers,
            cookies,
            Members.map(members, "body"),
            Boolean.TRUE.equals(members.get("disableSSL")),
            Boolean.TRUE.equals(members.get("excludeDefaultMetadata")))
        : null;
  }
}
