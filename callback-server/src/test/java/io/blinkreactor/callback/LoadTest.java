package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.PendingRun;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.testkit.InvariantsExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Many callbacks a second, at a pace that does not wait for answers. */
class LoadTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final boolean FULL = Boolean.getBoolean("blinkreactor.full");
  private static final int PER_SECOND = FULL ? 5_000 : 500;
  private static final int SECONDS = FULL ? 60 : 2;

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final Set<String> taken = ConcurrentHashMap.newKeySet();
  private final CallbackSink sink =
      (id, payload) -> {
        taken.add(payload.text());
        return Mono.just(CallbackReceipt.ACCEPTED);
      };

  @Test
  void f3EveryCallbackOfALoadIsAcknowledged() throws Exception {
    try (PendingStore store = PendingStore.memory();
        CallbackServer server = open(store, 0)) {
      // Compiles what the load runs through: the first seconds of a process tell of that alone.
      new Pace(() -> server, server::port, 32).run(PER_SECOND, 2L * PER_SECOND);
      taken.clear();
      Pace pace =
          new Pace(() -> server, server::port, 32).run(PER_SECOND, (long) PER_SECOND * SECONDS);
      System.out.printf(
          "%d callbacks at %d a second: %s%n%s",
          PER_SECOND * SECONDS, PER_SECOND, pace, pace.table());
      assertThat(pace.errors).hasValue(0);
      assertThat(pace.again).hasValue(0);
      assertThat(pace.acknowledged).hasSize(PER_SECOND * SECONDS);
      assertThat(taken).hasSize(PER_SECOND * SECONDS);
    }
  }

  /** Each in a file that is forced, before it is acknowledged. */
  @Test
  void f3EveryAcknowledgedCallbackOfALoadIsOnDisk(@TempDir Path directory) throws Exception {
    int count = PER_SECOND * SECONDS;
    Instant now = Instant.now();
    Pace pace;
    try (PendingStore store = PendingStore.file(directory)) {
      Flux.range(0, count)
          .map(n -> PendingRun.builder(Proven.SCOPE, "callback-" + n, "playbook", now, now))
          .flatMap(run -> store.register(run.build()), 256)
          .blockLast(PATIENCE.plusSeconds(SECONDS));
      CallbackSink durable = (id, payload) -> store.signal(payload.text(), Instant.now());
      try (CallbackServer server = open(store, 0, durable)) {
        pace = new Pace(() -> server, server::port, 64).run(PER_SECOND, count);
      }
    }
    System.out.printf(
        "%d callbacks at %d a second, each forced to disk: %s%n%s",
        count, PER_SECOND, pace, pace.table());
    assertThat(pace.errors).hasValue(0);
    assertThat(pace.again).hasValue(0);
    assertThat(pace.acknowledged).hasSize(count);
    try (PendingStore store = PendingStore.file(directory)) {
      assertThat(
              store
                  .pending(Proven.SCOPE)
                  .filter(run -> run.signalledAt() != null)
                  .map(PendingRun::correlationId)
                  .collect(Collectors.toSet())
                  .block(PATIENCE))
          .containsExactlyInAnyOrderElementsOf(pace.acknowledged.keySet());
    }
  }

  @Test
  void f11ADrainInTheMiddleLosesNothing() throws Exception {
    try (PendingStore store = PendingStore.memory()) {
      CallbackServer first = open(store, 0);
      int port = first.port();
      CallbackServer second = null;
      Pace pace = new Pace(() -> first, () -> port, 32);
      CompletableFuture<Void> load =
          CompletableFuture.runAsync(
              () -> {
                try {
                  pace.run(PER_SECOND, (long) PER_SECOND * SECONDS);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      try {
        Awaitility.await()
            .atMost(PATIENCE.plusSeconds(SECONDS)) // as the third of them comes at the pace alone
            .pollInterval(Duration.ofMillis(5))
            .until(() -> taken.size() > PER_SECOND * SECONDS / 3);
        first.close();
        pace.begun = true;
        second = open(store, port);
        load.get(SECONDS + 60L, TimeUnit.SECONDS);
      } finally {
        first.close();
        if (second != null) {
          second.close();
        }
      }
      System.out.printf("With another server from the middle on: %s%n%s", pace, pace.table());
      assertThat(pace.errors).hasValue(0);
      assertThat(pace.acknowledged).hasSize(PER_SECOND * SECONDS);
      // Not containsAll, which holds each of them against each.
      Set<String> lost = new HashSet<>(pace.acknowledged.keySet());
      lost.removeAll(taken);
      assertThat(lost).as("acknowledged and not taken").isEmpty();
    }
  }

  private CallbackServer open(PendingStore store, int port) {
    return open(store, port, sink);
  }

  private static CallbackServer open(PendingStore store, int port, CallbackSink sink) {
    CallbackServer server =
        requireNonNull(CallbackServer.builder().store(store).port(port).bind().block(PATIENCE));
    Disposable unused = server.attach(Proven.SCOPE, sink);
    return server;
  }
}
