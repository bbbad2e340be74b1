package io.blinkreactor.internal.stream;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One reading of a list from a position on: hands out pages, one after the other, each on the best
 * rung that the server allows; asks again for those that break off; and looks again after a pause
 * where the list is followed.
 */
final class Walk<T> implements PageSource<Position, T> {

  /** Pages whose ids are kept where rows are known by their ids alone. */
  private static final int WINDOW_PAGES = 4;

  private final Listing<T> listing;
  private final Direction direction;
  private final int pageSize;
  private final @Nullable Follow follow;
  private final Learned learned;
  private final StreamMetrics metrics;
  private final TimeSource time;
  private final Ladder<T> ladder;
  private final UnitCheck<T> units;

  /** What follows is touched by one page at a time. */
  private final Course course;

  private final Map<Rung, Way> ways = new EnumMap<>(Rung.class);

  /** Times that pages broke off since the last new row, or the last whole page; and since when. */
  private int breaks;

  private long stuckSince;

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
    this.follow = follow;
    this.learned = learned;
    this.metrics = metrics;
    this.time = time;
    this.ladder = new Ladder<>(listing, learned, options.forced(), follow != null);
    this.units = new UnitCheck<>(listing, learned, time);
    this.course = new Course(follow != null);
  }

  @Override
  public PageCall<Position, T> page(Position at) {
    return follow != null && course.isWaiting() ? new Later(at, follow.pause()) : fetching(at);
  }

  /** The page at a position, to be asked for at once. */
  Fetching<T> fetching(Position at) {
    Set<String> missing = learned.missing();
    Rung rung = ladder.rung(at, missing);
    int most = learned.limit();
    Position start = windowed(inRange(at.on(rung)), rung, most);
    Faults faults = new Faults(listing.name(), listing.timeName(), rung.mode());
    Way way = ways.computeIfAbsent(rung, unused -> way(rung, faults));
    Way.Opening opening = way.begin(start, most);
    PageAsk ask =
        new PageAsk(
            rung,
            direction,
            start.last(),
            start.range(),
            opening.skip(),
            start.token(),
            Math.min(most, rowsFor(opening.again())),
            missing);
    return new Fetching<>(this, start, ask, way, faults);
  }

  private Position inRange(Position at) {
    return follow == null ? at : at.within(new Range(at.range().from(), follow.bound().get()));
  }

  private Position windowed(Position at, Rung rung, int most) {
    int window = Math.max(WINDOW_PAGES * Math.min(pageSize, most), Checkpoints.MOST_IDS);
    return rung.keepsWindow() ? at.knowing(Trail.newest(at.trail(), window)) : at;
  }

  /** A page, and the known rows beside it where they would fill most of it. */
  private int rowsFor(int again) {
    return 2 * again < pageSize ? pageSize : pageSize + again;
  }

  private Way way(Rung rung, Faults faults) {
    return switch (rung) {
      case CURSOR -> new ByCursor(ladder, course, faults);
      case KEYSET -> new ByKeyset(course, faults);
      case TIME -> new ByTime(learned, course, faults);
      case OFFSET -> new ByOffset(false, course, faults);
      case LOOSE_OFFSET -> new ByOffset(true, course, faults);
    };
  }

  Listing<T> listing() {
    return listing;
  }

  Ladder<T> ladder() {
    return ladder;
  }

  UnitCheck<T> units() {
    return units;
  }

  Course course() {
    return course;
  }

  /** A page was refused in words that are known. */
  void refused() {
    metrics.refused(listing.name());
  }

  /** A page has arrived as a whole. */
  void arrived(Headway page, Faults faults) {
    breaks = 0;
    metrics.page(
        listing.name(), page.ask().rung(), page.arrived() - page.fresh(), page.end().total());
    course.arrived(page, faults);
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

  /** A page that is asked for after a pause, up to the time that is complete by then. */
  private final class Later implements PageCall<Position, T> {

    private final Position at;
    private final Duration pause;
    private @Nullable Fetching<T> fetching;

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
                    course.waited();
                    Fetching<T> now = fetching(at);
                    fetching = now;
                    return now.items();
                  }));
    }

    @Override
    public @Nullable Position next() {
      return requireNonNull(fetching).next();
    }
  }
}
