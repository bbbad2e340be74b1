package io.blinkreactor.testkit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Every request so far, in order of arrival; safe for many threads.
 *
 * @param <O> the vendor's operations
 */
final class RequestLog<O extends Enum<O>> {
  private final List<Entry<O>> requests = new ArrayList<>();
  private final Map<O, Long> counts = new HashMap<>();
  private final List<String> violations = new ArrayList<>();
  private volatile Consumer<Entry<O>> listener = arrived -> {};

  /** A request's place among all requests and among those of its operation. */
  record Arrival(int sequence, long index) {}

  /** One request and, once there is one, its answer's status. */
  record Entry<O extends Enum<O>>(
      long sequence,
      O operation,
      String method,
      String uri,
      Map<String, String> headers,
      String body,
      int status,
      @Nullable String executionId,
      Instant at) {}

  Arrival arrive(
      O operation,
      String method,
      String uri,
      Map<String, String> headers,
      String body,
      @Nullable String executionId,
      Instant at) {
    Entry<O> arrived;
    long index;
    synchronized (this) {
      arrived =
          new Entry<>(requests.size(), operation, method, uri, headers, body, 0, executionId, at);
      requests.add(arrived);
      index = counts.merge(operation, 1L, Long::sum) - 1;
    }
    listener.accept(arrived);
    return new Arrival((int) arrived.sequence(), index);
  }

  void onArrival(Consumer<Entry<O>> value) {
    listener = value;
  }

  synchronized void answered(Arrival arrival, int status, @Nullable String executionId) {
    Entry<O> asked = requests.get(arrival.sequence());
    requests.set(
        arrival.sequence(),
        new Entry<>(
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

  synchronized <R> List<R> requests(Function<Entry<O>, R> form) {
    return requests.stream().map(form).toList();
  }

  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  synchronized long count(O operation) {
    return counts.getOrDefault(operation, 0L);
  }
}
