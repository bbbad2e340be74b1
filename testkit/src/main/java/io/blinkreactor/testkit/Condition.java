package io.blinkreactor.testkit;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A filter over one row's values. As in SQL a missing value meets no predicate, not even "not
 * equal".
 */
interface Condition {
  boolean test(Function<Field, @Nullable Object> row);

  static Condition all(List<Condition> terms) {
    // Plain loops: this runs for each row of a long history.
    Condition[] each = terms.toArray(Condition[]::new);
    return row -> {
      for (Condition term : each) {
        if (!term.test(row)) {
          return false;
        }
      }
      return true;
    };
  }

  static Condition any(List<Condition> terms) {
    Condition[] each = terms.toArray(Condition[]::new);
    return row -> {
      for (Condition term : each) {
        if (term.test(row)) {
          return true;
        }
      }
      return false;
    };
  }

  static Condition on(Field field, Predicate<Object> predicate) {
    return row -> {
      Object value = row.apply(field);
      return value != null && predicate.test(value);
    };
  }
}
