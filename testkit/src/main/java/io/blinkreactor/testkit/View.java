package io.blinkreactor.testkit;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How rows look on the wire under the present switches. Filters and sorts see the same values. */
final class View {
  private static final List<String> NUMBERS =
      List.of(
          "Pending", "Running", "Paused", "Completed", "Failed", "Cancelled", "Timeout", "Skipped");

  private final String timeUnit;
  private final String rawState;
  private final String unsetFinishedAt;
  private final boolean stepResultsByState;
  private final boolean unknownMembers;

  View(Settings settings) {
    timeUnit = settings.text(Switch.TIME_UNIT);
    rawState = settings.text(Switch.STATE_RAW);
    unsetFinishedAt = settings.text(Switch.UNSET_FINISHED_AT);
    stepResultsByState = settings.is(Switch.STEP_RESULTS_KEYS, "states");
    unknownMembers = settings.on(Switch.UNKNOWN_MEMBERS);
  }

  Map<String, @Nullable Object> item(Row row, @Nullable Collection<Field> select) {
    Map<String, @Nullable Object> members = members(row, select == null ? Field.OF_A_LIST : select);
    return select == null ? withUnknown(members) : members;
  }

  Map<String, @Nullable Object> detail(Row row) {
    return withUnknown(members(row, List.of(Field.values())));
  }

  Function<Field, @Nullable Object> of(Row row) {
    return field -> value(row, field);
  }

  @Nullable Object value(Row row, Field field) {
    Object value = row.get(field);
    return switch (field) {
      case STATE -> value != null ? value : raw(row.text(Field.STATE_UI));
      case STATE_UI -> rawState.equals("absent-ui") ? null : value;
      case FINISHED_AT ->
          value == null && unsetFinishedAt.equals("zero") ? (Object) 0L : time(value);
      case STEP_RESULTS ->
          stepResultsByState && value instanceof Map<?, ?> steps ? byState(steps) : value;
      default -> field.type == Field.Type.TIME ? time(value) : value;
    };
  }

  Map<String, @Nullable Object> withUnknown(Map<String, @Nullable Object> members) {
    return unknownMembers ? UnknownMembers.addTo(members) : members;
  }

  private Map<String, @Nullable Object> members(Row row, Collection<Field> fields) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    for (Field field : fields) {
      Object value = value(row, field);
      if (value != null || (field == Field.FINISHED_AT && unsetFinishedAt.equals("null"))) {
        members.put(field.key, value);
      }
    }
    return members;
  }

  private static Map<String, Integer> byState(Map<?, ?> steps) {
    Map<String, Integer> states = new LinkedHashMap<>();
    steps.values().forEach(code -> states.merge(code.equals(0) ? "OK" : "Failed", 1, Integer::sum));
    return states;
  }

  private String raw(String state) {
    return switch (rawState) {
      case "lower" -> state.toLowerCase(Locale.ROOT);
      case "upper" -> state.toUpperCase(Locale.ROOT);
      case "numeric" -> String.valueOf(Math.max(NUMBERS.indexOf(state), 0));
      default -> state;
    };
  }

  private @Nullable Object time(@Nullable Object millis) {
    if (!(millis instanceof Long at)) {
      return millis;
    }
    return switch (timeUnit) {
      case "seconds" -> (Object) (at / 1000);
      case "micros" -> at * 1000;
      default -> at;
    };
  }
}
