package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/** Calls the extensions as JUnit would, around pieces of code that break a rule on purpose. */
class ExtensionsTest {
  private static final AtomicInteger SPINS = new AtomicInteger();

  private final List<String> published = new ArrayList<>();

  private interface Piece {
    void run(InvariantsExtension invariants) throws Exception;
  }

  /** A class of one test, which runs the piece of code. */
  static final class Subject {
    private static Piece piece = invariants -> {};
    private static Duration patience = Duration.ZERO;

    @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension(patience);

    @Test
    void aTest() throws Exception {
      piece.run(invariants);
    }
  }

  private ExtensionContext context(Optional<Throwable> failure) {
    return (ExtensionContext)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getDisplayName" -> "a test";
                  case "getExecutionException" -> failure;
                  case "publishReportEntry" -> {
                    published.add(arguments[0] + "=" + arguments[1]);
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  /** Has JUnit run the subject, and throws whatever failed it, its class included. */
  private static void around(Piece piece) throws Throwable {
    around(Duration.ofSeconds(5), piece);
  }

  private static void around(Duration patience, Piece piece) throws Throwable {
    Subject.piece = piece;
    Subject.patience = patience;
    Optional<Throwable> failure =
        EngineTestKit.engine("junit-jupiter")
            .selectors(DiscoverySelectors.selectClass(Subject.class))
            .execute()
            .allEvents()
            .failed()
            .stream()
            .flatMap(event -> event.getPayload(TestExecutionResult.class).stream())
            .flatMap(result -> result.getThrowable().stream())
            .findFirst();
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  @Test
  void cleanTestsPass() {
    assertThatCode(
            () ->
                around(
                    invariants -> {
                      Scheduler scheduler = invariants.scheduler();
                      invariants.watch("nothing", () -> 0);
                      Flux.interval(Duration.ofMillis(1), scheduler).take(3).blockLast();
                      Mono.delay(Duration.ofHours(1), scheduler).subscribe().dispose();
                      Scheduler.Worker worker = scheduler.createWorker();
                      worker.schedule(() -> {}, 1, TimeUnit.HOURS);
                      worker.schedulePeriodically(() -> {}, 1, 1, TimeUnit.HOURS);
                      worker.dispose();
                      scheduler.schedule(() -> {});
                    }))
        .doesNotThrowAnyException();
  }

  @Test
  void droppedErrors() {
    assertThatThrownBy(
            () ->
                around(
                    invariants ->
                        Operators.onErrorDropped(
                            new IllegalStateException("too late"), Context.empty())))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("aTest()")
        .hasMessageContaining("error dropped")
        .hasMessageContaining("too late");
  }

  @Test
  void droppedValues() {
    assertThatThrownBy(
            () -> around(invariants -> Operators.onNextDropped("late value", Context.empty())))
        .hasMessageContaining("value dropped: late value");
  }

  @Test
  void leakedBuffers() {
    Logger logger = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    // This leak is wanted, so it must not reach the output that the build searches.
    logger.setAdditive(false);
    try {
      assertThatThrownBy(
              () ->
                  around(
                      invariants -> {
                        for (int i = 0; i < 8; i++) {
                          ByteBuf lost = PooledByteBufAllocator.DEFAULT.buffer(32);
                          lost.writeInt(i);
                        }
                      }))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("Subject leaked buffers")
          .hasMessageContaining("never released");
    } finally {
      logger.setAdditive(true);
    }
  }

  @Test
  void leakedBuffersOfOneTest() {
    Logger logger = (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    logger.setAdditive(false);
    System.setProperty(InvariantsExtension.LEAK_CHECK, "test");
    try {
      assertThatThrownBy(() -> around(invariants -> PooledByteBufAllocator.DEFAULT.buffer(32)))
          .hasMessageContaining("aTest() left something behind: ")
          .hasMessageContaining("never released");
    } finally {
      System.clearProperty(InvariantsExtension.LEAK_CHECK);
      logger.setAdditive(true);
    }
  }

  /** A slow machine may run what is due late, but what waits must be disposed of. */
  @Test
  void aTimerThatRunsOutAfterTheTestIsLeftBehind() {
    assertThatThrownBy(
            () ->
                around(
                    invariants -> invariants.scheduler().schedule(() -> {}, 1, TimeUnit.SECONDS)))
        .hasMessageContaining("1 live tasks");
    assertThatCode(
            () ->
                around(
                    invariants -> {
                      CountDownLatch running = new CountDownLatch(1);
                      invariants
                          .scheduler()
                          .schedule(
                              () -> {
                                running.countDown();
                                long start = System.nanoTime();
                                while (System.nanoTime() - start < 600_000_000) {
                                  SPINS.incrementAndGet();
                                }
                              });
                      running.await();
                    }))
        .doesNotThrowAnyException();
  }

  /** Else what such a task schedules would be refused, and that error dropped. */
  @Test
  void aTaskThatStillRunsIsWaitedForAlthoughItWasDisposedOf() throws Throwable {
    AtomicBoolean refused = new AtomicBoolean();
    CountDownLatch ended = new CountDownLatch(1);
    around(
        invariants -> {
          CountDownLatch running = new CountDownLatch(1);
          Scheduler scheduler = invariants.scheduler();
          Disposable task =
              scheduler.schedule(
                  () -> {
                    running.countDown();
                    long start = System.nanoTime();
                    while (System.nanoTime() - start < 300_000_000) {
                      SPINS.incrementAndGet();
                    }
                    try {
                      scheduler.schedule(() -> {});
                    } catch (RejectedExecutionException disposed) {
                      refused.set(true);
                    }
                    ended.countDown();
                  });
          running.await();
          task.dispose();
        });
    assertThat(ended.getCount()).isZero();
    assertThat(refused).isFalse();
  }

  @Test
  void liveTasksOfEachKind() {
    assertThatThrownBy(
            () ->
                around(
                    Duration.ofMillis(50),
                    invariants -> {
                      Scheduler scheduler = invariants.scheduler();
                      Disposable timer = scheduler.schedule(() -> {}, 1, TimeUnit.HOURS);
                      Disposable tick =
                          scheduler.schedulePeriodically(() -> {}, 1, 1, TimeUnit.MILLISECONDS);
                      scheduler.createWorker().schedule(() -> {}, 1, TimeUnit.HOURS);
                      assertThat(invariants.liveTasks()).isEqualTo(3);
                      assertThat(timer.isDisposed() || tick.isDisposed()).isFalse();
                    }))
        .hasMessageContaining("3 live tasks");
  }

  @Test
  void watchedCounts() {
    AtomicInteger asked = new AtomicInteger();
    assertThatCode(
            () ->
                around(
                    invariants ->
                        invariants.watch(
                            "soon over", () -> Math.max(0, 5 - asked.incrementAndGet()))))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () ->
                around(
                    Duration.ofMillis(50),
                    invariants -> invariants.watch("open connections", () -> 2)))
        .hasMessageContaining("2 open connections");
  }

  @Test
  void thereIsNoSchedulerOutsideATest() {
    assertThatThrownBy(() -> new InvariantsExtension().scheduler())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void violationsFailATestUnlessAllowed() throws Exception {
    BlinkOpsEmulatorExtension blink = BlinkOpsEmulatorExtension.create(b -> b.seed(99));
    assertThatThrownBy(blink::emulator).isInstanceOf(IllegalStateException.class);
    blink.beforeEach(context(Optional.empty()));
    new Calls(blink.emulator()).get("/nothing");
    assertThatThrownBy(() -> blink.afterEach(context(Optional.empty())))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("99");
    blink.beforeEach(context(Optional.empty()));
    blink.allowViolations();
    new Calls(blink.emulator()).get("/nothing");
    blink.afterEach(context(Optional.empty()));
    blink.beforeEach(context(Optional.empty()));
    blink.afterEach(context(Optional.of(new AssertionError("red"))));
    assertThat(published).containsExactly("blinkreactor.testkit.seed=99");
  }

  @Test
  void theExtensionForBlaxelDoesTheSame() throws Exception {
    BlaxelEmulatorExtension blaxel = BlaxelEmulatorExtension.create(b -> b.seed(98));
    assertThatThrownBy(blaxel::emulator).isInstanceOf(IllegalStateException.class);
    blaxel.beforeEach(context(Optional.empty()));
    new BlaxelCalls(blaxel.emulator()).send("GET", "/nothing", null);
    assertThatThrownBy(() -> blaxel.afterEach(context(Optional.empty())))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("98")
        .hasMessageContaining("Blaxel emulator");
    blaxel.beforeEach(context(Optional.empty()));
    blaxel.allowViolations();
    new BlaxelCalls(blaxel.emulator()).send("GET", "/nothing", null);
    blaxel.afterEach(context(Optional.empty()));
    BlaxelEmulatorExtension plain = BlaxelEmulatorExtension.create();
    plain.beforeEach(context(Optional.empty()));
    assertThat(plain.emulator().executionIds()).isEmpty();
    plain.afterEach(context(Optional.of(new AssertionError("red"))));
    assertThat(published).hasSize(1);
  }
}
