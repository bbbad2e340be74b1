package io.blinkreactor.testkit;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The present values of one vendor's switches, parsed; safe for many threads. What both vendors'
 * emulators do alike asks by key.
 */
final class Settings {
  private final Map<String, Object> values = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();

  private Settings(Settings from) {
    values.putAll(from.values);
  }

  Settings(EmulatorSwitch... switches) {
    for (EmulatorSwitch each : switches) {
      set(each, each.defaultValue());
    }
  }

  Settings copy() {
    return new Settings(this);
  }

  void set(EmulatorSwitch which, String text) {
    values.put(
        which.key(),
        which instanceof Switch blinkOps
            ? blinkOps.parse(text)
            : ((BlaxelSwitch) which).parse(text));
    version.incrementAndGet();
  }

  /** Counts changes, each once it can be seen. */
  long version() {
    return version.get();
  }

  double share(EmulatorSwitch which) {
    return get(which.key(), Double.class);
  }

  /** The share of a fault, 0 if the vendor's switches have none of this key. */
  double share(String key) {
    @Nullable Object share = values.get(key);
    return share == null ? 0 : (Double) share;
  }

  Duration duration(EmulatorSwitch which) {
    return duration(which.key());
  }

  Duration duration(String key) {
    return get(key, Duration.class);
  }

  int count(EmulatorSwitch which) {
    return count(which.key());
  }

  int count(String key) {
    return Math.toIntExact(get(key, Long.class));
  }

  String text(EmulatorSwitch which) {
    return get(which.key(), String.class);
  }

  boolean is(EmulatorSwitch which, String text) {
    return text(which).equals(text);
  }

  boolean on(EmulatorSwitch which) {
    return on(which.key());
  }

  boolean on(String key) {
    return get(key, Boolean.class);
  }

  SwitchValue.RunDuration runDuration() {
    return get("run.duration", SwitchValue.RunDuration.class);
  }

  SwitchValue.RetryAfter retryAfter() {
    return get("fault.retry-after", SwitchValue.RetryAfter.class);
  }

  Set<String> set(EmulatorSwitch which) {
    return set(which.key());
  }

  boolean allows(EmulatorSwitch which, String word) {
    return allows(which.key(), word);
  }

  boolean allows(String key, String word) {
    Set<String> words = set(key);
    return words.isEmpty() || words.contains(word);
  }

  @SuppressWarnings("unchecked") // each such switch is declared with a reader of weights
  Map<String, Double> weights(EmulatorSwitch which) {
    return get(which.key(), Map.class);
  }

  @SuppressWarnings("unchecked") // each such switch is declared with a reader of sets of text
  private Set<String> set(String key) {
    return get(key, Set.class);
  }

  private <T> T get(String key, Class<T> type) {
    return type.cast(Objects.requireNonNull(values.get(key), key));
  }
}
