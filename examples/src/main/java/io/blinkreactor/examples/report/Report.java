package io.blinkreactor.examples.report;

import io.blinkreactor.blinkops.Execution;
import java.time.Clock;
import java.util.Iterator;

/**
 * A page about runs: one HTML document that needs nothing else and no script. Each run is looked at
 * once and not kept, so that memory does not grow with their number.
 */
public final class Report {

  private final Model model;

  private Report(Model model) {
    this.model = model;
  }

  /**
   * Counts runs.
   *
   * @param runs each run once, in any order
   * @param complete whether there are no others; if not, the page says so
   * @param clock says when the report was made
   * @return the report
   */
  public static Report of(Iterator<Execution> runs, boolean complete, Clock clock) {
    Aggregate aggregate = new Aggregate();
    runs.forEachRemaining(aggregate::add);
    return new Report(aggregate.model(clock.instant(), complete));
  }

  /** {@return how many runs it is about} */
  public long runs() {
    return model.runs();
  }

  /** {@return the page, an HTML document to be written as UTF-8} */
  public String html() {
    return Page.of(model);
  }

  Model model() {
    return model;
  }
}
