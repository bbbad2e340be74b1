package io.blinkreactor.internal.stream;

import static java.util.Objects.requireNonNull;

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
  private static final int MOST_BARREN_PAGES = 1_000;

  /** Cursors kept to notice a loop. */
  private static final int MOST_TOKENS = 1000;

  /** Rows to step back at first when rows seem to have gone. */
  private static final int STEP_BACK = 10;

  /** Pages whose ids are kept where rows are known by their ids alone. */
  private static final int WINDOW_PAGES = 4;

  /** Known rows that a page may be asked to bring again, beyond which exactness costs too much. */
  private static final int MOST_AGAIN = 128;

  private static final int MOST_RESTARTS = 3;

  /** Pages in a row that are the same though asked for further on, beyond which it is no chance. */
  private static final int MOST_SAME_PAGES = 4;

  /** Rows of a page that begin the next one, to see that nothing moved within rows of one time. */
  private static final int SEAM = 3;

  /** Times that a group of one time is begun anew without a new row. */
  private static final int MOST_GROUP_RESTARTS = 10;

  /** Empty pages beyond the start that are looked into before they are believed. */
  private static final int MOST_EMPTY_PAGES = 3;

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

  /** Times that pages broke off since the last new row, or the last whole page; and since when. */
  private int breaks;

  private long stuckSince;

  /** Times that the list was begun anew since a new row came, for want of the cursor. */
  private int restarts;

  /** After a cursor was lost, or in the middle of its page: up to where rows are dropped. */
  private @Nullable RowKey catchUpTo;

  /** Whether it was looked into why there is no row. */
  private boolean unitChecked;

  /**
   * Whether rows of a cursor's page may be known by their time: not in an order of the vendor's.
   */
  private boolean timesCount = true;

  /** Of pages by offset: the longest, the last one if it was shorter than asked, and its end. */
  private long largest;

  private int shortPage = Integer.MAX_VALUE;

  /** What the server hands out at most without saying so, as far as it has shown. */
  private int clamped = Integer.MAX_VALUE;

  /**
   * Whether rows that share a time are more than a page, so that they are stepped through; the last
   * ids of the last step, which the next one is to begin with; and how often that was begun anew.
   */
  private boolean stepping;

  private List<String> seam = List.of();
  private int groupRestarts;
  private long reached;
  private int same;
  private int empties;
  private int printOfLastPage;
  private long skipOfLastPage;
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
  public PageCall<Position, T> page(Position at) {
    return follow != null && waiting ? new Later(at, follow.pause()) : fetching(at);
  }

  /** The page at a position, to be asked for at once. */
  Fetching fetching(Position at) {
    Set<String> missing = learned.missing();
    Rung rung = at.rung() == null ? best(missing) : at.rung();
    if (!allowed(rung)) {
      throw unusable(
          rung, follow == null ? forced + " was chosen" : "so it can't be followed", null);
    }
    Position start = at.on(rung);
    if (follow != null) {
      start = start.within(new Range(start.range().from(), follow.bound().get()));
    }
    return new Fetching(start, rung, missing);
  }

  /** A page broke off after new rows, so that is no standstill. */
  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    breaks = 0;
    return askAgainAfter(fault);
  }

  /** A page broke off, and is to be asked for just as before. */
  Mono<Void> askAgainAfter(Throwable fault) {
    if (fault instanceof WalkException) {
      return Mono.error(fault);
    }
    if (breaks++ == 0) {
      stuckSince = time.nanos();
    }
    return listing.pauseAfter(fault, breaks, time.since(stuckSince));
  }

  private List<Rung> possible(Set<String> missing) {
    return listing.rungs(missing).stream().filter(this::allowed).toList();
  }

  private boolean allowed(Rung rung) {
    return (forced == null || rung.mode() == forced) && (follow == null || rung.filtersByTime());
  }

  private static WalkException unusable(Rung rung, String why, @Nullable Throwable cause) {
    return new WalkException(
            "The checkpoint can't be used: it goes on by " + rung.mode() + ", and " + why + ".",
            "Start without it.",
            cause)
        .withoutPlace();
  }

  private Rung best(Set<String> missing) {
    List<Rung> rungs = possible(missing);
    if (rungs.isEmpty()) {
      throw impossible(missing, null);
    }
    return rungs.get(0);
  }

  private WalkException impossible(Set<String> missing, @Nullable Throwable cause) {
    return new WalkException(
        "The server lacks what it takes to read "
            + listing.name()
            + (forced == null ? "" : " by " + forced)
            + (missing.isEmpty() ? "" : ": " + String.join(", ", missing))
            + ".",
        follow == null
            ? "Choose another PagingMode, or an order of your own with PagingMode.OFFSET."
            : "It can't be followed; read it anew from time to time.",
        cause);
  }

  /** A page that is asked for after a pause, up to the time that is complete by then. */
  private final class Later implements PageCall<Position, T> {

    private final Position at;
    private final Duration pause;
    private @Nullable Fetching fetching;

    Later(Position at, Duration pause) {
      this.at = at;
      this.pause = pause;
    }

    @Override
    public Flux<Item<Position, T>> items() {
      return time.delay(pause)
          .thenMany(
              Flux.defer(
                  () -> {
                    waiting = false;
                    Fetching now = fetching(at);
                    fetching = now;
                    return now.items();
                  }));
    }

    @Override
    public @Nullable Position next() {
      return requireNonNull(fetching).next();
    }
  }

  /** One page on its way. */
  final class Fetching implements PageCall<Position, T> {

    private final Position start;
    private final Rung rung;
    private final PageAsk ask;
    private final PageFetch<T> fetch;
    private final Set<String> known;
    private final List<String> expected;
    private final Deque<String> ending = new ArrayDeque<>();

    /** Rows at the beginning that were passed long ago, though their ids are not kept any more. */
    private final long passedBefore;

    private @Nullable RowKey last;
    private @Nullable Trail trail;
    private @Nullable RowKey previous;
    private long arrived;
    private int print;
    private long fresh;
    private boolean gap;
    private boolean pastRange;
    private boolean disordered;
    private boolean leftBehind;

    /** Where to go on in place of the page after this one. */
    private @Nullable Position instead;

    Fetching(Position position, Rung rung, Set<String> missing) {
      int most = learned.limit();
      int window = Math.max(WINDOW_PAGES * Math.min(pageSize, most), Checkpoints.MOST_IDS);
      this.rung = rung;
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
      this.expected = stepping && start.skip() > 0 ? seam : List.of();
      if (rung == Rung.CURSOR && start.skip() > 0 && timesCount) {
        catchUpTo = start.last();
      }
      this.passedBefore = rung == Rung.CURSOR ? start.skip() - Trail.size(trail) : 0;
      this.ask =
          new PageAsk(
              rung,
              direction,
              start.last(),
              start.range(),
              switch (rung) {
                case OFFSET, LOOSE_OFFSET -> Math.max(0, start.skip() - overlap(most));
                case KEYSET, TIME -> start.skip() - expected.size();
                case CURSOR -> 0;
              },
              start.token(),
              Math.min(most, rowsFor(again(most))),
              missing);
      this.fetch = listing.fetch(ask);
    }

    /** Known rows that the page begins with. */
    private int again(int most) {
      return switch (rung) {
        case OFFSET, LOOSE_OFFSET -> (int) Math.min(start.skip(), usualOverlap(most));
        case TIME -> start.skip() > 0 ? expected.size() : Math.min(Trail.size(trail), MOST_AGAIN);
        case KEYSET, CURSOR -> 0;
      };
    }

    /** A page, and the known rows beside it where they would fill most of it. */
    private int rowsFor(int again) {
      return 2 * again < pageSize ? pageSize : pageSize + again;
    }

    /** Rows of the last pages to ask for again, to see that none is missed. */
    private int overlap(int most) {
      return start.overlap() > 0 ? start.overlap() : usualOverlap(most);
    }

    /**
     * One row before the group that shares the last time, since the order within the group is not
     * known to be stable; where the order is not known at all, one row. Less than the server hands
     * out at once.
     */
    private int usualOverlap(int most) {
      int rows = rung == Rung.OFFSET ? Math.min(Trail.size(start.trail()) + 1, MOST_AGAIN) : 1;
      int handedOut = Math.min(most, clamped);
      if (handedOut == 1) {
        throw oneAtATime();
      }
      return Math.min(rows, Math.min(handedOut, shortPage) - 1);
    }

    PagingMode mode() {
      return rung.mode();
    }

    /** Whether a row has arrived. */
    boolean hasBegun() {
      return arrived > 0;
    }

    @Nullable Long total() {
      return fetch.end().total();
    }

    @Override
    public Flux<Item<Position, T>> items() {
      return fetch
          .rows()
          .<Item<Position, T>>handle(this::take)
          .onErrorResume(this::refused)
          .concatWith(Flux.defer(this::checkedUnit));
    }

    /**
     * No row within bounds of time may also mean that the server counts time in another unit. One
     * row without the bounds tells, unless a row has told before.
     */
    private Flux<Item<Position, T>> checkedUnit() {
      if (arrived > 0
          || instead != null
          || unitChecked
          || learned.timesFit()
          || !rung.filtersByTime()
          || !start.isStart()
          || start.range().equals(Range.ALL)) {
        return Flux.empty();
      }
      unitChecked = true;
      return listing
          .fetch(new PageAsk(rung, direction, null, Range.ALL, 0, null, 1, ask.missing()))
          .rows()
          .<Item<Position, T>>handle(
              (row, sink) -> {
                Long at = listing.at(row);
                if (at != null && !isOfOurUnit(at)) {
                  sink.error(strangeUnit(at));
                }
              })
          .onErrorResume(
              error -> listing.refusal(error, ask) == null ? Flux.error(error) : Flux.empty());
    }

    private boolean isStrange(long at) {
      if (isOfOurUnit(at)) {
        learned.seenTimesThatFit();
        return false;
      }
      return at > 0 && !start.range().equals(Range.ALL);
    }

    /** Half of now and twice now are decades away; another unit is off by a thousand. */
    private boolean isOfOurUnit(long at) {
      long now = listing.at(time.now());
      return at > now / 2 && at < now * 2;
    }

    private WalkException strangeUnit(long at) {
      return broken(
          "A row's " + listing.timeName() + " is " + at + ", and now is " + listing.at(time.now()),
          "The server counts time in another unit, or the clock here is wrong. Without a bound"
              + " of time, newest first and not in parallel, the list can be read.");
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
      print = 31 * print + id.hashCode();
      if (rung == Rung.TIME) {
        ending.add(id);
        if (ending.size() > SEAM) {
          ending.remove();
        }
      }
      if (gap || pastRange) {
        return;
      }
      WalkException disorder = disorder(id, at);
      if (disorder != null) {
        sink.error(disorder);
      } else if (arrived == 1 && at != null && isStrange(at)) {
        sink.error(strangeUnit(at));
      } else if (isOffTheSeam(id)) {
        gap = true;
      } else if (arrived == 1 && lostPlace(id, at)) {
        gap = true;
      } else if (at != null && isBeyond(at) && rung != Rung.LOOSE_OFFSET) {
        pastRange = true;
      } else if (isNew(id, at)) {
        if (at == null || !(isBefore(at) || isBeyond(at))) {
          sink.next(new Item<>(row, passed(id, at)));
        } else if (rung.keepsWindow()) {
          remember(id);
        }
      }
    }

    /** Whether the first row shows that rows before it are gone, so that others moved up. */
    private boolean lostPlace(String id, @Nullable Long at) {
      if (!rung.byOffset() || ask.skip() == 0 || ask.skip() >= start.skip()) {
        return false;
      }
      RowKey before = start.last();
      boolean wholeGroup = start.skip() - ask.skip() > Trail.size(start.trail());
      if (rung == Rung.LOOSE_OFFSET || !wholeGroup || at == null || before == null) {
        return isNew(id, at);
      }
      return direction.compare(at, before.at()) >= 0;
    }

    /**
     * Whether a step within rows of one time does not begin where the last one ended; or the rows
     * were believed to be all, and there are more.
     */
    private boolean isOffTheSeam(String id) {
      return rung == Rung.TIME
          && start.skip() > 0
          && (expected.isEmpty()
              || (arrived <= expected.size() && !expected.get((int) arrived - 1).equals(id)));
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
                "The server ignores 'filter', so its list has no end: check what stands between here and it.")
            .withoutPlace();
      }
      return null;
    }

    private WalkException unsorted(boolean byTime) {
      return broken(
              "The rows are not sorted by " + (byTime ? listing.timeName() : "id"),
              "The server ignores 'sort', so rows would be missed or repeated"
                  + (byTime ? "." : ": choose PagingMode.TIME, which does without."))
          .withoutPlace();
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
      if (arrived <= passedBefore) {
        return false;
      }
      if (rung.keepsWindow() || at == null || before == null) {
        RowKey reached = rung == Rung.CURSOR ? catchUpTo : null;
        boolean behind = reached != null && at != null && direction.compare(at, reached.at()) < 0;
        leftBehind |= behind;
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
      restarts = 0;
      RowKey before = last;
      if (rung == Rung.KEYSET) {
        trail = null;
      } else {
        boolean sameTime = at != null && before != null && before.at() == at;
        if (!rung.keepsWindow() && !sameTime) {
          trail = null;
          known.clear();
        }
        remember(id);
      }
      if (at != null && rung != Rung.LOOSE_OFFSET) {
        last = new RowKey(at, id);
      }
      return new Position(
          rung,
          last,
          trail,
          rung.byOffset() || rung == Rung.CURSOR ? ask.skip() + arrived : 0,
          0,
          start.token(),
          start.range());
    }

    private void remember(String id) {
      trail = Trail.add(trail, id);
      known.add(id);
    }

    @Override
    public @Nullable Position next() {
      if (instead != null) {
        return instead;
      }
      breaks = 0;
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
      if (gap || arrived < expected.size()) {
        return groupAnew();
      }
      if (arrived == expected.size()) {
        return empty();
      }
      RowKey now = last;
      RowKey before = start.last();
      boolean sameTime = now != null && before != null && now.at() == before.at();
      if (fresh == 0 && (rung == Rung.KEYSET || !sameTime)) {
        throw broken(
            "A page held no row " + (before == null ? "of the times asked for" : "after " + before),
            "The server does not heed the filter that asks for later rows.");
      }
      // Still in the group that shares a time: its rows that are known come again, unless they are
      // more than fit; then they are passed over.
      int group = Trail.size(trail);
      boolean full = fresh > 0 && arrived >= ask.limit();
      boolean fit = full && group <= MOST_AGAIN && group < learned.limit();
      groupRestarts = fresh > 0 ? 0 : groupRestarts;
      if (rung != Rung.TIME || !sameTime || fit) {
        stepping &= sameTime;
        return here(0);
      }
      stepping |= full;
      if (stepping && arrived == 1) {
        throw oneAtATime();
      }
      if (ending.size() == arrived) {
        ending.remove();
      }
      seam = List.copyOf(ending);
      return here(ask.skip() + arrived);
    }

    private WalkException oneAtATime() {
      return broken(
          "The server hands out one row at a time",
          "By " + mode() + " nothing would show whether rows are missed.");
    }

    /** The page does not go on where the last one ended: rows went, or have no fixed order. */
    private Position groupAnew() {
      stepping = true;
      if (++groupRestarts > MOST_GROUP_RESTARTS) {
        RowKey at = start.last();
        throw broken(
            "More rows than fit a page share the time "
                + (at == null ? "" : at.at())
                + ", and come in another order at each call",
            "Ask for larger pages, as many rows as share a time, or by KEYSET if the server allows it.");
      }
      return here(0);
    }

    private @Nullable Position byOffset() {
      if (arrived == 0 && ask.skip() == 0) {
        return empty();
      }
      if (gap || (arrived == 0 && (start.overlap() > 0 || !isEnd()))) {
        return stepBack();
      }
      if (arrived == 0) {
        return end();
      }
      if (largest == 1 && fresh == 1 && ask.skip() > 0 && ask.limit() > 1) {
        throw oneAtATime();
      }
      if (arrived > clamped) {
        clamped = Integer.MAX_VALUE;
      } else if (arrived < ask.limit() && ask.skip() + arrived < start.skip()) {
        clamped = (int) arrived;
      }
      boolean again = fresh == 0 && print == printOfLastPage && ask.skip() > skipOfLastPage;
      same = again ? same + 1 : 0;
      if (same > MOST_SAME_PAGES && arrived >= largest) {
        throw broken(
            "The page at offset " + ask.skip() + " is the same as the one before it",
            "The server does not heed 'offset', so the list can't be read beyond its first page.");
      }
      // Less than the server can hand out at once, and nothing new in it.
      if (fresh == 0 && arrived < Math.min(ask.limit(), largest)) {
        return end();
      }
      printOfLastPage = print;
      skipOfLastPage = ask.skip();
      empties = fresh > 0 ? 0 : empties;
      shortPage = arrived < ask.limit() ? (int) arrived : Integer.MAX_VALUE;
      reached = ask.skip() + arrived;
      return here(reached);
    }

    /** Whether an empty page is the end, and not a list that grew shorter. */
    private boolean isEnd() {
      if (shortPage < Integer.MAX_VALUE && ask.skip() == reached) {
        return true;
      }
      if (++empties <= MOST_EMPTY_PAGES) {
        return false;
      }
      Long total = fetch.end().total();
      if (total != null && total > start.skip()) {
        throw broken(
            "The page at offset " + ask.skip() + " is empty, though there are " + total + " rows",
            "The rest can't be reached; report it with this message.");
      }
      return true;
    }

    /** Asks again from rows further ahead, one of which should be known. */
    private Position stepBack() {
      int overlap = (int) (start.skip() - ask.skip());
      int window = Trail.size(start.trail());
      int rows = Math.max(Math.max(STEP_BACK, ask.limit() / 10), 2 * overlap);
      if (rung == Rung.LOOSE_OFFSET) {
        if (overlap >= window) {
          throw broken(
              "None of the last " + window + " rows is where it was",
              "So many rows came or went that the place is lost: start anew.");
        }
        rows = Math.min(rows, window);
      }
      return start.overlapping(rows);
    }

    private @Nullable Position byToken(PageFetch.End end) {
      if (end.cursorless()) {
        if (start.token() != null) {
          throw broken(
              "A page asked for by a cursor came without one",
              "The server changed its contract meanwhile: start anew.");
        }
        if (disordered && leftBehind) {
          timesCount = false;
          catchUpTo = null;
          return start;
        }
        learned.lacks(Refusal.CURSORS);
        if (!possible(learned.missing()).contains(Rung.LOOSE_OFFSET)) {
          throw broken(
              "The server has no cursors",
              "Choose another PagingMode, or none: the way is found out.");
        }
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
      barren = 0;
      return here(0);
    }

    /** Before the first row a refusal may say how to ask instead. */
    private Flux<Item<Position, T>> refused(Throwable error) {
      if (arrived > 0 && fresh == 0) {
        // It broke off in rows that were known: nothing to go on after, so the page is asked again.
        return askAgainAfter(error).thenMany(Flux.defer(() -> askInstead(start)));
      }
      Refusal refusal = arrived > 0 ? null : listing.refusal(error, ask);
      if (refusal != null) {
        metrics.refused(listing.name());
      }
      if (refusal instanceof Refusal.Limit limit
          && limit.most() > 0
          && limit.most() < ask.limit()) {
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
          return Flux.error(impossible(learned.missing(), error));
        }
        if (!start.isStart() && !possible(learned.missing()).contains(rung)) {
          return Flux.error(unusable(rung, "the server lacks " + without.feature(), error));
        }
        log.info(
            "{}: the server lacks {}, so the list is read by {}",
            listing.name(),
            without.feature(),
            best(learned.missing()).mode());
        return askInstead(start.isStart() ? Position.start(start.range()) : start);
      }
      if (refusal instanceof Refusal.TokenGone
          && start.token() != null
          && (last != null || trail == null)) {
        if (++restarts > MOST_RESTARTS) {
          return Flux.error(
              new WalkException(
                  "The server knows none of the cursors that it hands out.",
                  "Report it with this message.",
                  error));
        }
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
      instead = position;
      return Flux.empty();
    }

    private WalkException broken(String what, String advice) {
      return new WalkException(
          what + " (" + listing.name() + ", read by " + rung.mode() + ").", advice, null);
    }
  }
}
