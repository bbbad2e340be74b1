package io.blinkreactor.internal.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * By the server's cursor. When that is lost the list is read from its start again, and rows are
 * dropped up to where it had come: the catch-up.
 */
final class ByCursor implements Way {

  /** Cursors kept to notice a loop. */
  private static final int MOST_TOKENS = 1000;

  private static final int MOST_RESTARTS = 3;

  private final Ladder<?> ladder;
  private final Course course;
  private final Faults faults;

  private final Set<String> tokens = new HashSet<>();
  private final Deque<String> tokenOrder = new ArrayDeque<>();

  /** Times that the list was begun anew since a new row came, for want of the cursor. */
  private int restarts;

  /** After a cursor was lost, or in the middle of its page: up to where rows are dropped. */
  private @Nullable RowKey catchUpTo;

  /** Whether rows may be known by their time: not in an order of the vendor's. */
  private boolean timesCount = true;

  /** Of this page: rows at its beginning that were passed long ago, their ids not kept any more. */
  private long passedBefore;

  /** Of this page: whether rows were dropped for their time. */
  private boolean leftBehind;

  ByCursor(Ladder<?> ladder, Course course, Faults faults) {
    this.ladder = ladder;
    this.course = course;
    this.faults = faults;
  }

  @Override
  public Opening begin(Position start, int most) {
    if (start.skip() > 0 && timesCount) {
      catchUpTo = start.last();
    }
    passedBefore = start.skip() - Trail.size(start.trail());
    leftBehind = false;
    return new Opening(0, 0);
  }

  @Override
  public boolean isNew(Headway page, String id, @Nullable Long at) {
    if (page.arrived() <= passedBefore) {
      return false;
    }
    RowKey reached = catchUpTo;
    boolean behind =
        reached != null && at != null && page.ask().direction().compare(at, reached.at()) < 0;
    leftBehind |= behind;
    return !behind && !page.knows(id);
  }

  @Override
  public Position passed(Headway page, String id, @Nullable Long at) {
    restarts = 0;
    page.remember(id);
    page.reach(id, at);
    return page.here(page.arrived());
  }

  @Override
  public @Nullable Position next(Headway page) {
    PageFetch.End end = page.end();
    if (end.cursorless()) {
      return withoutCursors(page);
    }
    if (page.isDisordered()) {
      throw faults.unsorted(true);
    }
    String token = end.nextToken();
    if (token == null || token.isEmpty()) {
      if (Boolean.TRUE.equals(end.more())) {
        throw faults.broken(
            "The server says that there are more rows, but hands out no cursor",
            "The rest can't be reached; report it with this message.");
      }
      return course.end(page);
    }
    if (!tokens.add(token)) {
      throw faults.broken(
          "The server handed out the same cursor twice",
          "The list would go round in circles; report it with this message.");
    }
    tokenOrder.add(token);
    if (tokenOrder.size() > MOST_TOKENS) {
      tokens.remove(tokenOrder.remove());
    }
    return page.here(0).at(token);
  }

  private @Nullable Position withoutCursors(Headway page) {
    Position start = page.start();
    if (start.token() != null) {
      throw faults.broken(
          "A page asked for by a cursor came without one",
          "The server changed its contract meanwhile: start anew.");
    }
    if (page.isDisordered() && leftBehind) {
      timesCount = false;
      catchUpTo = null;
      // The same page once more, of which more went out by now.
      return page.here(passedBefore + Trail.size(page.trail()));
    }
    if (!ladder.goesOnWithoutCursors()) {
      throw faults.broken(
          "The server has no cursors", "Choose another PagingMode, or none: the way is found out.");
    }
    return page.arrived() == 0 ? null : page.here(page.arrived()).at(null).on(Rung.LOOSE_OFFSET);
  }

  /** Whether the list may be begun anew, after the cursor was lost once more. */
  boolean mayStartAnew() {
    return ++restarts <= MOST_RESTARTS;
  }

  /** {@return the start of the list, from which rows are dropped up to where the page had come} */
  Position startAnew(Headway page) {
    catchUpTo = page.last();
    tokens.clear();
    tokenOrder.clear();
    return page.here(0).at(null);
  }
}
