package io.blinkreactor.testkit;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** The documented sort orders. An execution has no name but its id, so that is taken for it. */
enum BlaxelOrder {
  NEWEST("createdAt:desc", oldest().reversed()),
  OLDEST("createdAt:asc", oldest()),
  NAME("name:asc", byName()),
  NAME_REVERSED("name:desc", byName().reversed());

  final String text;

  // It only holds functions without state.
  @SuppressWarnings("ImmutableEnumChecker")
  final Comparator<BlaxelCursor.Key> comparator;

  BlaxelOrder(String text, Comparator<BlaxelCursor.Key> comparator) {
    this.text = text;
    this.comparator = comparator;
  }

  static @Nullable BlaxelOrder of(String text) {
    for (BlaxelOrder order : values()) {
      if (order.text.equals(text)) {
        return order;
      }
    }
    return null;
  }

  private static Comparator<BlaxelCursor.Key> oldest() {
    return Comparator.comparing(BlaxelCursor.Key::createdAt)
        .thenComparingLong(BlaxelCursor.Key::sequence);
  }

  private static Comparator<BlaxelCursor.Key> byName() {
    return Comparator.comparing(BlaxelCursor.Key::id).thenComparingLong(BlaxelCursor.Key::sequence);
  }
}
