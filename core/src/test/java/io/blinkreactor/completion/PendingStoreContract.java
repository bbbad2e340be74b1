package io.blinkreactor.completion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.blinkreactor.StoreException;
import io.blinkreactor.StoreException.Reason;
import io.blinkreactor.TimeSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What every {@link PendingStore} promises. Extend it, say how to open one, and run it. It needs
 * JUnit 5, AssertJ and Awaitility.
 */
public abstract class PendingStoreContract {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String SCOPE = "ws";

  private final SettableClock clock = new SettableClock();
  private final List<PendingStore> opened = new ArrayList<>();

  /** For subclasses. */
  protected PendingStoreContract() {}

  /**
   * Opens an empty store.
   *
   * @param options how
   * @return the store; closed by the contract
   */
  protected abstract PendingStore open(StoreOptions options);

  /**
   * Opens again what another store has left behind.
   *
   * @param options how
   * @param crash whether the store before is still open, as if its process had been killed; it was
   *     closed if false
   * @return the store; closed by the contract
   */
  protected PendingStore openAgain(StoreOptions options, boolean crash) {
    throw new UnsupportedOperationException("not durable");
  }

  /**
   * Tells whether {@link #openAgain} works.
   *
   * @return by default, that it does
   */
  protected boolean isDurable() {
    return true;
  }

  /**
   * Tells how many ends of runs the store remembers at most.
   *
   * @param options how it was opened
   * @return by default, a number without a limit
   */
  protected int maxEnds(StoreOptions options) {
    return Integer.MAX_VALUE;
  }

  /**
   * Tells whether the store takes the time from the options; one that takes it from a server has to
   * test by itself what happens when it passes.
   *
   * @return by default, that it does
   */
  protected boolean followsClock() {
    return true;
  }

  @AfterEach
  void closeAll() {
    opened.forEach(PendingStore::close);
  }

  // What is stored is found again.

  @Test
  void aRunIsFoundAsItWasRegistered() {
    PendingStore store = open();
    PendingRun run =
        PendingRun.builder(
                SCOPE, "id-1", "playbook \u00e4\ud83d\ude80", now(), now().plusSeconds(60))
            .attribute("traceparent", "00-ab-cd-01")
            .attribute("empty", "")
            .build();
    get(store.register(run).then(Mono.just(true)));
    PendingRun found = get(store.find("id-1"));
    assertThat(found).isEqualTo(run);
    assertThat(found.phase()).isEqualTo(PendingRun.Phase.STARTING);
    assertThat(found.attributes()).isEqualTo(run.attributes());
    assertThat(store.find("id-2").blockOptional(PATIENCE)).isEmpty();
  }

  @Test
  void aRunThatWasStartedElsewhereIsRegisteredWithItsExecutionId() {
    PendingStore store = open();
    PendingRun run = run("id-1").executionId("x1").build();
    register(store, run);
    assertThat(get(store.find("id-1"))).isEqualTo(run);
    assertThat(run.phase()).isEqualTo(PendingRun.Phase.STARTED);
  }

  @Test
  void everyMethodIsLazyAndEachSubscriptionIsOneChange() {
    PendingStore store = open();
    Mono<Void> register = store.register(run("id-1").build());
    assertThat(store.find("id-1").blockOptional(PATIENCE)).isEmpty();
    register.block(PATIENCE);
    assertThat(store.find("id-1").blockOptional(PATIENCE)).isPresent();
    assertThatIllegalStateException().isThrownBy(() -> register.block(PATIENCE));
  }

