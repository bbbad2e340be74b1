package io.blinkreactor.internal.completion;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map by text that keeps so many entries; the oldest one makes room. */
final class Newest<V> extends LinkedHashMap<String, V> {

  private static final long serialVersionUID = 1L;

  private final int most;

  private Newest(int most, boolean byUse) {
    super(16, 0.75f, byUse);
    this.most = most;
  }

  /** The one that was added longest ago makes room. */
  static <V> Newest<V> added(int most) {
    return new Newest<>(most, false);
  }

  /** The one that was used longest ago makes room. */
  static <V> Newest<V> used(int most) {
    return new Newest<>(most, true);
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
    return size() > most;
  }
}
