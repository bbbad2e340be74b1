package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurationsTest {

  private final Durations durations = new Durations();

  private void took(int from, int to) {
    for (int seconds = from; seconds <= to; seconds++) {
      durations.took("p", Duration.ofSeconds(seconds));
    }
  }

  @Test
  void fewRunsSayNothing() {
    took(1, Durations.ENOUGH - 1);
    assertThat(durations.p95("p")).isNull();
    assertThat(durations.p95("q")).isNull();
    took(Durations.ENOUGH, Durations.ENOUGH);
    assertThat(durations.p95("p")).isEqualTo(Duration.ofSeconds(Durations.ENOUGH));
    assertThat(durations.p95("q")).isNull();
  }

  @Test
  void nineteenOfTwentyTakeThatLongAtMost() {
    took(1, 20);
    assertThat(durations.p95("p")).isEqualTo(Duration.ofSeconds(19));
    took(21, 60);
    assertThat(durations.p95("p")).isEqualTo(Duration.ofSeconds(57));
  }

  @Test
  void onlyTheLastRunsCount() {
    took(1_000, 1_000 + Durations.KEPT);
    took(1, Durations.KEPT);
    assertThat(durations.p95("p")).isEqualTo(Duration.ofSeconds(61));
  }

  @Test
  void theTargetsUsedLastAreRemembered() {
    took(1, 5);
    for (int target = 0; target < 1_500; target++) {
      durations.took("t" + target, Duration.ofSeconds(1));
      if (target % 500 == 0) {
        assertThat(durations.p95("p")).as("still in use").isNotNull();
      }
    }
    for (int target = 1_500; target < 3_000; target++) {
      durations.took("t" + target, Duration.ofSeconds(1));
    }
    assertThat(durations.p95("p")).isNull();
  }
}
