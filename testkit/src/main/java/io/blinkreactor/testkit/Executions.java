package io.blinkreactor.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All executions of all workspaces, in the order in which they were added; safe for many threads.
 */
final class Executions {
  private final Map<String, Slot> byId = new HashMap<>();
  private final List<Slot> inOrder = new ArrayList<>();
  private long added;

  /** The place of one execution; what it holds changes as a run goes on. */
  static final class Slot {
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
    return slot;
  }

  synchronized boolean remove(String id) {
    Slot slot = byId.remove(id);
    return slot != null && inOrder.remove(slot);
  }

  synchronized @Nullable Slot find(String id) {
    return byId.get(id);
  }

  synchronized List<Slot> snapshot() {
    return new ArrayList<>(inOrder);
  }
}
