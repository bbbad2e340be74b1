package io.blinkreactor.internal.stream;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How far one page has come: its rows so far, and the place after the last that went out. */
final class Headway {

  private final Position start;
  private final PageAsk ask;
  private final PageFetch<?> fetch;
  private final Set<String> known;
  private @Nullable RowKey last;
  private @Nullable Trail trail;
  private long arrived;
  private long fresh;
  private boolean handedOut;
  private boolean adrift;
  private boolean disordered;

  /**
   * Nothing has arrived.
   *
   * @param start the page's position
   * @param ask what it is asked by
   * @param fetch where its end is told
   */
  Headway(Position start, PageAsk ask, PageFetch<?> fetch) {
    this.start = start;
    this.ask = ask;
    this.fetch = fetch;
    this.last = start.last();
    this.trail = start.trail();
    this.known = Trail.set(trail);
  }

  Position start() {
    return start;
  }

  PageAsk ask() {
    return ask;
  }

  /** What stands around the rows; asked once they have completed. */
  PageFetch.End end() {
    return fetch.end();
  }

  void rowArrived() {
    arrived++;
  }

  /** Rows that arrived, known ones included. */
  long arrived() {
    return arrived;
  }

  void rowWentOut() {
    fresh++;
    handedOut = true;
  }

  /** A row came that is new, and outside of the range. */
  void rowPassedBy() {
    fresh++;
  }

  /** Rows that were not known, whether they went out or lie outside of the range. */
  long fresh() {
    return fresh;
  }

  /** Whether a row went out. */
  boolean hasHandedOut() {
    return handedOut;
  }

  void comeAdrift() {
    adrift = true;
  }

  /** Whether the page does not begin where it should, so that none of its further rows counts. */
  boolean isAdrift() {
    return adrift;
  }

  void comeIntoDisorder() {
    disordered = true;
  }

  /** Whether rows came out of order that may not have been asked for in any. */
  boolean isDisordered() {
    return disordered;
  }

  /** The last row that went out and has a time, on this page or before. */
  @Nullable RowKey last() {
    return last;
  }

  /** Ids of rows that must not come again. */
  @Nullable Trail trail() {
    return trail;
  }

  boolean knows(String id) {
    return known.contains(id);
  }

  /** Whether a row comes after the last one, or shares its time and is not known. */
  boolean isNewInItsGroup(String id, @Nullable Long at) {
    RowKey before = last;
    if (at == null || before == null) {
      return !knows(id);
    }
    int byTime = ask.direction().compare(at, before.at());
    return byTime > 0 || (byTime == 0 && !knows(id));
  }

  /** Before the range that is read, in the direction of reading. */
  boolean isBefore(long at) {
    Range range = start.range();
    return ask.direction() == Direction.OLDEST_FIRST ? range.startsAfter(at) : range.endsBefore(at);
  }

  /** Beyond the range that is read, in the direction of reading. */
  boolean isBeyond(long at) {
    Range range = start.range();
    return ask.direction() == Direction.OLDEST_FIRST ? range.endsBefore(at) : range.startsAfter(at);
  }

  /** The row is the last one, if it has a time. */
  void reach(String id, @Nullable Long at) {
    if (at != null) {
      last = new RowKey(at, id);
    }
  }

  void remember(String id) {
    trail = Trail.add(trail, id);
    known.add(id);
  }

  /** Remembers a row along with those that share its time, and no others. */
  void rememberInItsGroup(String id, @Nullable Long at) {
    RowKey before = last;
    if (at == null || before == null || before.at() != at) {
      forget();
    }
    remember(id);
  }

  void forget() {
    trail = null;
    known.clear();
  }

  /** The place after the last row that went out. */
  Position here(long skip) {
    return new Position(ask.rung(), last, trail, skip, 0, start.token(), start.range());
  }
}
