package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;

/** By the time and id of the last row: nothing has to be remembered beside it. */
final class ByKeyset implements Way {

  private final Course course;
  private final Faults faults;

  ByKeyset(Course course, Faults faults) {
    this.course = course;
    this.faults = faults;
  }

  @Override
  public Opening begin(Position start, int most) {
    return new Opening(start.skip(), 0);
  }

  @Override
  public boolean isNew(Headway page, String id, @Nullable Long at) {
    RowKey before = page.last();
    return (at == null || before == null)
        ? !page.knows(id)
        : page.ask().direction().compare(at, before.at()) >= 0;
  }

  @Override
  public Position passed(Headway page, String id, @Nullable Long at) {
    page.forget();
    page.reach(id, at);
    return page.here(0);
  }

  @Override
  public @Nullable Position next(Headway page) {
    if (page.arrived() == 0) {
      return course.empty(page);
    }
    if (page.fresh() == 0) {
      throw faults.nothingLater(page.start().last());
    }
    return page.here(0);
  }
}
