package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * By a number of rows to pass over, less some that are known: a page that does not begin with them
 * shows that rows are gone, and is asked for again from further ahead.
 */
final class ByOffset implements Way {

  /** Rows to step back at first when rows seem to have gone. */
  private static final int STEP_BACK = 10;

  /** Pages in a row that are the same though asked for further on, beyond which it is no chance. */
  private static final int MOST_SAME_PAGES = 4;

  /** Empty pages beyond the start that are looked into before they are believed. */
  private static final int MOST_EMPTY_PAGES = 3;

  /** Whether the order can't be verified. */
  private final boolean loose;

  private final Course course;
  private final Faults faults;

  /** The length of the last page, if it was shorter than asked, and where it ended. */
  private int shortPage = Integer.MAX_VALUE;

  private long reached;

  /** What the server hands out at most without saying so, as far as it has shown. */
  private int clamped = Integer.MAX_VALUE;

  /** Pages in a row that were the same, and what the last one was and was asked for by. */
  private int same;

  private int printOfLastPage;
  private long skipOfLastPage;

  /** Empty pages that were looked into since a new row came. */
  private int empties;

  /** Of this page: what its ids come to. */
  private int print;

  ByOffset(boolean loose, Course course, Faults faults) {
    this.loose = loose;
    this.course = course;
    this.faults = faults;
  }

  @Override
  public Opening begin(Position start, int most) {
    print = 0;
    int usual = usualOverlap(start, most);
    int overlap = start.overlap() > 0 ? start.overlap() : usual;
    return new Opening(Math.max(0, start.skip() - overlap), (int) Math.min(start.skip(), usual));
  }

  /**
   * Rows of the last pages to ask for again, to see that none is missed: one row before the group
   * that shares the last time, since the order within the group is not known to be stable; where
   * the order is not known at all, one row. Less than the server hands out at once.
   */
  private int usualOverlap(Position start, int most) {
    int rows = loose ? 1 : Math.min(Trail.size(start.trail()) + 1, MOST_AGAIN);
    int handedOut = Math.min(most, clamped);
    if (handedOut == 1) {
      throw faults.oneAtATime();
    }
    return Math.min(rows, Math.min(handedOut, shortPage) - 1);
  }

  @Override
  public void arrived(String id) {
    print = 31 * print + id.hashCode();
  }

  /** Whether the first row shows that rows before it are gone, so that others moved up. */
  @Override
  public boolean isAdrift(Headway page, String id, @Nullable Long at) {
    Position start = page.start();
    long skip = page.ask().skip();
    if (page.arrived() > 1 || skip == 0 || skip >= start.skip()) {
      return false;
    }
    RowKey before = start.last();
    boolean wholeGroup = start.skip() - skip > Trail.size(start.trail());
    if (loose || !wholeGroup || at == null || before == null) {
      return isNew(page, id, at);
    }
    return page.ask().direction().compare(at, before.at()) >= 0;
  }

  @Override
  public boolean isNew(Headway page, String id, @Nullable Long at) {
    return loose ? !page.knows(id) : page.isNewInItsGroup(id, at);
  }

  @Override
  public Position passed(Headway page, String id, @Nullable Long at) {
    if (loose) {
      page.remember(id);
    } else {
      page.rememberInItsGroup(id, at);
      page.reach(id, at);
    }
    return page.here(page.ask().skip() + page.arrived());
  }

  @Override
  public @Nullable Position next(Headway page) {
    long arrived = page.arrived();
    long fresh = page.fresh();
    long skip = page.ask().skip();
    int limit = page.ask().limit();
    if (arrived == 0 && skip == 0) {
      return course.empty(page);
    }
    if (page.isAdrift() || (arrived == 0 && (page.start().overlap() > 0 || !isEnd(page)))) {
      return stepBack(page);
    }
    if (arrived == 0) {
      return course.end(page);
    }
    if (course.longest() == 1 && fresh == 1 && skip > 0 && limit > 1) {
      throw faults.oneAtATime();
    }
    if (arrived > clamped) {
      clamped = Integer.MAX_VALUE;
    } else if (arrived < limit && skip + arrived < page.start().skip()) {
      clamped = (int) arrived;
    }
    boolean again = fresh == 0 && print == printOfLastPage && skip > skipOfLastPage;
    same = again ? same + 1 : 0;
    if (same > MOST_SAME_PAGES && arrived >= course.longest()) {
      throw faults.broken(
          "The page at offset " + skip + " is the same as the one before it",
          "The server does not heed 'offset', so the list can't be read beyond its first page.");
    }
    // Less than the server can hand out at once, and nothing new in it.
    if (fresh == 0 && arrived < Math.min(limit, course.longest())) {
      return course.end(page);
    }
    printOfLastPage = print;
    skipOfLastPage = skip;
    empties = fresh > 0 ? 0 : empties;
    shortPage = arrived < limit ? (int) arrived : Integer.MAX_VALUE;
    reached = skip + arrived;
    return page.here(reached);
  }

  /** Whether an empty page is the end, and not a list that grew shorter. */
  private boolean isEnd(Headway page) {
    long skip = page.ask().skip();
    if (shortPage < Integer.MAX_VALUE && skip == reached) {
      return true;
    }
    if (++empties <= MOST_EMPTY_PAGES) {
      return false;
    }
    Long total = page.end().total();
    if (total != null && total > page.start().skip()) {
      throw faults.broken(
          "The page at offset " + skip + " is empty, though there are " + total + " rows",
          "The rest can't be reached; report it with this message.");
    }
    return true;
  }

  /** Asks again from rows further ahead, one of which should be known. */
  private Position stepBack(Headway page) {
    Position start = page.start();
    int overlap = (int) (start.skip() - page.ask().skip());
    int window = Trail.size(start.trail());
    int rows = Math.max(Math.max(STEP_BACK, page.ask().limit() / 10), 2 * overlap);
    if (loose) {
      if (overlap >= window) {
        throw faults.broken(
            "None of the last " + window + " rows is where it was",
            "So many rows came or went that the place is lost: start anew.");
      }
      rows = Math.min(rows, window);
    }
    return start.overlapping(rows);
  }
}
