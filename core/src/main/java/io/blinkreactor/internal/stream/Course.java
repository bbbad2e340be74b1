package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * How a reading has gone so far, whatever its rung: its longest page, pages in a row without a new
 * row, and whether its end was reached.
 */
final class Course {

  /** Pages in a row without a new row, beyond which we believe that it will go on like that. */
  private static final int MOST_BARREN_PAGES = 1_000;

  private final boolean followed;
  private boolean waiting;
  private boolean askedTwice;
  private int barren;
  private long longest;

  /**
   * At the start.
   *
   * @param followed whether the end is only a pause
   */
  Course(boolean followed) {
    this.followed = followed;
  }

  /** A page has arrived as a whole. */
  void arrived(Headway page, Faults faults) {
    longest = Math.max(longest, page.arrived());
    barren = page.fresh() > 0 ? 0 : barren + 1;
    askedTwice &= page.fresh() == 0;
    if (barren > MOST_BARREN_PAGES) {
      throw faults.broken(
          barren + " pages in a row held no new row",
          "The server goes round in circles; report it with this message.");
    }
  }

  /** Rows of the longest page. */
  long longest() {
    return longest;
  }

  /** Whether the next page is to be asked for after a pause. */
  boolean isWaiting() {
    return waiting;
  }

  void waited() {
    waiting = false;
  }

  /** {@return where to go on at the end; null: nowhere} */
  @Nullable Position end(Headway page) {
    if (!followed) {
      return null;
    }
    waiting = true;
    barren = 0;
    return page.here(0);
  }

  /**
   * An empty page is the end, unless the server says that there are rows: then it is asked again.
   */
  @Nullable Position empty(Headway page) {
    Long total = page.end().total();
    if (total != null && total > 0 && !askedTwice && !followed) {
      askedTwice = true;
      return page.start();
    }
    return end(page);
  }
}
