package io.blinkreactor.testkit;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One execution in the emulator's own terms, immutable: times in milliseconds, {@code state_ui} as
 * the one state. {@link View} says how it looks on the wire. Histories are long, so this is an enum
 * map, which is hardly more than an array.
 */
final class Row {
  private final EnumMap<Field, Object> members;

  private Row(EnumMap<Field, Object> members) {
    this.members = members;
  }

  static Row of(Map<Field, ?> members) {
    return new Row(new EnumMap<>(Field.class)).with(members);
  }

  /** A copy with changes; a null takes a member out. */
  Row with(Map<Field, ?> changes) {
    EnumMap<Field, Object> copy = members.clone();
    for (Map.Entry<Field, ?> change : changes.entrySet()) {
      Object value = change.getValue();
      if (value == null) {
        copy.remove(change.getKey());
      } else {
        copy.put(change.getKey(), value);
      }
    }
    return new Row(copy);
  }

  @Nullable Object get(Field field) {
    return members.get(field);
  }

  String text(Field field) {
    return get(field) instanceof String text ? text : "";
  }
}
