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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/** Calls the extensions as JUnit would, around pieces of code that break a rule on purpose. */
class ExtensionsTest {
  private final List<String> published = new ArrayList<>();

  private interface Piece {
    void run(InvariantsExtension invariants) throws Exception;
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

  private void around(Piece piece) throws Exception {
    InvariantsExtension invariants = new InvariantsExtension();
    ExtensionContext context = context(Optional.empty());
    invariants.beforeEach(context);
    try {
      piece.run(invariants);
    } finally {
      invariants.afterEach(context);
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
        .hasMessageContaining("a test")
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
          .hasMessageContaining("never released");
    } finally {
      logger.setAdditive(true);
    }
  }

  @Test
  void liveTasksOfEachKind() {
    assertThatThrownBy(
            () ->
                around(
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
    assertThatThrownBy(() -> around(invariants -> invariants.watch("open connections", () -> 2)))
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
