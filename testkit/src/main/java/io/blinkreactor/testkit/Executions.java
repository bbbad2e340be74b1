package io.blinkreactor.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All executions of all workspaces, in the order in which they were added; safe for many threads.
 */
final class Executions {
  private final Map<String, Slot> byId = new HashMap<>();
  private final List<Slot> inOrder = new ArrayList<>();
  private final AtomicLong version = new AtomicLong();
  private long added;

  /** The place of one execution; what it holds changes as a run goes on. */
  final class Slot {
    final long sequence;
    private volatile Row row;
    private volatile boolean readable;

    private Slot(long sequence, Row row, boolean readable) {
      this.sequence = sequence;
      this.row = row;
      this.readable = readable;
    }

    Row row() {
      return row;
    }

    void put(Row changed) {
      row = changed;
      version.incrementAndGet();
    }

    boolean readable() {
      return readable;
    }

    void makeReadable() {
      readable = true;
    }
  }

  synchronized Slot add(Row row, boolean readable) {
    String id = row.text(Field.ID);
    if (byId.containsKey(id)) {
      throw new IllegalArgumentException("There is an execution " + id + " already.");
    }
    Slot slot = new Slot(added++, row, readable);
    byId.put(id, slot);
    inOrder.add(slot);
    version.incrementAndGet();
    return slot;
  }

  synchronized boolean remove(String id) {
    Slot slot = byId.remove(id);
    boolean removed = slot != null && inOrder.remove(slot);
    version.incrementAndGet();
    return removed;
  }

  synchronized @Nullable Slot find(String id) {
    return byId.get(id);
  }

  /** Counts changes, each once it can be seen, so rows read after the count hold all it counts. */
  long version() {
    return version.get();
  }

  synchronized List<Slot> snapshot() {
    return new ArrayList<>(inOrder);
  }
}
