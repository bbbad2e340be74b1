package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PathHealthTest {

  private final PathHealth path = new PathHealth("ws");
  private final Logger logger = (Logger) LoggerFactory.getLogger(PathHealth.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  private void ended(int runs, boolean byCallback) {
    for (int i = 0; i < runs; i++) {
      path.ended(byCallback);
    }
  }

  private long warnings() {
    return log.list.stream().filter(event -> event.getLevel() == Level.WARN).count();
  }

  @Test
  void fewRunsSayNothing() {
    ended(PathHealth.ENOUGH - 1, false);
    assertThat(path.share()).isNull();
    assertThat(path.shareOrNan()).isNaN();
    assertThat(log.list).isEmpty();
    ended(1, true);
    assertThat(path.share()).isEqualTo(1.0 / PathHealth.ENOUGH);
  }

  @Test
  void aDeadPathIsToldOnceAndAgainOnlyAfterItRecovered() {
    ended(300, false);
    assertThat(warnings()).isEqualTo(1);
    assertThat(log.list.get(0).getFormattedMessage())
        .contains("ws: of the last 20 runs only 0 % were found to have ended by a callback");
    ended(60, true);
    assertThat(log.list).as("60 % is not yet good").hasSize(1);
    ended(21, true);
    assertThat(log.list).hasSize(2);
    assertThat(log.list.get(1).getLevel()).isEqualTo(Level.INFO);
    ended(100, true);
    assertThat(log.list).hasSize(2);
    ended(51, false);
    assertThat(warnings()).isEqualTo(2);
  }

  @Test
  void onlyTheLastRunsCount() {
    ended(1_000, true);
    assertThat(path.share()).isEqualTo(1.0);
    ended(30, false);
    assertThat(path.share()).isEqualTo(0.7);
    ended(70, true);
    assertThat(path.share()).isEqualTo(0.7);
    ended(30, true);
    assertThat(path.share()).isEqualTo(1.0);
    assertThat(log.list).isEmpty();
  }
}
