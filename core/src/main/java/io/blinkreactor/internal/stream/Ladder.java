package io.blinkreactor.internal.stream;

import io.blinkreactor.stream.PagingMode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Which rung a page is asked for on, and what to do about a refusal: ask for smaller pages, go one
 * rung down, or begin anew without the cursor.
 */
final class Ladder<T> {

  /** What it tells is about the walk. */
  private static final Logger log = LoggerFactory.getLogger(Walk.class);

  private final Listing<T> listing;
  private final Learned learned;
  private final @Nullable PagingMode forced;
  private final boolean followed;

  /**
   * The rungs of one reading.
   *
   * @param forced the only way to page; null: the best the server allows
   * @param followed whether the list is followed
   */
  Ladder(Listing<T> listing, Learned learned, @Nullable PagingMode forced, boolean followed) {
    this.listing = listing;
    this.learned = learned;
    this.forced = forced;
    this.followed = followed;
  }

  /** The rung that a position stands on, or the best one if none is chosen yet. */
  Rung rung(Position at, Set<String> missing) {
    Rung rung = at.rung() == null ? best(missing) : at.rung();
    if (!allowed(rung)) {
      throw unusable(rung, followed ? "so it can't be followed" : forced + " was chosen", null);
    }
    return rung;
  }

  /** The server turned out to have no cursors: whether the list can be read on by offset. */
  boolean goesOnWithoutCursors() {
    learned.lacks(Refusal.CURSORS);
    if (!possible(learned.missing()).contains(Rung.LOOSE_OFFSET)) {
      return false;
    }
    log.info("{}: the server has no cursors, so the list is read by OFFSET", listing.name());
    return true;
  }

  /**
   * {@return where to ask instead; or the refusal itself, or what follows from it, as an error}
   *
   * @param refusal what the server said about the page
   * @param error how it said that
   */
  Mono<Position> instead(Refusal refusal, Headway page, Way way, Throwable error) {
    Position start = page.start();
    if (refusal instanceof Refusal.Limit limit
        && limit.most() > 0
        && limit.most() < page.ask().limit()) {
      return shrunk(limit.most(), start);
    }
    if (refusal instanceof Refusal.Without without
        && !page.ask().missing().contains(without.feature())) {
      return down(without.feature(), page.ask().rung(), start, error);
    }
    if (refusal instanceof Refusal.TokenGone
        && way instanceof ByCursor cursor
        && start.token() != null
        && (page.last() != null || page.trail() == null)) {
      return anew(page, cursor, error);
    }
    return Mono.error(error);
  }

  private Mono<Position> shrunk(int most, Position start) {
    learned.limit(most);
    log.info(
        "{}: the server hands out {} rows at most, so pages are that small", listing.name(), most);
    return Mono.just(start);
  }

  private Mono<Position> down(String feature, Rung rung, Position start, Throwable error) {
    learned.lacks(feature);
    if (possible(learned.missing()).isEmpty()) {
      return Mono.error(impossible(learned.missing(), error));
    }
    if (!start.isStart() && !possible(learned.missing()).contains(rung)) {
      return Mono.error(unusable(rung, "the server lacks " + feature, error));
    }
    log.info(
        "{}: the server lacks {}, so the list is read by {}",
        listing.name(),
        feature,
        best(learned.missing()).mode());
    return Mono.just(start.isStart() ? Position.start(start.range()) : start);
  }

  private Mono<Position> anew(Headway page, ByCursor cursor, Throwable error) {
    if (!cursor.mayStartAnew()) {
      return Mono.error(
          new WalkException(
              "The server knows none of the cursors that it hands out.",
              "Report it with this message.",
              error));
    }
    log.info("{}: the cursor is gone, so the list is read from its start again", listing.name());
    return Mono.just(cursor.startAnew(page));
  }

  private List<Rung> possible(Set<String> missing) {
    return listing.rungs(missing).stream().filter(this::allowed).toList();
  }

  private boolean allowed(Rung rung) {
    return (forced == null || rung.mode() == forced) && (!followed || rung.filtersByTime());
  }

  private Rung best(Set<String> missing) {
    List<Rung> rungs = possible(missing);
    if (rungs.isEmpty()) {
      throw impossible(missing, null);
    }
    return rungs.get(0);
  }

  private static WalkException unusable(Rung rung, String why, @Nullable Throwable cause) {
    return new WalkException(
            "The checkpoint can't be used: it goes on by " + rung.mode() + ", and " + why + ".",
            "Start without it.",
            cause)
        .withoutPlace();
  }

  private WalkException impossible(Set<String> missing, @Nullable Throwable cause) {
    return new WalkException(
        "The server lacks what it takes to read "
            + listing.name()
            + (forced == null ? "" : " by " + forced)
            + (missing.isEmpty() ? "" : ": " + String.join(", ", missing))
            + ".",
        followed
            ? "It can't be followed; read it anew from time to time."
            : "Choose another PagingMode, or an order of your own with PagingMode.OFFSET.",
        cause);
  }
}
