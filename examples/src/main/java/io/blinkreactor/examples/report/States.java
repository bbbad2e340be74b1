package io.blinkreactor.examples.report;

import io.blinkreactor.blinkops.ExecutionState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts by state. The vendor's set of states is open, so there is room for many, and the chart
 * shows as many as one can tell apart by colour.
 */
final class States {

  /** How many bands the chart has, beside one for the others. */
  static final int BANDS = 8;

  private static final int LIMIT = 64;

  private static final Map<ExecutionState, Slot> KNOWN = known();

  /** Which colours the unknown states get, as far as they are free. */
  private static final List<Slot> FREE =
      List.of(
          Slot.FIRST_UNKNOWN,
          Slot.SECOND_UNKNOWN,
          Slot.PAUSED,
          Slot.SKIPPED,
          Slot.CANCELLED,
          Slot.TIMEOUT,
          Slot.FAILED,
          Slot.COMPLETED);

  /** The bands of the chart, and where each state's runs belong. */
  record Bands(List<Model.State> states, List<Integer> bandOf, List<String> grouped) {}

  private final Map<ExecutionState, Integer> indexes = new LinkedHashMap<>();
  private final List<Long> counts = new ArrayList<>();

  States() {
    KNOWN.keySet().forEach(this::index);
  }

  private static Map<ExecutionState, Slot> known() {
    Map<ExecutionState, Slot> known = new LinkedHashMap<>();
    known.put(ExecutionState.COMPLETED, Slot.COMPLETED);
    known.put(ExecutionState.FAILED, Slot.FAILED);
    known.put(ExecutionState.TIMEOUT, Slot.TIMEOUT);
    known.put(ExecutionState.CANCELLED, Slot.CANCELLED);
    known.put(ExecutionState.SKIPPED, Slot.SKIPPED);
    known.put(ExecutionState.PAUSED, Slot.PAUSED);
    return known;
  }

  /** Counts a run; answers the index of its state. */
  int add(ExecutionState state) {
    int index = index(ExecutionState.of(Names.cut(state.name(), 80)));
    counts.set(index, counts.get(index) + 1);
    return index;
  }

  private int index(ExecutionState state) {
    Integer known = indexes.get(state);
    if (known != null) {
      return known;
    }
    int index = Math.min(indexes.size(), LIMIT);
    if (index < LIMIT) {
      indexes.put(state, index);
    }
    if (counts.size() <= index) {
      counts.add(0L);
    }
    return index;
  }

  Bands bands() {
    List<Model.State> bands = new ArrayList<>();
    List<Integer> bandOf = new ArrayList<>(Collections.nCopies(counts.size(), 0));
    EnumSet<Slot> taken = EnumSet.noneOf(Slot.class);
    List<Map.Entry<ExecutionState, Integer>> unknown = new ArrayList<>();
    for (Map.Entry<ExecutionState, Integer> each : indexes.entrySet()) {
      Slot slot = KNOWN.get(each.getKey());
      if (slot == null) {
        unknown.add(each);
      } else if (counts.get(each.getValue()) > 0) {
        bandOf.set(each.getValue(), bands.size());
        taken.add(slot);
        bands.add(new Model.State(each.getKey().name(), true, slot, counts.get(each.getValue())));
      }
    }
    unknown.sort(Comparator.comparing(each -> -counts.get(each.getValue())));
    List<String> grouped = new ArrayList<>();
    long rest = counts.size() > LIMIT ? counts.get(LIMIT) : 0;
    List<Integer> restIndexes = new ArrayList<>();
    for (Map.Entry<ExecutionState, Integer> each : unknown) {
      long runs = counts.get(each.getValue());
      if (bands.size() < BANDS) {
        Slot slot = FREE.stream().filter(free -> !taken.contains(free)).findFirst().orElseThrow();
        taken.add(slot);
        bandOf.set(each.getValue(), bands.size());
        bands.add(new Model.State(each.getKey().name(), false, slot, runs));
      } else {
        grouped.add(each.getKey().name());
        restIndexes.add(each.getValue());
        rest += runs;
      }
    }
    if (rest > 0) {
      restIndexes.forEach(index -> bandOf.set(index, bands.size()));
      if (bandOf.size() > LIMIT) {
        bandOf.set(LIMIT, bands.size());
      }
      bands.add(new Model.State("Other states", false, Slot.OTHERS, rest));
    }
    return new Bands(bands, bandOf, grouped);
  }
}
