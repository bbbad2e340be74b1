package io.blinkreactor.testkit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every request so far, in order of arrival; safe for many threads. */
final class RequestLog {
  private final List<RecordedRequest> requests = new ArrayList<>();
  private final Map<Operation, Long> counts = new EnumMap<>(Operation.class);
  private final List<String> violations = new ArrayList<>();

  /** A request's place among all requests and among those of its operation. */
  record Arrival(int sequence, long index) {}

  synchronized Arrival arrive(
      Operation operation,
      String method,
      String uri,
      Map<String, String> headers,
      String body,
      @Nullable String executionId,
      Instant at) {
    int sequence = requests.size();
    requests.add(
        new RecordedRequest(sequence, operation, method, uri, headers, body, 0, executionId, at));
    long index = counts.merge(operation, 1L, Long::sum) - 1;
    return new Arrival(sequence, index);
  }

  synchronized void answered(Arrival arrival, int status, @Nullable String executionId) {
    RecordedRequest asked = requests.get(arrival.sequence());
    requests.set(
        arrival.sequence(),
        new RecordedRequest(
            asked.sequence(),
            asked.operation(),
            asked.method(),
            asked.uri(),
            asked.headers(),
            asked.body(),
            status,
            executionId == null ? asked.executionId() : executionId,
            asked.at()));
  }

  synchronized void violation(String sentence) {
    violations.add(sentence);
  }

  synchronized List<RecordedRequest> requests() {
    return List.copyOf(requests);
  }

  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  synchronized long count(Operation operation) {
    return counts.getOrDefault(operation, 0L);
  }
}
