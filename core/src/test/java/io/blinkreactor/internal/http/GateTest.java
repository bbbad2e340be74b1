package io.blinkreactor.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.TimeSource;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

class GateTest {

  private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
  private final Gate gate = new Gate(TimeSource.of(Clock.systemUTC(), scheduler));
  private final List<Duration> passed = new ArrayList<>();

  @Test
  void anOpenGateLetsCallsPassAtOnce() {
    gate.pass().subscribe(passed::add);
    assertThat(passed).containsExactly(Duration.ZERO);
  }

  @Test
  void aClosedGateHoldsBackEveryCallAndLetsThemGoOneByOne() {
    gate.close(Duration.ofSeconds(2));
    for (int i = 0; i < 3; i++) {
      gate.pass().subscribe(passed::add);
    }
    scheduler.advanceTimeBy(Duration.ofMillis(1999));
    assertThat(passed).isEmpty();
    scheduler.advanceTimeBy(Duration.ofMillis(1));
    assertThat(passed).hasSize(1);
    scheduler.advanceTimeBy(Gate.SPACING.multipliedBy(2));
    assertThat(passed)
        .containsExactly(
            Duration.ofSeconds(2),
            Duration.ofSeconds(2).plus(Gate.SPACING),
            Duration.ofSeconds(2).plus(Gate.SPACING.multipliedBy(2)));
  }

  @Test
  void aPauseIsProlongedButNeverShortened() {
    gate.close(Duration.ofSeconds(5));
    gate.close(Duration.ofSeconds(1));
    gate.pass().subscribe(passed::add);
    scheduler.advanceTimeBy(Duration.ofSeconds(4));
    gate.close(Duration.ofSeconds(3));
    scheduler.advanceTimeBy(Duration.ofSeconds(2));
    assertThat(passed).isEmpty();
    scheduler.advanceTimeBy(Duration.ofSeconds(1).plus(Gate.SPACING));
    assertThat(passed).hasSize(1);
  }
}
