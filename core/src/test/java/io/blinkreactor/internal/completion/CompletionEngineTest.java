package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.UntrustedPayload;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The engine in virtual time, with a vendor and a receiver of a few lines. */
class CompletionEngineTest {

  private static final Duration TIMEOUT = Duration.ofHours(1);
  private static final Duration RECONCILE = Duration.ofSeconds(30);

  private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
  private final FakeVendor vendor = new FakeVendor();
  private final FakeReceiver receiver = new FakeReceiver();
  private final CompletionEngine<String> engine =
      new CompletionEngine<>(
          TimeSource.of(Clock.systemUTC(), scheduler),
          new CompletionOptions(TIMEOUT, RECONCILE),
          "ws",
          vendor,
          receiver,
          null,
          new PendingRuns("v", null),
          null,
          Step.Observer.NONE);
  private final List<Completion<String>> ends = new ArrayList<>();
  private final List<Throwable> errors = new ArrayList<>();

  @Test
  void aCallbackIsFollowedByOneLookAndCompletes() {
    RunHandle<String> run = started("x1");
    await(run);
    vendor.end("x1", "Completed");
    assertThat(receiver.call(run)).isEqualTo(CallbackReceipt.ACCEPTED);
    scheduler.advanceTime();
    assertThat(ends)
        .singleElement()
        .satisfies(
            end -> {
              assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
              assertThat(end.execution()).isEqualTo("x1 Completed");
              assertThat(Objects.requireNonNull(end.payload()).text()).isEqualTo("hello");
            });
    assertThat(vendor.looks).containsExactly("x1");
    assertThat(engine.pending()).isZero();
  }

