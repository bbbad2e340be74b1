package io.blinkreactor.internal.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.StoreOptions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** An engine in virtual time, with a wall clock that can jump. */
abstract class VirtualEngine {

  static final Duration TIMEOUT = Duration.ofHours(1);
  static final Duration RECONCILE = Duration.ofSeconds(30);

  /** Longer than the first pause before a look of our own, with all its jitter. */
  static final Duration DUE = Duration.ofSeconds(37);

  private static final Instant BIRTH = Instant.parse("2026-05-04T03:02:01Z");

  final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
  final FakeVendor vendor = new FakeVendor();
  final FakeReceiver receiver = new FakeReceiver();
  final List<Completion<String>> ends = new ArrayList<>();
  final List<Throwable> errors = new ArrayList<>();

  /** By how much the wall clock is wrong. */
  Duration jump = Duration.ZERO;

  final TimeSource time = TimeSource.of(new JumpyClock(), scheduler);
  final FaultyStore store =
      new FaultyStore(PendingStore.memory(StoreOptions.builder().time(time).build()));

  /** What was passed, as step and execution id. */
  final List<String> steps = new ArrayList<>();

  CompletionOptions options = new CompletionOptions(TIMEOUT, RECONCILE);

  private final class JumpyClock extends Clock {
    @Override
    public Instant instant() {
      return BIRTH.plusNanos(scheduler.now(TimeUnit.NANOSECONDS)).plus(jump);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  /** The time at the vendor, whose clock does not jump. */
  Instant vendorTime() {
    return BIRTH.plusNanos(scheduler.now(TimeUnit.NANOSECONDS));
  }

  CompletionEngine<String> engine() {
    return engine(receiver, null);
  }

  CompletionEngine<String> engine(
      @Nullable CallbackReceiver callbacks, @Nullable PendingStore records) {
    return new CompletionEngine<>(
        time,
        options,
        "ws",
        vendor,
        callbacks,
        records,
        new PendingRuns("v", null),
        null,
        (step, id, execution) -> steps.add(step + " " + execution));
  }

  RunHandle<String> started(CompletionEngine<String> engine, String id) {
    return requireNonNull(engine.start("p", target -> Mono.just(id)).block());
  }

  /** Starts a run whose answer breaks off. */
  RunHandle<String> broken(CompletionEngine<String> engine) {
    return requireNonNull(engine.start("p", target -> Mono.error(reset())).block());
  }

  static TransportException reset() {
    return new TransportException("The connection was reset.", true, "Look.", null);
  }

  Disposable await(RunHandle<String> run) {
    Disposable waiting = run.completion().subscribe(ends::add, errors::add);
    scheduler.advanceTime();
    return waiting;
  }

  void pass(Duration duration) {
    scheduler.advanceTimeBy(duration);
  }

  void passSeconds(long seconds) {
    pass(Duration.ofSeconds(seconds));
  }
}
