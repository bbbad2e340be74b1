package io.blinkreactor.testkit;

/**
 * The place of one execution; what it holds changes as the execution goes on.
 *
 * @param <R> what it holds
 */
final class Slot<R> {
  final long sequence;
  private final Runnable changed;
  private volatile R row;
  private volatile boolean readable;

  Slot(long sequence, R row, boolean readable, Runnable changed) {
    this.sequence = sequence;
    this.row = row;
    this.readable = readable;
    this.changed = changed;
  }

  R row() {
    return row;
  }

  void put(R next) {
    row = next;
    changed.run();
  }

  /** Whether a single read finds it yet. */
  boolean readable() {
    return readable;
  }

  void makeReadable() {
    readable = true;
  }
}
