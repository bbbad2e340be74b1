package io.blinkreactor.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All executions of all workspaces, in the order in which they were added; safe for many threads.
 *
 * @param <R> what is held of each
 */
final class Executions<R> {
  private final Map<String, Slot<R>> byId = new HashMap<>();
  private final List<Slot<R>> inOrder = new ArrayList<>();
  private final AtomicLong version = new AtomicLong();
  private long added;

  synchronized Slot<R> add(String id, R row, boolean readable) {
    if (byId.containsKey(id)) {
      throw new IllegalArgumentException("There is an execution " + id + " already.");
    }
    Slot<R> slot = new Slot<>(added++, row, readable, version::incrementAndGet);
    byId.put(id, slot);
    inOrder.add(slot);
    version.incrementAndGet();
    return slot;
  }

  synchronized boolean remove(String id) {
    Slot<R> slot = byId.remove(id);
    boolean removed = slot != null && inOrder.remove(slot);
    version.incrementAndGet();
    return removed;
  }

  synchronized @Nullable Slot<R> find(String id) {
    return byId.get(id);
  }

  /** Counts changes, each once it can be seen, so rows read after the count hold all it counts. */
  long version() {
    return version.get();
  }

  synchronized List<Slot<R>> snapshot() {
    return new ArrayList<>(inOrder);
  }
}
