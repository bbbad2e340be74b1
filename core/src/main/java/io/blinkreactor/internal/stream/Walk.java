package io.blinkreactor.internal.stream;

import io.blinkreactor.TimeSource;
import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/**
 * One reading of a list from a position on: asks for pages on the best rung that the server allows,
 * lets each row through once, and checks that the server does what it was asked. Pages are asked
 * for one after the other.
 */
final class Walk<T> implements PageSource<Position, T> {

  private static final Logger log = LoggerFactory.getLogger(Walk.class);

  /** Pages in a row without a new row, beyond which we believe that it will go on like that. */
  private static final int MOST_BARREN_PAGES = 10_000;

  /** Cursors kept to notice a loop. */
  private static final int MOST_TOKENS = 1000;

  /** Rows to step back at first when rows seem to have gone. */
  private static final int STEP_BACK = 10;

  /** Pages whose ids are kept where rows are known by their ids alone. */
  private static final int WINDOW_PAGES = 4;

  private final Listing<T> listing;
  private final Direction direction;
  private final int pageSize;
  private final @Nullable PagingMode forced;
  private final @Nullable Follow follow;
  private final Learned learned;
  private final StreamMetrics metrics;
  private final TimeSource time;

  /** What follows is touched by one page at a time. */
  private boolean waiting;

  private boolean askedTwice;
  private int barren;
  private int stuck;

  /** After a cursor was lost: where the reading had come to, up to where rows are dropped. */
  private @Nullable RowKey catchUpTo;

  private long largest;
  private @Nullable String firstOfLastPage;
  private final Set<String> tokens = new HashSet<>();
  private final Deque<String> tokenOrder = new ArrayDeque<>();

  /**
   * A walk that does not end: what it waits for at the end, and how long.
   *
   * @param bound the time up to which rows are complete, in the vendor's unit
   * @param pause between two looks
   */
  record Follow(Supplier<Long> bound, Duration pause) {}

  Walk(
      Listing<T> listing,
      StreamOptions options,
      @Nullable Follow follow,
      Learned learned,
      StreamMetrics metrics,
      TimeSource time) {
    this.listing = listing;
    this.direction = options.direction();
    this.pageSize = options.pageSize();
    this.forced = options.forced();
    this.follow = follow;
    this.learned = learned;
    this.metrics = metrics;
    this.time = time;
  }

