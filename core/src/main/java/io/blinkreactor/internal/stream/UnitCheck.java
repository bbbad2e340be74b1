package io.blinkreactor.internal.stream;

import io.blinkreactor.TimeSource;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Whether the server counts time in the unit that we believe in, looked into once a reading. */
final class UnitCheck<T> {

  private final Listing<T> listing;
  private final Learned learned;
  private final TimeSource time;

  /** Whether it was looked into why there is no row. */
  private boolean lookedInto;

  UnitCheck(Listing<T> listing, Learned learned, TimeSource time) {
    this.listing = listing;
    this.learned = learned;
    this.time = time;
  }

  /** {@return what is wrong with the time of a page's first row; null: nothing} */
  @Nullable WalkException strange(long at, Range range, Faults faults) {
    if (isOfOurUnit(at)) {
      learned.seenTimesThatFit();
      return null;
    }
    return at > 0 && !range.equals(Range.ALL) ? strangeUnit(at, faults) : null;
  }

  /**
   * No row within bounds of time may also mean that the server counts time in another unit. One row
   * without the bounds tells, unless a row has told before.
   *
   * @param page that held no row
   * @return empty, or the error
   */
  <E> Flux<E> whyNoRow(Headway page, Faults faults) {
    PageAsk ask = page.ask();
    if (lookedInto
        || learned.timesFit()
        || !ask.rung().filtersByTime()
        || !page.start().isStart()
        || ask.range().equals(Range.ALL)) {
      return Flux.empty();
    }
    lookedInto = true;
    PageAsk unbounded =
        new PageAsk(ask.rung(), ask.direction(), null, Range.ALL, 0, null, 1, ask.missing());
    return listing
        .fetch(unbounded)
        .rows()
        .<E>handle(
            (row, sink) -> {
              Long at = listing.at(row);
              if (at != null && !isOfOurUnit(at)) {
                sink.error(strangeUnit(at, faults));
              }
            })
        .onErrorResume(
            error -> listing.refusal(error, ask) == null ? Flux.error(error) : Flux.empty());
  }

  /** Half of now and twice now are decades away; another unit is off by a thousand. */
  private boolean isOfOurUnit(long at) {
    long now = listing.at(time.now());
    return at > now / 2 && at < now * 2;
  }

  private WalkException strangeUnit(long at, Faults faults) {
    return faults.broken(
        "A row's " + listing.timeName() + " is " + at + ", and now is " + listing.at(time.now()),
        "The server counts time in another unit, or the clock here is wrong. Without a bound"
            + " of time, newest first and not in parallel, the list can be read.");
  }
}
