package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SwitchTest {
  static Stream<EmulatorSwitch> all() {
    return Stream.concat(Arrays.stream(Switch.values()), Arrays.stream(BlaxelSwitch.values()));
  }

  @Test
  void keysAreUniqueAndDotted() {
    for (EmulatorSwitch[] vendor :
        List.<EmulatorSwitch[]>of(Switch.values(), BlaxelSwitch.values())) {
      assertThat(Arrays.stream(vendor).map(EmulatorSwitch::key))
          .doesNotHaveDuplicates()
          .allMatch(key -> key.matches("[a-z0-9-]+(\\.[a-z0-9-]+)+"));
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void everySwitchTakesItsDefaultAndTellsWhatItTakes(EmulatorSwitch each) {
    each.check(each.defaultValue());
    assertThat(each.description()).endsWith(".").hasSizeGreaterThan(20);
    assertThat(
            each instanceof Switch
                ? (EmulatorSwitch) Switch.of(each.key())
                : BlaxelSwitch.of(each.key()))
        .isSameAs(each);
    assertThat(each.takes()).isNotBlank();
  }

  @ParameterizedTest
  @MethodSource("all")
  void everySwitchRefusesNonsenseInASentence(EmulatorSwitch each) {
    assertThatThrownBy(() -> each.check("!? nonsense"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(each.key())
        .hasMessageContaining("!? nonsense")
        .hasMessageEndingWith(".");
  }

  @ParameterizedTest
  @EnumSource
  void everyFaultHasASwitchOfSomeVendor(Fault.Kind kind) {
    assertThat(kind == Fault.Kind.NONE || all().anyMatch(each -> each.key().equals(kind.key)))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "callback.lost; 1.5",
        "callback.lost; NaN",
        "callback.lost; -0.1",
        "run.duration; 300ms..50ms",
        "run.duration; 50ms..",
        "state.lag; -PT1S",
        "state.lag; 12",
        "run.outcomes; Completed=0",
        "run.outcomes; Completed=-1,Failed=2",
        "run.outcomes; Completed",
        "list.max-limit; 0",
        "list.fields.sortable; inputs",
        "fault.operations; list",
        "fault.retry-after; seconds:-1",
        "fault.retry-after; seconds",
        "limit.running; 0"
      })
  void refusesWhatOnlyLooksRight(String key, String value) {
    assertThatThrownBy(() -> Switch.of(key).check(value)).hasMessageContaining(key);
  }

  @Test
  void readsEachForm() {
    Settings settings = new Settings(Switch.values());
    settings.set(Switch.STATE_LAG, "PT0.5S");
    assertThat(settings.duration(Switch.STATE_LAG)).isEqualTo(Duration.ofMillis(500));
    settings.set(Switch.STATE_LAG, "2s");
    assertThat(settings.duration(Switch.STATE_LAG)).isEqualTo(Duration.ofSeconds(2));
    settings.set(Switch.RUN_DURATION, "manual");
    assertThat(settings.runDuration().manual()).isTrue();
    settings.set(Switch.RUN_DURATION, "1s..1m");
    assertThat(settings.runDuration().most()).isEqualTo(Duration.ofMinutes(1));
    settings.set(Switch.RUN_OUTCOMES, "Failed = 1.5, Odd State=0");
    assertThat(settings.weights(Switch.RUN_OUTCOMES))
        .isEqualTo(Map.of("Failed", 1.5, "Odd State", 0.0));
    settings.set(Switch.CALLBACK_STATES, "Completed, Failed");
    assertThat(settings.set(Switch.CALLBACK_STATES)).isEqualTo(Set.of("Completed", "Failed"));
  }

  @Test
  void thereIsNoSwitchOfAnUnknownName() {
    assertThatThrownBy(() -> Switch.of("no.such")).hasMessageContaining("no.such");
    assertThatThrownBy(() -> BlaxelSwitch.of("no.such")).hasMessageContaining("no.such");
  }
}
