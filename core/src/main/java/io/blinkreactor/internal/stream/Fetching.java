package io.blinkreactor.internal.stream;

import io.blinkreactor.stream.PagingMode;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;

/**
 * One page on its way: checks its rows, lets each through once, and tells where the next begins.
 */
final class Fetching<T> implements PageCall<Position, T> {

  private final Walk<T> walk;
  private final Listing<T> listing;
  private final Rung rung;
  private final Way way;
  private final Faults faults;
  private final PageFetch<T> fetch;
  private final Headway page;
  private final RowCheck check;
  private boolean pastRange;

  /** Where to go on in place of the page after this one. */
  private @Nullable Position instead;

  Fetching(Walk<T> walk, Position start, PageAsk ask, Way way, Faults faults) {
    this.walk = walk;
    this.listing = walk.listing();
    this.rung = ask.rung();
    this.way = way;
    this.faults = faults;
    this.fetch = listing.fetch(ask);
    this.page = new Headway(start, ask, fetch);
    this.check = new RowCheck(page, walk.units(), faults);
  }

  PagingMode mode() {
    return rung.mode();
  }

  /** Whether a row has arrived. */
  boolean hasBegun() {
    return page.arrived() > 0;
  }

  @Nullable Long total() {
    return page.end().total();
  }

  @Override
  public Flux<Item<Position, T>> items() {
    return fetch
        .rows()
        .<Item<Position, T>>handle(this::take)
        .onErrorResume(this::refused)
        .concatWith(
            Flux.defer(
                () ->
                    hasBegun() || instead != null
                        ? Flux.empty()
                        : walk.units().whyNoRow(page, faults)));
  }

  private void take(T row, SynchronousSink<Item<Position, T>> sink) {
    page.rowArrived();
    String id = listing.id(row);
    Long at = listing.at(row);
    if (id == null || (at == null && !rung.keepsWindow())) {
      sink.error(check.lacking(id));
      return;
    }
    way.arrived(id);
    if (page.isAdrift() || (pastRange && !mayBeUnsorted())) {
      return;
    }
    WalkException wrong = check.wrong(id, at);
    if (wrong != null) {
      sink.error(wrong);
    } else if (way.isAdrift(page, id, at)) {
      page.comeAdrift();
    } else if (isPastRange(at) && !mayBeUnsorted()) {
      pastRange = true;
    } else if (way.isNew(page, id, at)) {
      if (at == null || !(page.isBefore(at) || page.isBeyond(at))) {
        page.rowWentOut();
        sink.next(new Item<>(row, way.passed(page, id, at)));
      } else if (!rung.filtersByTime()) {
        // It is by rows outside of the range, too, that the way finds its place.
        var unused = way.passed(page, id, at);
        page.rowPassedBy();
        pastRange |= isPastRange(at);
      }
    }
  }

  private boolean isPastRange(@Nullable Long at) {
    return at != null && page.isBeyond(at) && rung.goesByTime();
  }

  /** Only the end of a page asked for by a cursor shows whether the server knows cursors at all. */
  private boolean mayBeUnsorted() {
    return rung == Rung.CURSOR;
  }

  @Override
  public @Nullable Position next() {
    if (instead != null) {
      return instead;
    }
    walk.arrived(page, faults);
    boolean ended = pastRange && !page.end().cursorless() && !page.isDisordered();
    return ended ? walk.course().end(page) : way.next(page);
  }

  /** Before the first row a refusal may say how to ask instead. */
  private Flux<Item<Position, T>> refused(Throwable error) {
    if (hasBegun() && !page.hasHandedOut()) {
      // It broke off in rows that were known: nothing to go on after, so the page is asked again.
      return walk.askAgainAfter(error).thenMany(Flux.defer(() -> askInstead(page.start())));
    }
    Refusal refusal = hasBegun() ? null : listing.refusal(error, page.ask());
    if (refusal == null) {
      return Flux.error(error);
    }
    walk.refused();
    return walk.ladder().instead(refusal, page, way, error).flatMapMany(this::askInstead);
  }

  private Flux<Item<Position, T>> askInstead(Position position) {
    instead = position;
    return Flux.empty();
  }
}
