package io.blinkreactor.internal.completion;

/** Something that is due at a time; one entry in {@link Timers}. */
abstract class Timed {

  /** Never due. */
  static final long NEVER = Long.MAX_VALUE;

  /** Of the monotonic clock, in nanoseconds; guarded by the timers, as is the index. */
  long dueAt;

  /** Where it is in the heap, or -1. */
  int index = -1;

  /** It is due, and out of the timers by now; must not block. */
  abstract void due();
}
