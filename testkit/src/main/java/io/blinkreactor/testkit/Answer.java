package io.blinkreactor.testkit;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A whole answer, before faults touch it. Nobody changes the bytes. */
final class Answer {
  final int status;
  final Map<String, String> headers;
  final byte[] body;

  /** The execution that the request started, null if it started none. */
  final @Nullable String executionId;

  private Answer(
      int status, Map<String, String> headers, byte[] body, @Nullable String executionId) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.executionId = executionId;
  }

  static Answer json(int status, @Nullable Object body, boolean pretty) {
    return of(status, "application/json", Json.bytes(body, pretty));
  }

  static Answer text(int status, String body) {
    return of(status, "text/plain; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
  }

  static Answer empty(int status) {
    return new Answer(status, Map.of(), new byte[0], null);
  }

  static Answer of(int status, String contentType, byte[] body) {
    return new Answer(status, Map.of("Content-Type", contentType), body, null);
  }

  Answer with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Answer(status, more, body, executionId);
  }

  Answer withBody(byte[] changed) {
    return new Answer(status, headers, changed, executionId);
  }

  Answer about(@Nullable String execution) {
    return new Answer(status, headers, body, execution);
  }
}
