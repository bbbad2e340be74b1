package io.blinkreactor.internal.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What one client has learnt about a server, by shape of query. Safe for use by many threads. */
public final class ServerMemory {

  /** More shapes than a program has; beyond it everything is learnt anew. */
  private static final int MOST_SHAPES = 1000;

  private final Map<String, Learned> byShape = new ConcurrentHashMap<>();

  Learned of(String shape) {
    if (byShape.size() > MOST_SHAPES) {
      byShape.clear();
    }
    return byShape.computeIfAbsent(shape, s -> new Learned());
  }
}
