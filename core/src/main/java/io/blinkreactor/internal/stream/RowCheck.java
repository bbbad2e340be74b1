package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;

/**
 * Whether the rows of one page are what was asked for: each with its id and time, in order, and
 * none before the place that the page was to begin after.
 */
final class RowCheck {

  private final Headway page;
  private final Rung rung;
  private final Direction direction;
  private final UnitCheck<?> units;
  private final Faults faults;
  private @Nullable RowKey previous;

  RowCheck(Headway page, UnitCheck<?> units, Faults faults) {
    this.page = page;
    this.rung = page.ask().rung();
    this.direction = page.ask().direction();
    this.units = units;
    this.faults = faults;
  }

  /** A row lacks its id, or else its time, where rows are known by it. */
  WalkException lacking(@Nullable String id) {
    return faults.broken(
        "A row has no " + (id == null ? "id" : faults.timeName()),
        "It can't be told apart from others: if you chose the members to be sent, add it.");
  }

  /** {@return what is wrong with a row that has arrived after those before; null: nothing} */
  @Nullable WalkException wrong(String id, @Nullable Long at) {
    WalkException disorder = disorder(id, at);
    return disorder == null && at != null && page.arrived() == 1
        ? units.strange(at, page.start().range(), faults)
        : disorder;
  }

  /** The server did not sort, or did not filter. */
  private @Nullable WalkException disorder(String id, @Nullable Long at) {
    if (!rung.goesByTime() || at == null) {
      return null;
    }
    RowKey before = previous;
    previous = new RowKey(at, id);
    if (before != null && order(at, id, before) < 0) {
      if (rung == Rung.CURSOR) {
        // Whether an order was asked for is known once the answer turns out to have cursors.
        page.comeIntoDisorder();
        return null;
      }
      return faults.unsorted(direction.compare(at, before.at()) < 0);
    }
    RowKey end = page.start().last();
    if (before == null && end != null && rung.filtersByTime() && order(at, id, end) < 0) {
      return faults
          .broken(
              "The page after " + end.at() + " begins before it",
              "The server ignores 'filter', so its list has no end: check what stands between here and it.")
          .withoutPlace();
    }
    return null;
  }

  /** Ids count only where the server was asked to sort by them. */
  private int order(long at, String id, RowKey before) {
    int byTime = direction.compare(at, before.at());
    return byTime != 0 || rung != Rung.KEYSET
        ? byTime
        : direction.compare(id, before.id()) == 0 ? -1 : direction.compare(id, before.id());
  }
}
