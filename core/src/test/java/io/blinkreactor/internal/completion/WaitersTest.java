package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.test.StepVerifier;

/** Those who wait for one run. */
class WaitersTest extends VirtualEngine {

  /** Writes down what it is told, and whether that was right. */
  private static final class Witness implements CoreSubscriber<Completion<String>> {
    private final long demand;
    private final AtomicInteger told = new AtomicInteger();
    private volatile @Nullable Subscription subscription;
    private volatile @Nullable String fault;
    private volatile boolean over;

    Witness(long demand) {
      this.demand = demand;
    }

    @Override
    public void onSubscribe(Subscription s) {
      if (over || told.get() > 0) {
        fault = "told before it was subscribed";
      }
      // Gives a race its chance.
      Thread.onSpinWait();
      subscription = s;
      if (demand > 0) {
        s.request(demand);
      }
    }

    @Override
    public void onNext(Completion<String> end) {
      if (subscription == null || over || told.incrementAndGet() > 1) {
        fault = "told twice, or too early, or too late";
      }
    }

    @Override
    public void onError(Throwable error) {
      if (subscription == null || over) {
        fault = "error twice or before it was subscribed";
      }
      told.incrementAndGet();
      over = true;
    }

    @Override
    public void onComplete() {
      if (over || told.get() != 1) {
        fault = "complete without a value";
      }
      over = true;
    }

    void cancel() {
      Subscription s = subscription;
      if (s != null) {
        s.cancel();
      }
    }
  }

  private void finish(RunHandle<String> run) {
    vendor.end("x", "Completed");
    receiver.call(run, "");
    scheduler.advanceTime();
  }

  @Test
  void whoAsksForNothingIsToldWhenHeAsks() {
    RunHandle<String> run = started(engine(), "x");
    StepVerifier.create(run.completion(), 0)
        .then(() -> finish(run))
        .then(() -> assertThat(steps).doesNotContain("TOLD x"))
        .thenRequest(1)
        .then(scheduler::advanceTime)
        .expectNextCount(1)
        .verifyComplete();
    assertThat(steps).contains("TOLD x");
  }

  @Test
  void anErrorNeedsNoDemand() {
    RunHandle<String> run = started(engine(), "x");
    StepVerifier.create(run.completion(), 0)
        .expectSubscription()
        .then(() -> pass(TIMEOUT))
        .verifyError();
  }

  @Test
  void allSeeTheSameEndAndWhoComesLateToo() {
    RunHandle<String> run = started(engine(), "x");
    for (int i = 0; i < 10; i++) {
      await(run);
    }
    finish(run);
    for (int i = 0; i < 10; i++) {
      await(run);
    }
    assertThat(ends).hasSize(20).allSatisfy(end -> assertThat(end).isSameAs(ends.get(0)));
    assertThat(vendor.looks).hasSize(1);
  }

  @Test
  void whoLeavesBeforeBeingToldIsNotTold() {
    RunHandle<String> run = started(engine(), "x");
    Witness stays = new Witness(1);
    Witness leaves = new Witness(1);
    run.completion().subscribe(stays);
    run.completion().subscribe(leaves);
    leaves.cancel();
    leaves.cancel();
    finish(run);
    assertThat(stays.told).hasValue(1);
    assertThat(leaves.told).hasValue(0);
  }

  /** Ends, subscriptions, demand and cancellations at once, from as many threads. */
  @Test
  @Timeout(30)
  void racesTellEachExactlyOnce() throws Exception {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < (Boolean.getBoolean("blinkreactor.full") ? 1_500 : 200); round++) {
      String told = "seed " + seed + " round " + round;
      CompletionEngine<String> engine =
          new CompletionEngine<>(
              TimeSource.system(),
              options,
              "ws",
              vendor,
              receiver,
              null,
              new PendingRuns("v", null),
              null,
              Step.Observer.NONE);
      vendor.end("x", "Completed");
      RunHandle<String> run = started(engine, "x");
      boolean error = random.nextBoolean();
      Witness early = new Witness(1);
      Witness late = new Witness(random.nextInt(2));
      Witness leaves = new Witness(1);
      run.completion().subscribe(early);
      run.completion().subscribe(leaves);
      List<Runnable> racers = new ArrayList<>();
      racers.add(
          () -> {
            if (error) {
              engine.close();
            } else {
              receiver.call(run, "");
            }
          });
      racers.add(
          () -> {
            run.completion().subscribe(late);
            Objects.requireNonNull(late.subscription).request(1);
          });
      racers.add(leaves::cancel);
      CyclicBarrier barrier = new CyclicBarrier(racers.size());
      List<Thread> threads = new ArrayList<>();
      for (Runnable racer : racers) {
        Thread thread =
            new Thread(
                () -> {
                  try {
                    barrier.await(5, TimeUnit.SECONDS);
                    racer.run();
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      Awaitility.await(told)
          .pollInterval(1, TimeUnit.MILLISECONDS)
          .until(() -> early.over && late.over);
      for (Witness witness : List.of(early, late, leaves)) {
        assertThat(witness.fault).as(told).isNull();
      }
      assertThat(early.told).as(told).hasValue(1);
      assertThat(late.told).as(told).hasValue(1);
      assertThat(leaves.told.get()).as(told).isLessThanOrEqualTo(1);
      engine.close();
    }
  }
}
