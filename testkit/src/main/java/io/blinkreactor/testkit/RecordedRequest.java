package io.blinkreactor.testkit;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request that reached the emulator, immutable.
 *
 * @param sequence position in the order of arrival, from 0
 * @param operation what the request asked for
 * @param method HTTP method
 * @param uri path and query as they came over the wire, still percent-encoded
 * @param headers header values by lower-case name; the value of the API key is masked
 * @param body the whole request body as UTF-8 text, empty without one
 * @param status HTTP status of the answer; 0 when the connection was reset without one, or while
 *     the answer is still being worked out
 * @param executionId the execution named by the path or started by the request; null without one
 * @param at moment of arrival by the emulator's clock
 */
public record RecordedRequest(
    long sequence,
    Operation operation,
    String method,
    String uri,
    Map<String, String> headers,
    String body,
    int status,
    @Nullable String executionId,
    Instant at) {

  static RecordedRequest of(RequestLog.Entry<Operation> entry) {
    return new RecordedRequest(
        entry.sequence(),
        entry.operation(),
        entry.method(),
        entry.uri(),
        entry.headers(),
        entry.body(),
        entry.status(),
        entry.executionId(),
        entry.at());
  }
}