  @Test
  void anIdThatIsKnownIsRefusedAndItsRunStaysAsItIs() {
    PendingStore store = open();
    PendingRun run = run("id-1").build();
    register(store, run);
    PendingRun other = run("id-1").attribute("a", "b").build();
    assertThatIllegalStateException()
        .isThrownBy(() -> register(store, other))
        .withMessageContaining("id-1");
    assertThat(get(store.find("id-1"))).isEqualTo(run);
    assertThat(get(store.finish("id-1", now()))).isTrue();
    assertThatIllegalStateException().isThrownBy(() -> register(store, other));
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.DUPLICATE);
  }

  // The facts of one run.

  @Test
  void theFirstExecutionIdIsKept() {
    PendingStore store = open();
    register(store, run("id-1").build());
    assertThat(get(store.started("id-1", "x1"))).isTrue();
    assertThat(get(store.started("id-1", "x1"))).isTrue();
    assertThat(get(store.started("id-1", "x2"))).isFalse();
    assertThat(get(store.startUnknown("id-1"))).isFalse();
    PendingRun found = get(store.find("id-1"));
    assertThat(found.executionId()).isEqualTo("x1");
    assertThat(found.phase()).isEqualTo(PendingRun.Phase.STARTED);
  }

  @Test
  void aStartThatBrokeMayTurnOutToHaveWorked() {
    PendingStore store = open();
    register(store, run("id-1").build());
    assertThat(get(store.startUnknown("id-1"))).isTrue();
    assertThat(get(store.startUnknown("id-1"))).isTrue();
    assertThat(get(store.find("id-1")).phase()).isEqualTo(PendingRun.Phase.UNKNOWN);
    assertThat(get(store.started("id-1", "x1"))).isTrue();
    assertThat(get(store.find("id-1")).phase()).isEqualTo(PendingRun.Phase.STARTED);
  }

  @Test
  void aCallbackThatComesBeforeTheExecutionIdIsJoinedWithIt() {
    PendingStore store = open();
    register(store, run("id-1").build());
    Instant first = now().plusSeconds(1);
    assertThat(get(store.signal("id-1", first))).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(get(store.startUnknown("id-1"))).isTrue();
    assertThat(get(store.started("id-1", "x1"))).isTrue();
    assertThat(get(store.signal("id-1", first.plusSeconds(1)))).isEqualTo(CallbackReceipt.ACCEPTED);
    PendingRun found = get(store.find("id-1"));
    assertThat(found.signalledAt()).isEqualTo(first);
    assertThat(found.executionId()).isEqualTo("x1");
  }

  @Test
  void theFirstHintOfARunWithoutAnExecutionIdIsKept() {
    PendingStore store = open();
    register(store, run("id-1").attribute("a", "b").build());
    register(store, run("id-2").executionId("x2").build());
    get(store.signal("id-1", now()));
    assertThat(get(store.find("id-1")).hint()).isNull();
    assertThat(get(store.signal("id-1", now(), "x1"))).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(get(store.signal("id-1", now(), "other"))).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(get(store.signal("id-2", now(), "x1"))).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(get(store.signal("id-3", now(), "x1"))).isEqualTo(CallbackReceipt.ORPHAN);
    PendingRun found = get(store.find("id-1"));
    assertThat(found.hint()).isEqualTo("x1");
    assertThat(found.executionId()).as("not believed").isNull();
    assertThat(found.attributes()).containsEntry("a", "b");
    assertThat(get(store.find("id-2")).hint()).isNull();
    assertThat(get(store.started("id-1", "x9"))).isTrue();
    assertThat(get(store.find("id-1")).executionId()).isEqualTo("x9");
    assertThat(PendingRun.fromBytes(found.toBytes())).isEqualTo(found);
  }

  @Test
  void theExecutionsOfRunsThatEndedAreRemembered() {
    PendingStore store = open();
    Instant end = now();
    register(store, run("id-1").executionId("x1").build());
    register(store, run("id-2").build());
    assertThat(get(store.hasEnded("x1", end))).as("pending").isFalse();
    get(store.finish("id-1", end));
    get(store.finish("id-2", end));
    assertThat(get(store.hasEnded("x1", end))).isTrue();
    assertThat(get(store.hasEnded("x1", end.minusSeconds(60)))).isTrue();
    assertThat(get(store.hasEnded("x1", end.plusSeconds(1)))).isFalse();
    assertThat(get(store.hasEnded("x2", end))).isFalse();
  }

  @Test
  void aRunEndsOnceAndLeavesATombstone() {
    PendingStore store = open();
    register(store, run("id-1").build());
    assertThat(get(store.finish("id-1", now()))).isTrue();
    assertThat(get(store.finish("id-1", now()))).isFalse();
    assertThat(store.find("id-1").blockOptional(PATIENCE)).isEmpty();
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.DUPLICATE);
    assertThat(get(store.started("id-1", "x1"))).isFalse();
    assertThat(get(store.startUnknown("id-1"))).isFalse();
    assertThat(ids(store, SCOPE)).isEmpty();
  }

  @Test
  void aRunThatIsNotKnownIsNeverMadeUp() {
    PendingStore store = open();
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.ORPHAN);
    assertThat(get(store.finish("id-1", now()))).isFalse();
    assertThat(get(store.started("id-1", "x1"))).isFalse();
    assertThat(get(store.startUnknown("id-1"))).isFalse();
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.ORPHAN);
    register(store, run("id-1").build());
    assertThat(get(store.find("id-1")).signalledAt()).isNull();
  }

  @Test
  void aChangeIsMadeEvenIfNobodyWaitsForIt() {
    PendingStore store = open();
    for (int i = 0; i < 20; i++) {
      Disposable waiting = store.register(run("id-" + i).build()).subscribe();
      waiting.dispose();
    }
    Awaitility.await().until(() -> ids(store, SCOPE).size() == 20);
  }

  // Many at once.

  @Test
  void exactlyOneEndsARun() throws InterruptedException {
    PendingStore store = open();
    int runs = 100;
    AtomicIntegerArray winners = new AtomicIntegerArray(runs);
    registerMany(store, runs);
    inParallel(
        8,
        thread ->
            Flux.range(0, runs)
                .map(i -> (i + thread) % runs)
                .flatMap(
                    i ->
                        store
                            .finish("id-" + i, now())
                            .doOnNext(won -> winners.addAndGet(i, won ? 1 : 0)),
                    16)
                .blockLast(PATIENCE));
    assertThat(IntStream.range(0, runs).map(winners::get)).containsOnly(1);
  }

  @Test
  void exactlyOneRegistersAnId() throws InterruptedException {
    PendingStore store = open();
    AtomicInteger winners = new AtomicInteger();
    inParallel(
        8,
        thread ->
            store
                .register(run("id-1").attribute("by", "" + thread).build())
                .doOnSuccess(done -> winners.incrementAndGet())
                .onErrorComplete(IllegalStateException.class)
                .block(PATIENCE));
    assertThat(winners).hasValue(1);
    assertThat(ids(store, SCOPE)).containsExactly("id-1");
  }

  @Test
  void changesOfOneRunByManyThreadsAreAllKept() throws InterruptedException {
    PendingStore store = open();
    for (int round = 0; round < 30; round++) {
      String id = "id-" + round;
      register(store, run(id).build());
      inParallel(
          3,
          thread -> {
            switch (thread) {
              case 0 -> get(store.started(id, "x1"));
              case 1 -> get(store.signal(id, now()));
              default -> get(store.startUnknown(id));
            }
          });
      PendingRun found = get(store.find(id));
      assertThat(found.executionId()).isEqualTo("x1");
      assertThat(found.signalledAt()).isNotNull();
    }
  }

  @Test
  void sixtyFourWritersLoseNothing() throws InterruptedException {
    PendingStore store = open();
    int each = 15;
    inParallel(
        64,
        writer -> {
          for (int i = 0; i < each; i++) {
            String id = writer + "-" + i;
            register(store, run(id).build());
            assertThat(get(store.started(id, "x" + id))).isTrue();
            assertThat(get(store.signal(id, now()))).isEqualTo(CallbackReceipt.ACCEPTED);
            if (i % 3 != 0) {
              assertThat(get(store.finish(id, now()))).isTrue();
            }
          }
        });
    List<PendingRun> left =
        Objects.requireNonNull(store.pending(SCOPE).collectList().block(PATIENCE));
    assertThat(left)
        .hasSize(64 * each / 3)
        .allSatisfy(run -> assertThat(run.executionId()).isEqualTo("x" + run.correlationId()))
        .allSatisfy(run -> assertThat(run.signalledAt()).isNotNull());
  }

  // Reading what is pending.

  @Test
  void pendingRunsComeOldestFirstAndByScope() {
    PendingStore store = open();
    Instant start = now();
    register(store, PendingRun.builder(SCOPE, "c", "p", start, start).build());
    register(store, PendingRun.builder(SCOPE, "b", "p", start.plusMillis(1), start).build());
    register(store, PendingRun.builder(SCOPE, "a2", "p", start.plusMillis(2), start).build());
    register(store, PendingRun.builder(SCOPE, "a1", "p", start.plusMillis(2), start).build());
    register(store, PendingRun.builder(SCOPE, "d", "p", start.minusSeconds(9), start).build());
    register(store, PendingRun.builder("other", "e", "p", start, start).build());
    assertThat(ids(store, SCOPE)).containsExactly("d", "c", "b", "a1", "a2");
    assertThat(ids(store, "other")).containsExactly("e");
    assertThat(ids(store, "none")).isEmpty();
  }

  @Test
  void pendingRunsAreReadByDemand() {
    PendingStore store = open();
    registerMany(store, 1000);
    List<String> seen = new ArrayList<>();
    BaseSubscriber<PendingRun> slow =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

          @Override
          protected void hookOnNext(PendingRun run) {
            synchronized (seen) {
              seen.add(run.correlationId());
            }
          }
        };
    store.pending(SCOPE).subscribe(slow);
    int asked = 0;
    for (int more : new int[] {1, 1, 7, 300, 500}) {
      slow.request(more);
      asked += more;
      int expected = asked;
      Awaitility.await().until(() -> size(seen) >= expected);
      assertThat(size(seen)).isEqualTo(expected);
    }
    slow.cancel();
    assertThat(seen).isEqualTo(IntStream.range(0, asked).mapToObj(i -> "id-" + i).toList());
  }

  @Test
  void whatStaysPendingWhileItIsReadComesExactlyOnce() {
    PendingStore store = open();
    registerMany(store, 600);
    AtomicInteger next = new AtomicInteger(600);
    List<String> seen =
        Objects.requireNonNull(
            store
                .pending(SCOPE)
                .map(PendingRun::correlationId)
                .concatMap(
                    id -> {
                      int number = Integer.parseInt(id.substring(3));
                      if (number >= 600 || number % 20 != 0) {
                        return Mono.just(id);
                      }
                      // Ends this one and one that is still to come, and registers a new one.
                      String later = "id-" + (number + 310);
                      String fresh = "id-" + next.getAndIncrement();
                      return store
                          .finish(id, now())
                          .then(store.finish(later, now()))
                          .then(store.register(run(fresh, now().plusSeconds(1)).build()))
                          .thenReturn(id);
                    },
                    1)
                .collectList()
                .block(PATIENCE));
    assertThat(seen).doesNotHaveDuplicates();
    assertThat(seen)
        .containsAll(
            IntStream.range(0, 600)
                .filter(i -> i < 310 || (i - 310) % 20 != 0)
                .mapToObj(i -> "id-" + i)
                .toList());
  }

  // Time.

  @Test
  void t21ARunThatNeverEndsIsForgottenAfterItsLife() {
    if (!followsClock()) {
      return;
    }
    PendingStore store = open();
    register(store, run("id-1").build());
    clock.pass(Duration.ofDays(15).minusMillis(1));
    register(store, run("id-2").build());
    assertThat(store.find("id-1").blockOptional(PATIENCE)).isPresent();
    assertThat(ids(store, SCOPE)).containsExactly("id-1", "id-2");
    clock.pass(Duration.ofMillis(1));
    assertThat(store.find("id-1").blockOptional(PATIENCE)).isEmpty();
    assertThat(ids(store, SCOPE)).containsExactly("id-2");
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.ORPHAN);
    assertThat(get(store.started("id-1", "x1"))).isFalse();
    assertThat(get(store.finish("id-1", now()))).isFalse();
    register(store, run("id-1").build());
    assertThat(ids(store, SCOPE)).containsExactly("id-2", "id-1");
  }

  @Test
  void anEndIsForgottenAfterADay() {
    if (!followsClock()) {
      return;
    }
    PendingStore store = open();
    register(store, run("id-1").build());
    get(store.finish("id-1", now()));
    clock.pass(Duration.ofHours(24).minusMillis(1));
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.DUPLICATE);
    clock.pass(Duration.ofMillis(1));
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.ORPHAN);
    register(store, run("id-1").build());
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.ACCEPTED);
    assertThat(get(store.finish("id-1", now()))).isTrue();
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.DUPLICATE);
  }

  @Test
  void t27AClockThatJumpsAnHourChangesNothing() {
    PendingStore store = open();
    register(store, run("id-1").build());
    register(store, run("id-2").build());
    get(store.finish("id-2", now()));
    for (long hours : new long[] {1, -2, 1, -1, 2, -1}) {
      clock.pass(Duration.ofHours(hours));
      assertThat(ids(store, SCOPE)).containsExactly("id-1");
      assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.ACCEPTED);
      assertThat(get(store.signal("id-2", now()))).isEqualTo(CallbackReceipt.DUPLICATE);
    }
  }

  @Test
  void aRunThatWouldOutliveItsRecordIsRefused() {
    PendingStore store = open(options().recordLife(Duration.ofHours(1)).build());
    PendingRun late =
        PendingRun.builder(SCOPE, "id-1", "p", now(), now().plusSeconds(3601)).build();
    assertThatIllegalArgumentException().isThrownBy(() -> register(store, late));
    register(store, PendingRun.builder(SCOPE, "id-1", "p", now(), now().plusSeconds(3600)).build());
  }

  // Bounds.

  @Test
  void aFullStoreFailsAtOnceAndTakesMoreWhenRunsEnd() {
    PendingStore store = open(options().maxPending(2).build());
    register(store, run("id-1").build());
    register(store, run("id-2").build());
    assertThatIllegalStateException().isThrownBy(() -> register(store, run("id-1").build()));
    assertFails(Reason.FULL, store.register(run("id-3").build()));
    store.check().block(PATIENCE);
    assertThat(get(store.signal("id-1", now()))).isEqualTo(CallbackReceipt.ACCEPTED);
    get(store.finish("id-1", now()));
    register(store, run("id-3").build());
    assertFails(Reason.FULL, store.register(run("id-4").build()));
    assertThat(ids(store, SCOPE)).containsExactlyInAnyOrder("id-2", "id-3");
  }

  // Secrets.

  @Test
  void aSecretIsMadeOnceAndKept() {
    PendingStore store = open();
    byte[] first = get(store.secret("key", () -> new byte[] {1, 2, 3}));
    assertThat(first).containsExactly(1, 2, 3);
    first[0] = 9;
    byte[] again =
        get(
            store.secret(
                "key",
                () -> {
                  throw new AssertionError("there is one");
                }));
    assertThat(again).containsExactly(1, 2, 3);
    again[0] = 9;
    assertThat(get(store.secret("key", () -> new byte[] {7}))).containsExactly(1, 2, 3);
    assertThat(get(store.secret("other", () -> new byte[] {4}))).containsExactly(4);
  }

  @Test
  void allWhoAskForASecretGetTheSame() throws InterruptedException {
    PendingStore store = open();
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    inParallel(
        8, thread -> seen.add((int) get(store.secret("key", () -> new byte[] {(byte) thread}))[0]));
    assertThat(seen).hasSize(1);
  }

  @Test
  void aGeneratorThatFailsHarmsNobodyElse() {
    PendingStore store = open();
    Mono<byte[]> broken =
        store.secret(
            "key",
            () -> {
              throw new UnsupportedOperationException("no entropy");
            });
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> broken.block(PATIENCE));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.secret("key", () -> new byte[0]).block(PATIENCE));
    store.check().block(PATIENCE);
    assertThat(get(store.secret("key", () -> new byte[] {1}))).containsExactly(1);
  }

  // Closing and opening again.

  @Test
  void aClosedStoreSaysSo() {
    PendingStore store = open();
    register(store, run("id-1").build());
    store.check().block(PATIENCE);
    store.close();
    store.close();
    assertFails(Reason.CLOSED, store.register(run("id-2").build()));
    assertFails(Reason.CLOSED, store.started("id-1", "x1"));
    assertFails(Reason.CLOSED, store.startUnknown("id-1"));
    assertFails(Reason.CLOSED, store.signal("id-1", now()));
    assertFails(Reason.CLOSED, store.finish("id-1", now()));
    assertFails(Reason.CLOSED, store.find("id-1"));
    assertFails(Reason.CLOSED, store.pending(SCOPE).then());
    assertFails(Reason.CLOSED, store.secret("key", () -> new byte[1]));
    assertFails(Reason.CLOSED, store.check());
  }

  @Test
  void whatWasSubscribedToBeforeClosingIsAnsweredAndTheRestRefused() throws InterruptedException {
    PendingStore store = open();
    Set<String> stored = ConcurrentHashMap.newKeySet();
    Set<String> refused = ConcurrentHashMap.newKeySet();
    AtomicInteger started = new AtomicInteger();
    inParallel(
        5,
        thread -> {
          if (thread == 0) {
            Awaitility.await().until(() -> started.get() > 20);
            store.close();
            return;
          }
          for (int i = 0; i < 50; i++) {
            String id = thread + "-" + i;
            started.incrementAndGet();
            store
                .register(run(id).build())
                .doOnSuccess(done -> stored.add(id))
                .onErrorResume(
                    StoreException.class,
                    e -> {
                      assertThat(e.reason()).isEqualTo(Reason.CLOSED);
                      refused.add(id);
                      return Mono.empty();
                    })
                .block(PATIENCE);
          }
        });
    assertThat(stored.size() + refused.size()).isEqualTo(200);
    if (isDurable()) {
      PendingStore again = remember(openAgain(options().build(), false));
      assertThat(ids(again, SCOPE)).containsExactlyInAnyOrderElementsOf(stored);
    }
  }

  @Test
  void everythingIsThereWhenTheStoreIsOpenedAgain() {
    comesBack(false);
  }

  @Test
  void everythingIsThereAfterACrash() {
    comesBack(true);
  }

  private void comesBack(boolean crash) {
    assumeTrue(isDurable(), "The store ends with its process.");
    PendingStore store = open();
    registerMany(store, 300);
    get(store.started("id-1", "x1"));
    get(store.startUnknown("id-2"));
    get(store.signal("id-3", now()));
    get(store.finish("id-4", now()));
    byte[] secret = get(store.secret("key", () -> new byte[] {1, 2, 3}));
    List<PendingRun> before =
        Objects.requireNonNull(store.pending(SCOPE).collectList().block(PATIENCE));
    if (!crash) {
      store.close();
    }
    PendingStore again = remember(openAgain(options().build(), crash));
    assertThat(again.pending(SCOPE).collectList().block(PATIENCE)).isEqualTo(before).hasSize(299);
    assertThat(get(again.find("id-1")).executionId()).isEqualTo("x1");
    assertThat(get(again.find("id-2")).phase()).isEqualTo(PendingRun.Phase.UNKNOWN);
    assertThat(get(again.find("id-3")).signalledAt()).isNotNull();
    assertThat(get(again.signal("id-4", now()))).isEqualTo(CallbackReceipt.DUPLICATE);
    assertThat(get(again.finish("id-4", now()))).isFalse();
    assertThat(get(again.finish("id-3", now()))).isTrue();
    assertThat(get(again.secret("key", () -> new byte[] {9}))).isEqualTo(secret);
    if (followsClock()) {
      clock.pass(Duration.ofDays(16));
      assertThat(ids(again, SCOPE)).isEmpty();
    }
  }

  // Everything at once, against a model.

  @Test
  void randomChangesDoWhatTheyWouldDoToAMap() {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int history = 0; history < 4; history++) {
      String told = "seed " + seed + " history " + history;
      int max = 2 + random.nextInt(12);
      StoreOptions options = options().maxPending(max).build();
      PendingStore store = open(options);
      Model model = new Model(max, maxEnds(options));
      for (int step = 0; step < 300; step++) {
        step(random, store, model, told + " step " + step);
        if (isDurable() && random.nextInt(75) == 0) {
          store.close();
          store = remember(openAgain(options, false));
        }
      }
      model.forgetOld(now());
      assertThat(store.pending(SCOPE).collectList().block(PATIENCE))
          .as(told)
          .isEqualTo(
              model.pending.values().stream()
                  .sorted(
                      Comparator.comparing(PendingRun::registeredAt)
                          .thenComparing(PendingRun::correlationId))
                  .toList());
      store.close();
    }
  }

  /** What the store should answer; ends are kept as times. */
  private static final class Model {
    final Map<String, PendingRun> pending = new HashMap<>();
    final Map<String, Instant> ended = new LinkedHashMap<>();
    final int max;
    final int maxEnds;

    /** Runs whose life is over; some of them may still count. */
    int forgotten;

    Model(int max, int maxEnds) {
      this.max = max;
      this.maxEnds = maxEnds;
    }

    void end(String id, Instant at) {
      pending.remove(id);
      ended.put(id, at);
      if (ended.size() > maxEnds) {
        ended.remove(ended.keySet().iterator().next());
      }
    }

    void forgetOld(Instant now) {
      int before = pending.size();
      pending.values().removeIf(r -> !r.registeredAt().plus(Duration.ofDays(15)).isAfter(now));
      forgotten += before - pending.size();
      ended.values().removeIf(at -> !at.plus(Duration.ofHours(24)).isAfter(now));
    }
  }

  private void step(SplittableRandom random, PendingStore store, Model model, String told) {
    if (followsClock() && random.nextInt(10) == 0) {
      clock.pass(Duration.ofHours(random.nextInt(100)));
    } else {
      clock.pass(Duration.ofMillis(random.nextInt(3)));
    }
    model.forgetOld(now());
    String id = "id-" + random.nextInt(20);
    String executionId = "x" + random.nextInt(2);
    PendingRun run = model.pending.get(id);
    switch (random.nextInt(7)) {
      case 0, 1 -> {
        PendingRun fresh = run(id, now()).attribute("step", told).build();
        Throwable refused =
            store.register(fresh).then(Mono.<Throwable>empty()).onErrorResume(Mono::just).block();
        if (run != null || model.ended.containsKey(id)) {
          assertThat(refused).as(told).isInstanceOf(IllegalStateException.class);
        } else if (model.pending.size() >= model.max) {
          assertThat(refused).as(told).isInstanceOf(StoreException.class);
        } else if (model.pending.size() + model.forgotten < model.max || refused == null) {
          assertThat(refused).as(told).isNull();
          model.pending.put(id, fresh);
        }
      }
      case 2 -> {
        boolean expected =
            run != null && (run.executionId() == null || executionId.equals(run.executionId()));
        assertThat(get(store.started(id, executionId))).as(told).isEqualTo(expected);
        if (run != null && expected) {
          model.pending.put(id, run.started(executionId));
        }
      }
      case 3 -> {
        boolean expected = run != null && run.executionId() == null;
        assertThat(get(store.startUnknown(id))).as(told).isEqualTo(expected);
        if (run != null && expected) {
          model.pending.put(id, run.startUnknown());
        }
      }
      case 4 -> {
        CallbackReceipt expected =
            run != null
                ? CallbackReceipt.ACCEPTED
                : model.ended.containsKey(id) ? CallbackReceipt.DUPLICATE : CallbackReceipt.ORPHAN;
        assertThat(get(store.signal(id, now()))).as(told).isEqualTo(expected);
        if (run != null) {
          model.pending.put(id, run.signalled(now(), null));
        }
      }
      case 5 -> {
        assertThat(get(store.finish(id, now()))).as(told).isEqualTo(run != null);
        if (run != null) {
          model.end(id, now());
        }
      }
      default -> assertThat(store.find(id).block(PATIENCE)).as(told).isEqualTo(run);
    }
  }

  private PendingStore open() {
    return remember(open(options().build()));
  }

  private PendingStore remember(PendingStore store) {
    opened.add(store);
    return store;
  }

  private StoreOptions.Builder options() {
    return StoreOptions.builder().time(TimeSource.of(clock, Schedulers.boundedElastic()));
  }

  private Instant now() {
    return clock.instant();
  }

  private PendingRun.Builder run(String id) {
    return run(id, now());
  }

  private static PendingRun.Builder run(String id, Instant registeredAt) {
    return PendingRun.builder(
        SCOPE, id, "playbook", registeredAt, registeredAt.plus(Duration.ofHours(1)));
  }

  /** {@code id-0} to {@code id-n}, a millisecond apart. */
  private void registerMany(PendingStore store, int count) {
    Instant start = now();
    Flux.range(0, count)
        .flatMap(i -> store.register(run("id-" + i, start.plusMillis(i)).build()), 256)
        .blockLast(PATIENCE);
  }

  private static void register(PendingStore store, PendingRun run) {
    store.register(run).block(PATIENCE);
  }

  private static List<String> ids(PendingStore store, String scope) {
    return Objects.requireNonNull(
        store.pending(scope).map(PendingRun::correlationId).collectList().block(PATIENCE));
  }

  private static <T> T get(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }

  private static void assertFails(Reason reason, Mono<?> change) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> change.block(PATIENCE))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.advice()).isNotBlank());
  }

  private static int size(List<?> list) {
    synchronized (list) {
      return list.size();
    }
  }

  /** Runs it on so many threads at once, and fails as the first of them fails. */
  private static void inParallel(int threads, Work work) throws InterruptedException {
    CountDownLatch ready = new CountDownLatch(threads);
    List<Throwable> failures = new ArrayList<>();
    List<Thread> running =
        IntStream.range(0, threads)
            .mapToObj(
                i ->
                    new Thread(
                        () -> {
                          try {
                            ready.countDown();
                            ready.await();
                            work.run(i);
                          } catch (Throwable e) {
                            synchronized (failures) {
                              failures.add(e);
                            }
                          }
                        }))
            .toList();
    running.forEach(Thread::start);
    for (Thread thread : running) {
      thread.join();
    }
    if (!failures.isEmpty()) {
      throw new AssertionError("On one of the threads: " + failures.get(0), failures.get(0));
    }
  }

  private interface Work {
    void run(int thread) throws Exception;
  }

  /** Starts at the real time, for stores that have a clock of their own. */
  private static final class SettableClock extends Clock {
    private final AtomicLong millis =
        new AtomicLong(Instant.now().truncatedTo(ChronoUnit.SECONDS).toEpochMilli());

    void pass(Duration time) {
      millis.addAndGet(time.toMillis());
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis.get());
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(@Nullable ZoneId zone) {
      return this;
    }
  }
}
