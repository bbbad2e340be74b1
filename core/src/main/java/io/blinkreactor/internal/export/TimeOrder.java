package io.blinkreactor.internal.export;

import org.jspecify.annotations.Nullable;

/** Whether times go one way only, whichever. */
final class TimeOrder {

  private boolean kept;
  private @Nullable Long last;
  private int way;

  /**
   * At the first time.
   *
   * @param kept false if it is known already that they do not
   */
  TimeOrder(boolean kept) {
    this.kept = kept;
  }

  void see(@Nullable Long at) {
    if (at == null) {
      kept = false;
      return;
    }
    int step = last == null ? 0 : Long.compare(at, last);
    last = at;
    kept &= step == 0 || way == 0 || step == way;
    way = step == 0 ? way : step;
  }

  boolean isKept() {
    return kept;
  }
}
