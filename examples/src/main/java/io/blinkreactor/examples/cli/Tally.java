package io.blinkreactor.examples.cli;

import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.RecordedCallback;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Counts of what the emulator recorded. */
final class Tally {

  private Tally() {}

  static <T> Map<String, Long> of(List<T> list, Function<T, String> by) {
    return list.stream().collect(Collectors.groupingBy(by, TreeMap::new, Collectors.counting()));
  }

  static long forgedAccepted(BlinkOpsEmulator emulator) {
    return emulator.callbacks().stream()
        .filter(c -> c.kind() == RecordedCallback.Kind.FORGED && c.status() / 100 == 2)
        .count();
  }
}
