package io.blinkreactor.testkit;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The switches' present values, parsed; safe for many threads. */
final class Settings {
  private final Map<Switch, Object> values = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();

  Settings() {
    for (Switch each : Switch.values()) {
      set(each, each.defaultValue());
    }
  }

  Settings copy() {
    Settings copy = new Settings();
    copy.values.putAll(values);
    return copy;
  }

  void set(Switch which, String text) {
    values.put(which, which.parse(text));
    version.incrementAndGet();
  }

  /** Counts changes, each once it can be seen. */
  long version() {
    return version.get();
  }

  double share(Switch which) {
    return get(which, Double.class);
  }

  Duration duration(Switch which) {
    return get(which, Duration.class);
  }

  int count(Switch which) {
    return Math.toIntExact(get(which, Long.class));
  }

  String text(Switch which) {
    return get(which, String.class);
  }

  boolean is(Switch which, String text) {
    return text(which).equals(text);
  }

  boolean on(Switch which) {
    return get(which, Boolean.class);
  }

  SwitchValue.RunDuration runDuration() {
    return get(Switch.RUN_DURATION, SwitchValue.RunDuration.class);
  }

  SwitchValue.RetryAfter retryAfter() {
    return get(Switch.FAULT_RETRY_AFTER, SwitchValue.RetryAfter.class);
  }

  @SuppressWarnings("unchecked") // each such switch is declared with a reader of sets of text
  Set<String> set(Switch which) {
    return get(which, Set.class);
  }

  boolean allows(Switch which, String word) {
    Set<String> words = set(which);
    return words.isEmpty() || words.contains(word);
  }

  @SuppressWarnings("unchecked") // each such switch is declared with a reader of weights
  Map<String, Double> weights(Switch which) {
    return get(which, Map.class);
  }

  private <T> T get(Switch which, Class<T> type) {
    return type.cast(Objects.requireNonNull(values.get(which)));
  }
}
