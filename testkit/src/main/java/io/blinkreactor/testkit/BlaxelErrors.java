package io.blinkreactor.testkit;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes error bodies in either of the vendor's two forms. */
final class BlaxelErrors {
  private final Settings settings;
  private final Clock clock;

  BlaxelErrors(Settings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  Answer answer(BlaxelProblem problem, String message) {
    return answer(problem, problem.status, message);
  }

  /** For the problems whose status is in doubt. */
  Answer answer(BlaxelProblem problem, int status, String message) {
    return switch (settings.text(BlaxelSwitch.ERROR_BODY)) {
      case "none" -> Answer.empty(status);
      case "gateway" -> gateway(problem, status, message);
      case "control-plane" -> controlPlane(problem, status, message);
      default ->
          problem.gateway
              ? gateway(problem, status, message)
              : controlPlane(problem, status, message);
    };
  }

  private Answer gateway(BlaxelProblem problem, int status, String message) {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("action", problem.isRetryable() ? "Try again later." : "Check the request.");
    error.put("code", problem.name());
    error.put("do_not", problem.isRetryable() ? "" : "Do not send the same request again.");
    error.put("docs_url", "https://docs.example.com/errors#" + problem.word());
    error.put("message", message);
    error.put("origin", "platform");
    error.put("retryable", problem.isRetryable());
    error.put("status", status);
    error.put("timestamp", clock.instant().toString());
    return json(status, body("error", withUnknown(error)))
        .with("X-Blaxel-Source", "platform")
        .with("X-Blaxel-Error-Code", problem.name());
  }

  private Answer controlPlane(BlaxelProblem problem, int status, String message) {
    Map<String, @Nullable Object> error = body("error", problem.word());
    if (!problem.isOfToken()) {
      if (problem != BlaxelProblem.INVALID_API_VERSION) {
        error.put("code", status);
      }
      error.put("message", message);
    }
    return json(status, withUnknown(error));
  }

  private static Map<String, @Nullable Object> body(String key, Object value) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put(key, value);
    return body;
  }

  private Map<String, @Nullable Object> withUnknown(Map<String, @Nullable Object> members) {
    return settings.on(BlaxelSwitch.UNKNOWN_MEMBERS) ? UnknownMembers.addTo(members) : members;
  }

  private Answer json(int status, Object body) {
    return Answer.json(status, body, settings.is(BlaxelSwitch.ELEMENT_FORMAT, "pretty"));
  }
}
