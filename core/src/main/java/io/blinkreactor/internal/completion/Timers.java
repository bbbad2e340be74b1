package io.blinkreactor.internal.completion;

import io.blinkreactor.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;

/**
 * All that is due later, behind one timer of the scheduler: a binary heap whose entries know their
 * place, so that one that is not wanted any more is gone at once, however far away it was.
 */
final class Timers {

  private static final Logger log = LoggerFactory.getLogger(Timers.class);

  private static final int FIRST_CAPACITY = 64;

  private final TimeSource time;

  // Guarded by this.
  private @Nullable Timed[] heap = new Timed[FIRST_CAPACITY];
  private int size;
  private long armedFor = Timed.NEVER;
  private @Nullable Disposable armed;

  Timers(TimeSource time) {
    this.time = time;
  }

  /** Has the entry called at a time, in place of the time it had. */
  void put(Timed entry, long dueAt) {
    if (dueAt == Timed.NEVER) {
      remove(entry);
      return;
    }
    synchronized (this) {
      entry.dueAt = dueAt;
      if (entry.index < 0) {
        if (size == heap.length) {
          heap = Arrays.copyOf(heap, size * 2);
        }
        place(entry, size++);
      }
      down(entry, up(entry));
      arm();
    }
  }

  /** Forgets the entry; it may be being called right now. */
  synchronized void remove(Timed entry) {
    int hole = entry.index;
    if (hole < 0) {
      return;
    }
    entry.index = -1;
    Timed last = at(--size);
    heap[size] = null;
    if (last != entry) {
      place(last, hole);
      down(last, up(last));
    }
  }

  synchronized int size() {
    return size;
  }

  /** Forgets everything. */
  synchronized void clear() {
    for (int i = 0; i < size; i++) {
      at(i).index = -1;
    }
    heap = new Timed[FIRST_CAPACITY];
    size = 0;
    arm();
  }

  /** An earlier entry than the one waited for is waited for instead. */
  private void arm() {
    long next = size == 0 ? Timed.NEVER : at(0).dueAt;
    if (next >= armedFor && size > 0) {
      return;
    }
    if (armed != null) {
      armed.dispose();
      armed = null;
    }
    armedFor = next;
    if (size > 0) {
      armed = time.schedule(this::fire, Duration.ofNanos(next - time.nanos()));
    }
  }

  private void fire() {
    List<Timed> due = new ArrayList<>();
    synchronized (this) {
      armedFor = Timed.NEVER;
      armed = null;
      long now = time.nanos();
      while (size > 0 && at(0).dueAt - now <= 0) {
        Timed first = at(0);
        due.add(first);
        remove(first);
      }
      arm();
    }
    for (Timed entry : due) {
      try {
        entry.due();
      } catch (RuntimeException | Error fault) {
        // The others are due all the same.
        log.error("Something that was due failed", fault);
      }
    }
  }

  private Timed at(int index) {
    Timed entry = heap[index];
    if (entry == null) {
      throw new AssertionError("a hole at " + index + " of " + size);
    }
    return entry;
  }

  private void place(Timed entry, int index) {
    heap[index] = entry;
    entry.index = index;
  }

  /** Moves the entry towards the root while it is due earlier, and answers its place. */
  private int up(Timed entry) {
    int place = entry.index;
    while (place > 0) {
      Timed parent = at((place - 1) / 2);
      if (parent.dueAt <= entry.dueAt) {
        break;
      }
      place(parent, place);
      place = (place - 1) / 2;
    }
    place(entry, place);
    return place;
  }

  private void down(Timed entry, int from) {
    int place = from;
    while (true) {
      int child = 2 * place + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && at(child + 1).dueAt < at(child).dueAt) {
        child++;
      }
      if (at(child).dueAt >= entry.dueAt) {
        break;
      }
      place(at(child), place);
      place = child;
    }
    place(entry, place);
  }
}
