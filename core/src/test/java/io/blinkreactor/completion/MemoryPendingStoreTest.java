package io.blinkreactor.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.TimeSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** The store in memory. */
class MemoryPendingStoreTest extends PendingStoreContract {

  @Override
  protected PendingStore open(StoreOptions options) {
    return PendingStore.memory(options);
  }

  @Override
  protected boolean isDurable() {
    return false;
  }

  @Override
  protected int maxEnds(StoreOptions options) {
    return options.maxPending();
  }

  /** As many ends are remembered as runs may be pending, so that memory is bounded. */
  @Test
  void endsAreBoundedToo() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    MemoryPendingStore store =
        new MemoryPendingStore(
            StoreOptions.builder()
                .maxPending(10)
                .time(TimeSource.of(Clock.fixed(now, ZoneOffset.UTC), Schedulers.boundedElastic()))
                .build());
    for (int i = 0; i < 1000; i++) {
      String id = "id-" + i;
      store.register(PendingRun.builder("ws", id, "p", now, now.plusSeconds(1)).build()).block();
      assertThat(store.finish(id, now).block(Duration.ofSeconds(1))).isTrue();
    }
    assertThat(store.size()).isEqualTo(10);
    assertThat(store.signal("id-989", now).block()).isEqualTo(CallbackReceipt.ORPHAN);
    assertThat(store.signal("id-990", now).block()).isEqualTo(CallbackReceipt.DUPLICATE);
  }
}
