package io.blinkreactor.internal.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * By the time of the last row, that time included. Rows that share it are known by their ids; where
 * they are more than a page, they are stepped through by offset, each step beginning with the last
 * rows of the one before: the seam.
 */
final class ByTime implements Way {

  /** Rows of a page that begin the next one, to see that nothing moved within rows of one time. */
  private static final int SEAM = 3;

  /** Times that a group of one time is begun anew without a new row. */
  private static final int MOST_GROUP_RESTARTS = 10;

  private final Learned learned;
  private final Course course;
  private final Faults faults;

  /** Whether rows that share a time are more than a page, so that they are stepped through. */
  private boolean stepping;

  /** The last ids of the last step, which the next one is to begin with. */
  private List<String> seam = List.of();

  /** How often the group was begun anew since a new row came. */
  private int groupRestarts;

  /** Of this page: the ids it is to begin with, and its last ones. */
  private List<String> expected = List.of();

  private final Deque<String> ending = new ArrayDeque<>();

  ByTime(Learned learned, Course course, Faults faults) {
    this.learned = learned;
    this.course = course;
    this.faults = faults;
  }

  @Override
  public Opening begin(Position start, int most) {
    boolean within = start.skip() > 0;
    expected = stepping && within ? seam : List.of();
    ending.clear();
    return new Opening(
        start.skip() - expected.size(),
        within ? expected.size() : Math.min(Trail.size(start.trail()), MOST_AGAIN));
  }

  @Override
  public void arrived(String id) {
    ending.add(id);
    if (ending.size() > SEAM) {
      ending.remove();
    }
  }

  /**
   * Whether a step within rows of one time does not begin where the last one ended; or the rows
   * were believed to be all, and there are more.
   */
  @Override
  public boolean isAdrift(Headway page, String id, @Nullable Long at) {
    long arrived = page.arrived();
    return page.start().skip() > 0
        && (expected.isEmpty()
            || (arrived <= expected.size() && !expected.get((int) arrived - 1).equals(id)));
  }

  @Override
  public boolean isNew(Headway page, String id, @Nullable Long at) {
    return page.isNewInItsGroup(id, at);
  }

  @Override
  public Position passed(Headway page, String id, @Nullable Long at) {
    page.rememberInItsGroup(id, at);
    page.reach(id, at);
    return page.here(0);
  }

  @Override
  public @Nullable Position next(Headway page) {
    long arrived = page.arrived();
    if (page.isAdrift() || arrived < expected.size()) {
      return groupAnew(page);
    }
    if (arrived == expected.size()) {
      return course.empty(page);
    }
    RowKey now = page.last();
    RowKey before = page.start().last();
    boolean sameTime = now != null && before != null && now.at() == before.at();
    if (page.fresh() == 0 && !sameTime) {
      throw faults.nothingLater(before);
    }
    // Still in the group that shares a time: its rows that are known come again, unless they are
    // more than fit; then they are passed over.
    int group = Trail.size(page.trail());
    boolean full = page.fresh() > 0 && arrived >= page.ask().limit();
    boolean fit = full && group <= MOST_AGAIN && group < learned.limit();
    groupRestarts = page.fresh() > 0 ? 0 : groupRestarts;
    if (!sameTime || fit) {
      stepping &= sameTime;
      return page.here(0);
    }
    stepping |= full;
    if (stepping && arrived == 1) {
      throw faults.oneAtATime();
    }
    if (ending.size() == arrived) {
      ending.remove();
    }
    seam = List.copyOf(ending);
    return page.here(page.ask().skip() + arrived);
  }

  /** The page does not go on where the last one ended: rows went, or have no fixed order. */
  private Position groupAnew(Headway page) {
    stepping = true;
    if (++groupRestarts > MOST_GROUP_RESTARTS) {
      RowKey at = page.start().last();
      throw faults.broken(
          "More rows than fit a page share the time "
              + (at == null ? "" : at.at())
              + ", and come in another order at each call",
          "Ask for larger pages, as many rows as share a time, or by KEYSET if the server allows it.");
    }
    return page.here(0);
  }
}
