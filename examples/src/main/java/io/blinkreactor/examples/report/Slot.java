package io.blinkreactor.examples.report;

import java.util.Locale;

/** A colour of the chart; the style sheet says which. */
enum Slot {
  COMPLETED,
  FAILED,
  TIMEOUT,
  CANCELLED,
  SKIPPED,
  PAUSED,
  FIRST_UNKNOWN,
  SECOND_UNKNOWN,
  OTHERS;

  /** The class in the style sheet. */
  String style() {
    return "s-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
