package io.blinkreactor.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** In all tests, a thread that must not block throws when it does; here it is seen to. */
class BlockHoundTest {

  @Test
  void aParallelThreadThatSleepsThrows() {
    assertThatThrownBy(
            () ->
                Mono.fromCallable(BlockHoundTest::sleep).subscribeOn(Schedulers.parallel()).block())
        .hasRootCauseInstanceOf(BlockingOperationError.class);
  }

  @Test
  void anEventLoopThatSleepsThrows() {
    LoopResources loops = LoopResources.create("block-hound", 1, true);
    try {
      assertThatThrownBy(
              () ->
                  Mono.fromCallable(BlockHoundTest::sleep)
                      .subscribeOn(Schedulers.fromExecutor(loops.onServer(false)))
                      .block())
          .hasRootCauseInstanceOf(BlockingOperationError.class);
    } finally {
      loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
    }
  }

  private static int sleep() throws InterruptedException {
    Thread.sleep(1);
    return 1;
  }
}
