package io.blinkreactor.internal.completion;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Holds what is going on for the newest transition of a run. Two threads may set their transitions'
 * work going in the wrong order; the older one then loses its place and is disposed of, never the
 * newer one.
 */
final class Slot {

  private record Held(int version, Disposable work) {}

  private volatile Held held = new Held(Integer.MIN_VALUE, Disposables.disposed());

  private static final AtomicReferenceFieldUpdater<Slot, Held> HELD =
      AtomicReferenceFieldUpdater.newUpdater(Slot.class, Held.class, "held");

  /**
   * Takes the work of a transition, and disposes of older work, or of this if it is the older one.
   */
  void put(int version, Disposable work) {
    Held next = new Held(version, work);
    while (true) {
      Held now = held;
      if (now.version > version) {
        work.dispose();
        return;
      }
      if (HELD.compareAndSet(this, now, next)) {
        now.work.dispose();
        return;
      }
    }
  }

  /** Disposes of what is held, and of everything that comes. */
  void close() {
    put(Integer.MAX_VALUE, Disposables.disposed());
  }
}