  @Test
  void t7TheRunIsRegisteredBeforeTheRequestLeaves() {
    List<CallbackReceipt> early = new ArrayList<>();
    vendor.end("x1", "Failed");
    RunHandle<String> run =
        Objects.requireNonNull(
            engine
                .start(
                    "p",
                    target -> {
                      early.add(receiver.call(Objects.requireNonNull(target)));
                      assertThat(vendor.looks).isEmpty();
                      return Mono.just("x1");
                    })
                .block());
    await(run);
    assertThat(early).containsExactly(CallbackReceipt.ACCEPTED);
    assertThat(vendor.looks).containsExactly("x1");
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.CALLBACK);
  }

  @Test
  void t9DuplicatesOfACallbackAreHarmless() {
    RunHandle<String> run = started("x1");
    await(run);
    await(run);
    vendor.end("x1", "Completed");
    for (int i = 0; i < 10; i++) {
      receiver.call(run);
    }
    scheduler.advanceTime();
    assertThat(ends).hasSize(2);
    assertThat(vendor.looks).hasSize(1);
    assertThat(receiver.call(run)).isEqualTo(CallbackReceipt.DUPLICATE);
  }

  @Test
  void aCallbackOfARunThatWasNeverOursIsAnOrphan() {
    assertThat(receiver.call("AAAAAAAAAAAAAAAAAAAAAA")).isEqualTo(CallbackReceipt.ORPHAN);
    assertThat(vendor.looks).isEmpty();
  }

  @Test
  void t6AStatusThatLagsIsAskedForAgainAfterEachStepOfTheLadder() {
    RunHandle<String> run = started("x1");
    await(run);
    receiver.call(run);
    assertThat(vendor.looks).hasSize(1);
    long waited = 0;
    int looks = 1;
    for (long step : List.of(250, 500, 1000, 2000, 4000)) {
      scheduler.advanceTimeBy(Duration.ofMillis(step - 1));
      assertThat(vendor.looks).hasSize(looks);
      scheduler.advanceTimeBy(Duration.ofMillis(1));
      assertThat(vendor.looks).hasSize(++looks);
      waited += step;
    }
    assertThat(waited).isEqualTo(7750);
    scheduler.advanceTimeBy(Duration.ofSeconds(20));
    assertThat(vendor.looks).as("then the usual schedule").hasSize(looks);
  }

  @Test
  void aLaggingStatusCompletesByTheLadder() {
    RunHandle<String> run = started("x1");
    await(run);
    receiver.call(run);
    scheduler.advanceTimeBy(Duration.ofMillis(600));
    vendor.end("x1", "Completed");
    scheduler.advanceTimeBy(Duration.ofMillis(150));
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.CALLBACK);
    assertThat(vendor.looks).hasSize(3);
  }

  @Test
  void aLostCallbackIsMadeUpForByAFewLooks() {
    await(started("x1"));
    scheduler.advanceTimeBy(Duration.ofSeconds(23));
    assertThat(vendor.looks).as("a fifth of jitter before 30 s at most").isEmpty();
    scheduler.advanceTimeBy(Duration.ofSeconds(14));
    assertThat(vendor.looks).hasSize(1);
    vendor.end("x1", "Timeout");
    scheduler.advanceTimeBy(Duration.ofSeconds(73));
    assertThat(vendor.looks).hasSize(2);
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.RECONCILE);
  }

  @Test
  void looksOfOurOwnBackOffToFiveMinutes() {
    CompletionOptions options = new CompletionOptions(TIMEOUT, RECONCILE);
    assertThat(
            List.of(0, 1, 2, 3, 4, 5, 40).stream()
                .map(n -> options.interval(RECONCILE, n).toSeconds()))
        .containsExactly(30L, 60L, 120L, 240L, 300L, 300L, 300L);
    assertThat(new CompletionOptions(TIMEOUT, Duration.ofMinutes(10)).interval(RECONCILE, 3))
        .as("never sooner than asked for")
        .isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void aLookThatFailsIsRepeated() {
    RunHandle<String> run = started("x1");
    await(run);
    vendor.failure = new IllegalStateException("unreachable");
    receiver.call(run);
    assertThat(vendor.looks).hasSize(1);
    vendor.failure = null;
    vendor.end("x1", "Completed");
    scheduler.advanceTimeBy(Duration.ofMillis(250));
    assertThat(ends).hasSize(1);
  }

  @Test
  void aTimeoutNamesWhatWasWaitedFor() {
    await(started("x1"));
    vendor.state = "Running";
    scheduler.advanceTimeBy(TIMEOUT);
    assertThat(errors)
        .singleElement()
        .isInstanceOfSatisfying(
            DeadlineException.class,
            e -> {
              assertThat(e.clock()).isEqualTo(DeadlineException.Clock.COMPLETION);
              assertThat(e)
                  .hasMessageContaining("a run of playbook p")
                  .hasMessageContaining("execution x1")
                  .hasMessageContaining("last seen in state Running")
                  .hasMessageContaining("without a callback")
                  .hasMessageContaining("3600 s");
            });
    assertThat(engine.pending()).isZero();
  }

  @Test
  void theLastLookAtTheDeadlineMayStillFindTheEnd() {
    await(started("x1"));
    scheduler.advanceTimeBy(TIMEOUT.minusSeconds(1));
    int before = vendor.looks.size();
    vendor.end("x1", "Completed");
    scheduler.advanceTimeBy(Duration.ofSeconds(1));
    assertThat(vendor.looks).hasSize(before + 1);
    assertThat(ends).hasSize(1);
  }

  @Test
  void t21CancellingTheLastWaiterFreesEverything() {
    RunHandle<String> run = started("x1");
    Disposable first = await(run);
    Disposable second = await(run);
    first.dispose();
    assertThat(engine.pending()).isOne();
    vendor.answers = Sinks.one();
    receiver.call(run);
    second.dispose();
    assertThat(engine.pending()).isZero();
    scheduler.advanceTimeBy(TIMEOUT.multipliedBy(2));
    assertThat(vendor.looks).hasSize(1);
    assertThat(receiver.call(run)).isEqualTo(CallbackReceipt.ORPHAN);
  }

  @Test
  void whoWaitsAgainSeesTheEnd() {
    RunHandle<String> run = started("x1");
    await(run).dispose();
    vendor.end("x1", "Completed");
    await(run);
    assertThat(ends).singleElement().matches(end -> end.source() == CompletionSource.RECONCILE);
    await(run);
    assertThat(ends).hasSize(2);
    assertThat(vendor.looks).hasSize(1);
  }

  @Test
  void aRefusedStartIsToldAndNotAwaited() {
    engine
        .start("p", target -> Mono.error(new IllegalStateException("refused")))
        .subscribe(run -> {}, errors::add);
    assertThat(errors).singleElement().matches(e -> "refused".equals(e.getMessage()));
    assertThat(engine.pending()).isZero();
  }

  @Test
  void cancellingTheStartFreesEverything() {
    Disposable start = engine.start("p", target -> Mono.never()).subscribe();
    assertThat(engine.pending()).isOne();
    start.dispose();
    assertThat(engine.pending()).isZero();
  }

  @Test
  void aStartThatIsNeverAnsweredTimesOut() {
    engine.start("p", target -> Mono.<String>never()).subscribe(run -> {}, errors::add);
    scheduler.advanceTimeBy(TIMEOUT);
    assertThat(engine.pending()).isZero();
  }

  @Test
  void anIdThatComesTooLateIsStillTold() {
    Sinks.One<String> answer = Sinks.one();
    engine.start("p", target -> answer.asMono()).subscribe(run -> {}, errors::add);
    scheduler.advanceTimeBy(TIMEOUT);
    answer.tryEmitValue("x7").orThrow();
    assertThat(errors)
        .singleElement()
        .isInstanceOf(DeadlineException.class)
        .satisfies(e -> assertThat(e).hasMessageContaining("execution x7"));
  }

  @Test
  void enginesOfOneClientShareTheGauge() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    PendingRuns pending = new PendingRuns("v", meters);
    for (String scope : List.of("a", "b")) {
      CompletionEngine<String> one =
          new CompletionEngine<>(
              TimeSource.of(Clock.systemUTC(), scheduler),
              new CompletionOptions(TIMEOUT, RECONCILE),
              scope,
              vendor,
              null,
              null,
              pending,
              meters,
              Step.Observer.NONE);
      one.start("p", target -> Mono.just(scope)).block();
    }
    assertThat(meters.get("blinkreactor.runs.pending").gauge().value()).isEqualTo(2);
    scheduler.advanceTimeBy(TIMEOUT);
    assertThat(meters.get("blinkreactor.runs.pending").gauge().value()).isZero();
  }

  @Test
  void eachSubscriptionStartsARunOfItsOwn() {
    Mono<RunHandle<String>> start = engine.start("p", target -> Mono.just("x1"));
    assertThat(Objects.requireNonNull(start.block()).correlationId())
        .isNotEqualTo(Objects.requireNonNull(start.block()).correlationId())
        .hasSize(22);
  }

  @Test
  void closingLetsTheWaitersGo() {
    await(started("x1"));
    engine.close();
    scheduler.advanceTime();
    assertThat(errors).singleElement().isInstanceOf(CancellationException.class);
    assertThat(receiver.sink).isNull();
    engine.start("p", target -> Mono.just("x2")).subscribe(run -> {}, errors::add);
    assertThat(errors).last().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anAdoptedRunIsLookedAtAtOnceAndThenAsUsual() {
    RunHandle<String> run = Objects.requireNonNull(engine.adopt("p", "x3").block());
    await(run);
    assertThat(vendor.looks).containsExactly("x3");
    vendor.end("x3", "Completed");
    scheduler.advanceTimeBy(RECONCILE.multipliedBy(3));
    assertThat(vendor.looks).hasSize(2);
    assertThat(ends)
        .singleElement()
        .matches(end -> end.source() == CompletionSource.RECONCILE)
        .matches(end -> Objects.equals(end.executionId(), "x3"));
  }

  @Test
  void withoutAReceiverItLooksByItself() {
    CompletionEngine<String> poller =
        new CompletionEngine<>(
            TimeSource.of(Clock.systemUTC(), scheduler),
            new CompletionOptions(TIMEOUT, RECONCILE),
            "ws",
            vendor,
            null,
            null,
            new PendingRuns("v", null),
            null,
            Step.Observer.NONE);
    RunHandle<String> run =
        Objects.requireNonNull(
            poller
                .start(
                    "p",
                    target -> {
                      assertThat(target).isNull();
                      return Mono.just("x9");
                    })
                .block());
    await(run);
    vendor.end("x9", "Completed");
    scheduler.advanceTimeBy(Duration.ofSeconds(37));
    assertThat(ends).hasSize(1);
    assertThat(vendor.looks).hasSize(1);
  }

  private RunHandle<String> started(String executionId) {
    return Objects.requireNonNull(engine.start("p", target -> Mono.just(executionId)).block());
  }

  private Disposable await(RunHandle<String> run) {
    Disposable waiting = run.completion().subscribe(ends::add, errors::add);
    scheduler.advanceTime();
    return waiting;
  }

  private static final class FakeVendor implements Vendor<String> {
    private final Map<String, String> ended = new HashMap<>();
    private final List<String> looks = new ArrayList<>();
    private String state = "Running";
    private Sinks.@Nullable One<Look<String>> answers;
    private @Nullable RuntimeException failure;

    void end(String id, String finalState) {
      ended.put(id, finalState);
    }

    @Override
    public String describe(String target) {
      return "a run of playbook " + target;
    }

    @Override
    public Mono<Void> cancel(String target, String id) {
      return Mono.fromRunnable(() -> end(id, "Cancelled"));
    }

    @Override
    public Mono<Look<String>> look(String target, String id) {
      looks.add(id);
      if (answers != null) {
        return answers.asMono();
      } else if (failure != null) {
        return Mono.error(failure);
      }
      String now = ended.getOrDefault(id, state);
      return Mono.just(seen(id, now));
    }

    private Look<String> seen(String id, String now) {
      boolean over = ended.containsKey(id);
      return new Look<>(id + " " + now, "p", now, now, over, now.equals("Completed"), null, null);
    }
  }

  private static final class FakeReceiver implements CallbackReceiver {
    private @Nullable CallbackSink sink;

    @Override
    public CallbackTarget target(String scope, String correlationId, Instant expiry) {
      return new CallbackTarget(
          URI.create("http://localhost/" + correlationId), "POST", Map.of(), Map.of(), Map.of());
    }

    @Override
    public Disposable attach(String scope, CallbackSink newSink) {
      sink = newSink;
      return () -> sink = null;
    }

    CallbackReceipt call(RunHandle<String> run) {
      return call(run.correlationId());
    }

    CallbackReceipt call(CallbackTarget target) {
      return call(target.url().getPath().substring(1));
    }

    CallbackReceipt call(String correlationId) {
      return Objects.requireNonNull(
          Objects.requireNonNull(sink)
              .accept(
                  correlationId, new UntrustedPayload(new byte[] {'h', 'e', 'l', 'l', 'o'}, null))
              .block());
    }
  }
}
