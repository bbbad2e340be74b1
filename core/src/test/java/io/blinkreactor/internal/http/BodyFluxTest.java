package io.blinkreactor.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.TimeSource;
import io.blinkreactor.testkit.InvariantsExtension;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.context.Context;

/** A body's elements against pieces that arrive, end and break when the test says so. */
class BodyFluxTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration STALL = Duration.ofSeconds(30);

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
  private final Timers timers = new Timers(virtual);
  private final Pieces pieces = new Pieces();

  @Test
  void nothingIsAskedForBeforeThereIsDemand() {
    Reader reader = read("");
    assertThat(pieces.asked).isZero();
    reader.request(1);
    assertThat(pieces.asked).isEqualTo(1);
  }

  @Test
  void elementsNeverExceedTheDemandAndOnePieceIsTakenAhead() {
    Reader reader = read("", 1);
    pieces.arrive("abc");
    assertThat(reader.values).containsExactly("a");
    assertThat(pieces.asked).as("two elements are here").isEqualTo(1);
    reader.request(1);
    assertThat(pieces.asked).as("one element is here").isEqualTo(1);
    reader.request(1);
    assertThat(reader.values).containsExactly("a", "b", "c");
    assertThat(pieces.asked).as("one more, to see the end").isEqualTo(2);
    pieces.arrive("de");
    assertThat(reader.values).hasSize(3);
    assertThat(pieces.asked).isEqualTo(2);
    reader.request(Long.MAX_VALUE);
    assertThat(reader.values).containsExactly("a", "b", "c", "d", "e");
    assertThat(pieces.asked).isEqualTo(3);
  }

  @Test
  void piecesWithoutAnElementAreReadUntilThereIsOne() {
    Reader reader = read("", 1);
    pieces.arrive("a");
    pieces.arrive(".");
    pieces.arrive(".");
    pieces.arrive("b");
    assertThat(reader.values).containsExactly("a");
    assertThat(pieces.asked).as("the element that is here is held, and no more").isEqualTo(4);
  }

  /** Random demand and random pieces: at every quiet point the one explains the other. */
  @Test
  void atEveryQuietPointTheDemandExplainsTheElements() {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 500; round++) {
      Pieces source = new Pieces();
      Reader reader = new Reader(0);
      body(source, "").subscribe(reader);
      StringBuilder sent = new StringBuilder();
      long arrived = 0;
      long requested = 0;
      for (int step = 0; step < 40; step++) {
        if (random.nextBoolean() && arrived < source.asked) {
          String piece = "xyz".repeat(random.nextInt(3)) + ".".repeat(random.nextInt(2));
          sent.append(piece.replace(".", ""));
          arrived++;
          source.arrive(piece);
        } else {
          int more = 1 + random.nextInt(4);
          requested += more;
          reader.request(more);
        }
        assertThat(String.join("", reader.values))
            .as("seed %d round %d step %d", seed, round, step)
            .isEqualTo(sent.substring(0, (int) Math.min(requested, sent.length())));
        assertThat(source.asked)
            .as("seed %d round %d step %d: one piece at a time", seed, round, step)
            .isBetween(arrived, arrived + 1);
      }
      reader.cancel();
    }
    assertThat(timers.live).as("seed %d", seed).hasValue(0);
  }

  @Test
  void anErrorComesAfterTheElementsBeforeIt() {
    Reader reader = read("", 1);
    pieces.arrive("abc");
    pieces.fail(new IllegalStateException("cut"));
    assertThat(reader.error).isNull();
    reader.request(1);
    assertThat(reader.error).isNull();
    reader.request(1);
    assertThat(reader.values).containsExactly("a", "b", "c");
    assertThat(reader.error).as("without further demand").hasMessage("cut");
    assertThat(timers.live).hasValue(0);
  }

  @Test
  void theEndComesWithoutDemandUnlessItHasElements() {
    Reader reader = read("", 1);
    pieces.arrive("a");
    pieces.end();
    assertThat(reader.completed).isTrue();

    Pieces more = new Pieces();
    Reader waiting = new Reader(1);
    body(more, "yz").subscribe(waiting);
    more.arrive("a");
    more.end();
    assertThat(waiting.completed).isFalse();
    waiting.request(1);
    assertThat(waiting.values).containsExactly("a", "y");
    waiting.request(1);
    assertThat(waiting.values).containsExactly("a", "y", "z");
    assertThat(waiting.completed).isTrue();
    assertThat(timers.live).hasValue(0);
  }

  @Test
  void anEmptyBodyHasOnlyItsEnd() {
    Reader reader = read("yz", 5);
    pieces.end();
    assertThat(reader.values).containsExactly("y", "z");
    assertThat(reader.completed).isTrue();
  }

  @Test
  void theStallClockStandsStillWithoutDemand() {
    Reader reader = read("");
    virtual.advanceTimeBy(Duration.ofHours(5));
    reader.request(1);
    pieces.arrive("ab");
    virtual.advanceTimeBy(Duration.ofHours(5));
    reader.request(1);
    virtual.advanceTimeBy(Duration.ofHours(5));
    assertThat(reader.values).containsExactly("a", "b");
    assertThat(reader.error).isNull();
    assertThat(pieces.cancelled).isZero();
    reader.request(1);
    virtual.advanceTimeBy(STALL.minusMillis(1));
    assertThat(reader.error).isNull();
    virtual.advanceTimeBy(Duration.ofMillis(1));
    assertThat(reader.error).hasMessage("stalled");
    assertThat(pieces.cancelled).isEqualTo(1);
    assertThat(timers.live).hasValue(0);
  }

  @Test
  void eachPieceAndEachPauseOfTheSubscriberStartsTheStallClockAnew() {
    Reader reader = read("", 2);
    for (String piece : List.of(".", ".", "a", ".")) {
      virtual.advanceTimeBy(STALL.minusSeconds(1));
      pieces.arrive(piece);
    }
    virtual.advanceTimeBy(STALL.minusSeconds(1));
    pieces.arrive("b");
    // No demand for a while, with a timer of the last wait still open.
    virtual.advanceTimeBy(STALL.minusSeconds(2));
    reader.request(1);
    virtual.advanceTimeBy(STALL.minusSeconds(1));
    assertThat(reader.error).isNull();
    assertThat(reader.values).containsExactly("a", "b");
    virtual.advanceTimeBy(Duration.ofSeconds(1));
    assertThat(reader.error).hasMessage("stalled");
    assertThat(timers.live).hasValue(0);
  }

  @Test
  void oneTimerServesManyWaits() {
    Reader reader = read("", Long.MAX_VALUE);
    for (int i = 0; i < 1_000; i++) {
      virtual.advanceTimeBy(Duration.ofMillis(1));
      pieces.arrive("a");
    }
    assertThat(reader.values).hasSize(1_000);
    assertThat(timers.live).hasValue(1);
    assertThat(timers.made).hasValue(1);
    pieces.end();
    assertThat(timers.live).hasValue(0);
  }

  /** After each of the steps of a reading: the pieces end, no timer stays, nothing comes after. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void cancellingAtAnyPointReachesThePieces(int steps) {
    List<String> discarded = new ArrayList<>();
    Reader reader = new Reader(0);
    body(pieces, "z").doOnDiscard(String.class, discarded::add).subscribe(reader);
    List<Runnable> script =
        List.of(
            () -> reader.request(1),
            () -> virtual.advanceTimeBy(STALL.minusSeconds(5)),
            () -> pieces.arrive("."),
            () -> pieces.arrive("abcd"),
            () -> reader.request(1),
            () -> virtual.advanceTimeBy(STALL.plusSeconds(5)),
            () -> pieces.fail(new IllegalStateException("cut")));
    script.subList(0, steps).forEach(Runnable::run);
    reader.cancel();
    List<String> before = List.copyOf(reader.values);
    assertThat(pieces.cancelled).isEqualTo(1);
    assertThat(timers.live).hasValue(0);
    script.subList(Math.min(steps, 6), 6).forEach(Runnable::run);
    virtual.advanceTimeBy(Duration.ofHours(1));
    assertThat(reader.values).isEqualTo(before);
    assertThat(reader.error).isNull();
    assertThat(reader.completed).isFalse();
    assertThat(timers.live).hasValue(0);
    int held = steps >= 4 ? 4 - before.size() : 0;
    assertThat(discarded).hasSize(held);
  }

  @Test
  void cancellingFromWithinOnNextDiscardsTheRest() {
    List<String> discarded = new ArrayList<>();
    Reader reader = new Reader(Long.MAX_VALUE);
    reader.onEach = r -> r.cancel();
    body(pieces, "").doOnDiscard(String.class, discarded::add).subscribe(reader);
    pieces.arrive("abc");
    assertThat(reader.values).containsExactly("a");
    assertThat(discarded).containsExactly("b", "c");
    assertThat(pieces.cancelled).isEqualTo(1);
    assertThat(timers.live).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ab!d", "ab?d"})
  void whatCantBeReadIsAnErrorAfterTheElementsBeforeIt(String piece) {
    Reader reader = read("", 1);
    pieces.arrive(piece);
    assertThat(reader.error).isNull();
    reader.request(5);
    assertThat(reader.values).containsExactly("a", "b");
    assertThat(reader.error)
        .hasMessage("unreadable body")
        .rootCause()
        .hasMessage(piece.contains("!") ? "unreadable" : "broken reader");
    assertThat(pieces.cancelled).isEqualTo(1);
    assertThat(timers.live).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"y!", "y?"})
  void anEndThatCantBeReadIsAnErrorToo(String end) {
    Reader reader = read(end, 5);
    pieces.arrive("a");
    pieces.end();
    assertThat(reader.values).containsExactly("a", "y");
    assertThat(reader.error).hasMessage("unreadable body");
    assertThat(reader.completed).isFalse();
  }

  @Test
  void aReaderThatThrowsOnItsPieceFailsTheReading() {
    for (RuntimeException fault :
        List.of(new IllegalArgumentException("no"), new IllegalStateException("broken"))) {
      Pieces source = new Pieces();
      Reader reader = new Reader(1);
      BodyReader<String> broken =
          new BodyReader<>() {
            @Override
            public List<String> feed(byte[] piece) {
              throw fault;
            }

            @Override
            public List<String> end() {
              return List.of();
            }
          };
      body(source, broken).subscribe(reader);
      source.arrive("a");
      assertThat(reader.error).hasMessage("unreadable body").hasRootCause(fault);
      assertThat(source.cancelled).isEqualTo(1);
    }
    assertThat(timers.live).hasValue(0);
  }

  @Test
  void demandFromWithinOnNextDoesNotRecurse() {
    Reader reader = new Reader(1);
    reader.onEach = r -> r.request(1);
    Flux<byte[]> source = Flux.range(0, 1_000).map(n -> Letters.bytes("x".repeat(100)));
    body(source, new Letters("")).subscribe(reader);
    assertThat(reader.values).hasSize(100_000);
    assertThat(reader.completed).isTrue();

    Reader onePiece = new Reader(1);
    onePiece.onEach = r -> r.request(1);
    body(Flux.just(Letters.bytes("x".repeat(100_000))), new Letters("")).subscribe(onePiece);
    assertThat(onePiece.values).hasSize(100_000);
    assertThat(onePiece.completed).isTrue();
    assertThat(timers.live).hasValue(0);
  }

  @Test
  void unboundedDemandTwiceIsUnboundedDemand() {
    Reader reader = read("", Long.MAX_VALUE);
    reader.request(Long.MAX_VALUE);
    pieces.arrive("abc");
    pieces.end();
    assertThat(reader.values).containsExactly("a", "b", "c");
    assertThat(reader.completed).isTrue();
  }

  @Test
  void theSubscribersContextReachesThePieces() {
    List<Object> seen = new ArrayList<>();
    Flux<byte[]> source =
        Flux.deferContextual(
            context -> {
              seen.add(context.get("who"));
              return Flux.just(Letters.bytes("a"));
            });
    StepVerifier.create(body(source, new Letters("")).contextWrite(Context.of("who", "me")))
        .expectNext("a")
        .expectComplete()
        .verify(PATIENCE);
    assertThat(seen).containsExactly("me");
  }

  /** Demand, pieces, the clock and a cancellation from four threads: one end at most. */
  @Test
  void whateverHappensAtOnceThereIsOneEnd() throws Exception {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 1_500; round++) {
        race(threads, random.split(), "seed " + seed + " round " + round);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void race(ExecutorService threads, SplittableRandom random, String name)
      throws Exception {
    Pieces source = new Pieces();
    Timers own = new Timers(VirtualTimeScheduler.create());
    Reader reader = new Reader(2);
    new BodyFlux<>(
            source,
            new Letters(""),
            TimeSource.of(Clock.systemUTC(), own),
            STALL,
            () -> new IllegalStateException("stalled"),
            e -> e)
        .subscribe(reader);
    source.arrive("a");
    boolean cancels = random.nextBoolean();
    boolean ends = random.nextBoolean();
    CyclicBarrier together = new CyclicBarrier(4);
    List<Future<?>> all =
        List.of(
            threads.submit(() -> at(together, () -> reader.request(3))),
            threads.submit(
                () ->
                    at(
                        together,
                        () -> {
                          source.arrive("bcd");
                          if (ends) {
                            source.end();
                          } else {
                            source.fail(new IllegalStateException("cut"));
                          }
                        })),
            threads.submit(
                () ->
                    at(
                        together,
                        () ->
                            ((VirtualTimeScheduler) own.real).advanceTimeBy(STALL.plusMillis(1)))),
            threads.submit(
                () ->
                    at(
                        together,
                        () -> {
                          if (cancels) {
                            reader.cancel();
                          }
                        })));
    for (Future<?> each : all) {
      each.get(10, TimeUnit.SECONDS);
    }
    assertThat(String.join("", reader.values)).as(name).isSubstringOf("abcd").startsWith("a");
    assertThat(reader.ends).as(name).hasValueLessThanOrEqualTo(1);
    if (!cancels) {
      assertThat(reader.ends).as(name).hasValue(1);
      Throwable error = reader.error;
      if (error == null || "cut".equals(error.getMessage())) {
        assertThat(reader.values).as(name).hasSize(4);
      }
    }
    assertThat(own.live).as(name).hasValue(0);
  }

  private static @Nullable Void at(CyclicBarrier together, Runnable action) throws Exception {
    together.await(10, TimeUnit.SECONDS);
    action.run();
    return null;
  }

  private Reader read(String end, long... requests) {
    Reader reader = new Reader(requests.length == 0 ? 0 : requests[0]);
    body(pieces, end).subscribe(reader);
    return reader;
  }

  private Flux<String> body(Flux<byte[]> source, String end) {
    return body(source, new Letters(end));
  }

  private Flux<String> body(Flux<byte[]> source, BodyReader<String> reader) {
    return new BodyFlux<>(
        source,
        reader,
        TimeSource.of(Clock.systemUTC(), timers),
        STALL,
        () -> new IllegalStateException("stalled"),
        e -> new IllegalStateException("unreadable body", e));
  }

  /** Collects what comes, and asks only for what it is told to. */
  private static final class Reader extends BaseSubscriber<String> {
    private final long first;
    private final List<String> values = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger ends = new AtomicInteger();
    private Consumer<Reader> onEach = reader -> {};
    private volatile boolean completed;
    private volatile @Nullable Throwable error;

    Reader(long first) {
      this.first = first;
    }

    /** As the transport has it: a fault that lost to an end or a cancellation is no news. */
    @Override
    public Context currentContext() {
      return Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) late -> {});
    }

    @Override
    protected void hookOnSubscribe(Subscription s) {
      if (first > 0) {
        request(first);
      }
    }

    @Override
    protected void hookOnNext(String value) {
      values.add(value);
      onEach.accept(this);
    }

    @Override
    protected void hookOnComplete() {
      completed = true;
      ends.incrementAndGet();
    }

    @Override
    protected void hookOnError(Throwable fault) {
      error = fault;
      ends.incrementAndGet();
    }
  }

  /** Tells how many timers are open. */
  private static final class Timers implements Scheduler {
    private final Scheduler real;
    private final AtomicInteger live = new AtomicInteger();
    private final AtomicInteger made = new AtomicInteger();

    Timers(Scheduler real) {
      this.real = real;
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
      AtomicBoolean over = new AtomicBoolean();
      made.incrementAndGet();
      live.incrementAndGet();
      Disposable scheduled =
          real.schedule(
              () -> {
                if (over.compareAndSet(false, true)) {
                  live.decrementAndGet();
                  task.run();
                }
              },
              delay,
              unit);
      return () -> {
        if (over.compareAndSet(false, true)) {
          live.decrementAndGet();
        }
        scheduled.dispose();
      };
    }

    @Override
    public long now(TimeUnit unit) {
      return real.now(unit);
    }

    @Override
    public Disposable schedule(Runnable task) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Worker createWorker() {
      throw new UnsupportedOperationException();
    }
  }
}
