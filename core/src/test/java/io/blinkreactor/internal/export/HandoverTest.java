package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.TimeSource;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Rows that change threads: docs/export.md, "Speed and memory". */
class HandoverTest {

  private static final int ROWS = 500;
  private static final Duration SLOW = Duration.ofMinutes(1);

  private final Scheduler writing = Schedulers.newBoundedElastic(1, 100, "writing");

  @AfterEach
  void end() {
    writing.dispose();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_400, 70_000, 300_000})
  void everyRowComesInOrderOnTheThreadThatWrites(int bytes) {
    List<String> places = new ArrayList<>();
    List<String> threads = new ArrayList<>();

    handover(rows(ROWS, bytes))
        .doOnNext(row -> threads.add(Thread.currentThread().getName()))
        .doOnNext(row -> places.add(row.checkpoint().text()))
        .blockLast();

    assertThat(places).isEqualTo(texts(ROWS));
    assertThat(threads).allMatch(name -> name.startsWith("writing"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_400, 70_000})
  void anErrorComesAfterAllRowsBeforeIt(int bytes) {
    List<String> places = new ArrayList<>();
    IllegalStateException broken = new IllegalStateException("broken off");

    Throwable told =
        handover(rows(ROWS, bytes).concatWith(Flux.error(broken)))
            .doOnNext(row -> places.add(row.checkpoint().text()))
            .then()
            .materialize()
            .mapNotNull(signal -> signal.getThrowable())
            .block();

    assertThat(told).isSameAs(broken);
    assertThat(places).isEqualTo(texts(ROWS));
  }

  /** Twice a megabyte: what waits, the batch that is collected, and the one that is written. */
  @ParameterizedTest
  @ValueSource(ints = {1_400, 70_000, 300_000})
  void whatWaitsForASlowDiskIsBoundedByBytes(int bytes) throws InterruptedException {
    AtomicLong read = new AtomicLong();
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);

    handover(rows(20_000, bytes).doOnNext(row -> read.addAndGet(bytes)))
        .doFinally(end -> over.countDown())
        .subscribe(
            row -> {
              stuck.countDown();
              await(goOn);
            });

    assertThat(stuck.await(10, TimeUnit.SECONDS)).isTrue();
    // The source runs on this thread, so that it has read what it may.
    assertThat(read.get()).isPositive().isLessThan(2 * Math.max(1 << 20, 8L * bytes));
    goOn.countDown();
    assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(read.get()).isEqualTo(20_000L * bytes);
  }

  @Test
  void noRowsAreNoRows() {
    assertThat(handover(Flux.empty()).collectList().block()).isEmpty();
  }

  /** A list that pauses for a minute leaves no row waiting behind it but those of its last page. */
  @Test
  void whereRowsComeSlowlyABatchWaitsForNoMoreThanTheNextOne() {
    VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    List<String> places = new ArrayList<>();
    Flux<Checkpointed<Row>> slow =
        rows(3, 100)
            .concatWith(Flux.<Checkpointed<Row>>empty().delaySubscription(SLOW, clock))
            .concatWith(rows(1, 100));
    Disposable running =
        Handover.to(
                TimeSource.of(Clock.systemUTC(), clock),
                Duration.ofSeconds(3),
                slow.concatWith(Flux.never()))
            .subscribe(row -> places.add(row.checkpoint().text()));

    assertThat(places).isEmpty();
    clock.advanceTimeBy(SLOW);
    assertThat(places).containsExactly(text(0), text(1), text(2), text(0));
    running.dispose();
    clock.dispose();
  }

  private Flux<Checkpointed<Row>> handover(Flux<Checkpointed<Row>> rows) {
    return Handover.to(TimeSource.of(Clock.systemUTC(), writing), Duration.ofDays(1), rows);
  }

  private static Flux<Checkpointed<Row>> rows(int count, int bytes) {
    byte[] json = new byte[bytes];
    return Flux.range(0, count)
        .map(i -> new Checkpointed<>(new Row(json, null, null, true), new Place(text(i))));
  }

  private record Place(String text) implements Checkpoint {}

  private static String text(int row) {
    return "after " + row;
  }

  private static List<String> texts(int count) {
    return Flux.range(0, count).map(HandoverTest::text).collectList().blockOptional().orElseThrow();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