  @Override
  public Fetching page(Position at) {
    Set<String> missing = learned.missing();
    int limit = Math.min(pageSize, learned.limit());
    Position start = at.rung() == null ? at.on(best(missing)) : at;
    if (follow != null) {
      start = start.within(new Range(start.range().from(), follow.bound().get()));
    }
    return new Fetching(start, missing, limit);
  }

  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    return fault instanceof WalkException ? Mono.error(fault) : listing.pauseAfter(fault);
  }

  private List<Rung> possible(Set<String> missing) {
    return listing.rungs(missing).stream()
        .filter(rung -> forced == null || rung.mode() == forced)
        .filter(rung -> follow == null || rung.filtersByTime())
        .toList();
  }

  private Rung best(Set<String> missing) {
    List<Rung> rungs = possible(missing);
    if (rungs.isEmpty()) {
      throw new WalkException(
          "The server lacks what it takes to read "
              + listing.name()
              + (forced == null ? "" : " by " + forced)
              + ": "
              + String.join(", ", missing)
              + ".",
          follow == null
              ? "Choose a way of paging that it allows, or an order of your own with PagingMode.OFFSET."
              : "It can't be followed; read it anew from time to time.",
          null);
    }
    return rungs.get(0);
  }

  /** One page on its way. */
  final class Fetching implements PageCall<Position, T> {

    private final Position start;
    private final Rung rung;
    private final PageAsk ask;
    private final PageFetch<T> fetch;
    private final Set<String> known;

    private @Nullable RowKey last;
    private @Nullable Trail trail;
    private @Nullable RowKey previous;
    private @Nullable String first;
    private long arrived;
    private long fresh;
    private boolean gap;
    private boolean pastRange;
    private boolean disordered;

    /** Where to go on in place of the page after this one. */
    private @Nullable Position instead;

    Fetching(Position position, Set<String> missing, int limit) {
      int window = Math.max(WINDOW_PAGES * limit, Checkpoints.MOST_IDS);
      Rung chosen = position.rung();
      this.rung = chosen == null ? best(missing) : chosen;
      this.trail = rung.keepsWindow() ? Trail.newest(position.trail(), window) : position.trail();
      this.start =
          new Position(
              rung,
              position.last(),
              trail,
              position.skip(),
              position.overlap(),
              position.token(),
              position.range());
      this.last = start.last();
      this.known = Trail.set(trail);
      this.ask =
          new PageAsk(
              rung,
              direction,
              start.last(),
              start.range(),
              rung.byOffset() ? Math.max(0, start.skip() - overlap()) : start.skip(),
              start.token(),
              limit,
              missing);
      this.fetch = listing.fetch(ask);
    }

    /**
     * Rows of the last pages to ask for again: the group that shares the last time, since their
     * order among themselves is not known to be stable; at least one, to see that none is missed.
     */
    private int overlap() {
      return Math.max(start.overlap(), rung == Rung.OFFSET ? Trail.size(trail) : 1);
    }

    PagingMode mode() {
      return rung.mode();
    }

    @Nullable Long total() {
      return fetch.end().total();
    }

    @Override
    public Flux<Item<Position, T>> items() {
      Flux<Item<Position, T>> items =
          fetch.rows().<Item<Position, T>>handle(this::take).onErrorResume(this::refused);
      if (follow != null && waiting) {
        return time.delay(follow.pause()).thenMany(items);
      }
      return items;
    }

    private void take(T row, SynchronousSink<Item<Position, T>> sink) {
      arrived++;
      String id = listing.id(row);
      Long at = listing.at(row);
      if (id == null || (at == null && !rung.keepsWindow())) {
        sink.error(
            broken(
                "A row has no " + (id == null ? "id" : listing.timeName()),
                "It can't be told apart from others: if you chose the members to be sent, add it."));
        return;
      }
      if (arrived == 1) {
        first = id;
      }
      if (gap || pastRange) {
        return;
      }
      WalkException disorder = disorder(id, at);
      if (disorder != null) {
        sink.error(disorder);
      } else if (at != null && isBeyond(at)) {
        pastRange = true;
      } else if (isNew(id, at)) {
        if (rung.byOffset() && arrived == 1 && ask.skip() > 0) {
          gap = true;
        } else if (at == null || !isBefore(at)) {
          sink.next(new Item<>(row, passed(id, at)));
        }
      }
    }

    /** The server did not sort, or did not filter. */
    private @Nullable WalkException disorder(String id, @Nullable Long at) {
      if (rung == Rung.LOOSE_OFFSET || at == null) {
        return null;
      }
      RowKey before = previous;
      previous = new RowKey(at, id);
      if (before != null && order(at, id, before) < 0) {
        if (rung == Rung.CURSOR) {
          // Whether an order was asked for is known once the answer turns out to have cursors.
          disordered = true;
          return null;
        }
        return unsorted(direction.compare(at, before.at()) < 0);
      }
      RowKey end = start.last();
      if (before == null && end != null && rung.filtersByTime() && order(at, id, end) < 0) {
        return broken(
            "The page after " + end.at() + " begins before it",
            "The server ignores 'filter', so its list has no end: check what stands between here and it.");
      }
      return null;
    }

    private WalkException unsorted(boolean byTime) {
      return broken(
          "The rows are not sorted by " + (byTime ? listing.timeName() : "id"),
          "The server ignores 'sort', so rows would be missed or repeated"
              + (byTime ? "." : ": choose PagingMode.TIME, which does without."));
    }

    /** Ids count only where the server was asked to sort by them. */
    private int order(long at, String id, RowKey before) {
      int byTime = direction.compare(at, before.at());
      return byTime != 0 || rung != Rung.KEYSET
          ? byTime
          : direction.compare(id, before.id()) == 0 ? -1 : direction.compare(id, before.id());
    }

    private boolean isNew(String id, @Nullable Long at) {
      RowKey before = last;
      if (rung.keepsWindow() || at == null || before == null) {
        RowKey reached = rung == Rung.CURSOR ? catchUpTo : null;
        boolean behind = reached != null && at != null && direction.compare(at, reached.at()) < 0;
        return !behind && !known.contains(id);
      }
      int byTime = direction.compare(at, before.at());
      return byTime > 0 || (byTime == 0 && (rung == Rung.KEYSET || !known.contains(id)));
    }

    private boolean isBeyond(long at) {
      Range range = start.range();
      return direction == Direction.OLDEST_FIRST ? range.endsBefore(at) : range.startsAfter(at);
    }

    private boolean isBefore(long at) {
      Range range = start.range();
      return direction == Direction.OLDEST_FIRST ? range.startsAfter(at) : range.endsBefore(at);
    }

    /** Notes that a row goes out, and answers the position after it. */
    private Position passed(String id, @Nullable Long at) {
      fresh++;
      RowKey before = last;
      if (rung == Rung.KEYSET) {
        trail = null;
      } else if (rung.keepsWindow() || (at != null && before != null && before.at() == at)) {
        trail = Trail.add(trail, id);
        known.add(id);
      } else {
        trail = Trail.add(null, id);
        known.clear();
        known.add(id);
      }
      if (at != null && rung != Rung.LOOSE_OFFSET) {
        last = new RowKey(at, id);
      }
      return new Position(
          rung,
          last,
          trail,
          rung.byOffset() ? ask.skip() + arrived : 0,
          0,
          start.token(),
          start.range());
    }

    @Override
    public @Nullable Position next() {
      if (instead != null) {
        return instead;
      }
      waiting = false;
      metrics.page(listing.name(), rung, arrived - fresh);
      largest = Math.max(largest, arrived);
      barren = fresh > 0 ? 0 : barren + 1;
      askedTwice &= fresh == 0;
      if (barren > MOST_BARREN_PAGES) {
        throw broken(
            barren + " pages in a row held no new row",
            "The server goes round in circles; report it with this message.");
      }
      if (pastRange) {
        return end();
      }
      return switch (rung) {
        case CURSOR -> byToken(fetch.end());
        case KEYSET, TIME -> byTime();
        case OFFSET, LOOSE_OFFSET -> byOffset();
      };
    }

    private @Nullable Position byTime() {
      if (arrived == 0) {
        return empty();
      }
      RowKey now = last;
      RowKey before = start.last();
      boolean sameTime = now != null && before != null && now.at() == before.at();
      if (fresh == 0 && rung == Rung.KEYSET) {
        throw broken(
            "A page held no row after " + before,
            "The server does not heed the filter that asks for later rows.");
      }
      // Still in the group that shares a time: the rows of it that are known are passed over.
      return here(rung == Rung.TIME && sameTime ? ask.skip() + arrived : 0);
    }

    private @Nullable Position byOffset() {
      if (gap || (arrived == 0 && ask.skip() > 0)) {
        return stepBack();
      }
      if (arrived == 0) {
        return empty();
      }
      boolean again = fresh == 0 && first != null && first.equals(firstOfLastPage);
      firstOfLastPage = first;
      stuck = again ? stuck + 1 : 0;
      if (stuck > 1 && arrived >= largest) {
        throw broken(
            "The page at offset " + ask.skip() + " is the same as the one before it",
            "The server does not heed 'offset', so the list can't be read beyond its first page.");
      }
      // Less than the server can hand out at once, and nothing new in it.
      if (fresh == 0 && arrived < Math.min(ask.limit(), largest)) {
        return end();
      }
      return here(ask.skip() + arrived);
    }

    /** The first row should have been known: rows before it are gone, so others moved up. */
    private Position stepBack() {
      int rows = Math.max(Math.max(STEP_BACK, ask.limit() / 10), 2 * overlap());
      if (rung == Rung.LOOSE_OFFSET && overlap() > Trail.size(trail) && ask.skip() > 0) {
        throw broken(
            "None of the last " + Trail.size(trail) + " rows is where it was",
            "So many rows came or went that the place is lost: start anew.");
      }
      return start.overlapping(rows);
    }

    private @Nullable Position byToken(PageFetch.End end) {
      if (end.cursorless()) {
        if (start.token() != null) {
          throw broken(
              "The server handed out a cursor and then answered it without one",
              "What follows can't be found: start anew.");
        }
        learned.lacks(Refusal.CURSORS);
        log.info("{}: the server has no cursors, so the list is read by OFFSET", listing.name());
        return arrived == 0
            ? null
            : new Position(Rung.LOOSE_OFFSET, last, trail, arrived, 0, null, start.range());
      }
      if (disordered) {
        throw unsorted(true);
      }
      String token = end.nextToken();
      if (token == null || token.isEmpty()) {
        if (Boolean.TRUE.equals(end.more())) {
          throw broken(
              "The server says that there are more rows, but hands out no cursor",
              "The rest can't be reached; report it with this message.");
        }
        return end();
      }
      if (!tokens.add(token)) {
        throw broken(
            "The server handed out the same cursor twice",
            "The list would go round in circles; report it with this message.");
      }
      tokenOrder.add(token);
      if (tokenOrder.size() > MOST_TOKENS) {
        tokens.remove(tokenOrder.remove());
      }
      return here(0).at(token);
    }

    private Position here(long skip) {
      return new Position(rung, last, trail, skip, 0, start.token(), start.range());
    }

    /**
     * An empty page is the end, unless the server says that there are rows: then it is asked again.
     */
    private @Nullable Position empty() {
      Long total = fetch.end().total();
      if (total != null && total > 0 && !askedTwice && follow == null) {
        askedTwice = true;
        return start;
      }
      return end();
    }

    private @Nullable Position end() {
      if (follow == null) {
        return null;
      }
      waiting = true;
      return here(0);
    }

    /** Before the first row a refusal may say how to ask instead. */
    private Flux<Item<Position, T>> refused(Throwable error) {
      if (arrived > 0 && fresh == 0) {
        // It broke off in rows that were known: nothing to go on after, so the page is asked again.
        return goOnAfter(error).thenMany(Flux.defer(() -> askInstead(start)));
      }
      Refusal refusal = arrived > 0 ? null : listing.refusal(error, ask);
      if (refusal instanceof Refusal.Limit limit && limit.most() < ask.limit()) {
        learned.limit(limit.most());
        log.info(
            "{}: the server hands out {} rows at most, so pages are that small",
            listing.name(),
            limit.most());
        return askInstead(start);
      }
      if (refusal instanceof Refusal.Without without
          && !ask.missing().contains(without.feature())) {
        learned.lacks(without.feature());
        if (possible(learned.missing()).isEmpty()) {
          return Flux.error(
              new WalkException(
                  "The server lacks "
                      + without.feature()
                      + ", so "
                      + listing.name()
                      + " can't be read as asked.",
                  "Choose another PagingMode, or an order of your own with PagingMode.OFFSET.",
                  error));
        }
        if (!start.isStart() && !possible(learned.missing()).contains(rung)) {
          return Flux.error(
              new WalkException(
                  "The checkpoint can't be used: it goes on by "
                      + rung.mode()
                      + ", and the server lacks "
                      + without.feature()
                      + ".",
                  "Start without it.",
                  error));
        }
        log.info(
            "{}: the server lacks {}, so the list is read by {}",
            listing.name(),
            without.feature(),
            best(learned.missing()).mode());
        return askInstead(start.isStart() ? Position.start(start.range()) : start);
      }
      if (refusal instanceof Refusal.TokenGone && start.token() != null && last != null) {
        log.info(
            "{}: the cursor is gone, so the list is read from its start again", listing.name());
        catchUpTo = last;
        tokens.clear();
        tokenOrder.clear();
        return askInstead(here(0).at(null));
      }
      return Flux.error(error);
    }

    private Flux<Item<Position, T>> askInstead(Position position) {
      metrics.refused(listing.name());
      instead = position;
      return Flux.empty();
    }

    private WalkException broken(String what, String advice) {
      return new WalkException(
          what + " (" + listing.name() + ", read by " + rung.mode() + ").", advice, null);
    }
  }
}
