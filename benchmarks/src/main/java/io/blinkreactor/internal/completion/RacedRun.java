package io.blinkreactor.internal.completion;

import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.internal.completion.Transitions.Event;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A run whose every look shows that it has ended, and that counts how often it tells so. */
final class RacedRun {

  private static final UntrustedPayload BODY = new UntrustedPayload(new byte[0], null);

  private final AtomicInteger told = new AtomicInteger();
  private final Run<String> run;

  RacedRun(boolean started) {
    CompletionEngine<String> engine =
        new CompletionEngine<>(
            TimeSource.of(Clock.systemUTC(), new AtOnce()),
            new CompletionOptions(Duration.ofHours(1), Duration.ofMinutes(1)),
            "ws",
            new Ended(),
            null,
            null,
            new PendingRuns("v", null),
            null,
            Step.Observer.NONE);
    run = new Run<>(engine, "p", "c", 0, Duration.ofHours(1).toNanos());
    run.on(new Event.Requested());
    if (started) {
      answer();
    }
    run.completion().subscribe(end -> told.incrementAndGet(), error -> told.incrementAndGet());
  }

  void answer() {
    run.on(new Event.Started("x"));
  }

  void signal() {
    run.signal(BODY);
  }

  void look() {
    run.on(new Event.Due(run.state().version()));
  }

  void deadline() {
    run.on(new Event.Deadline());
  }

  void cancel() {
    run.on(new Event.Cancelled());
  }

  /** How it ended, in words. */
  String verdict() {
    int times = told.get();
    return run.state().phase() + ", told " + (times == 1 ? "once" : times + " times");
  }

  private static final class Ended implements Vendor<String> {
    @Override
    public String describe(String target) {
      return target;
    }

    @Override
    public Mono<Look<String>> look(String target, String executionId) {
      return Mono.just(new Look<>("x", "p", "Completed", "completed", true, true, null, null));
    }

    @Override
    public Mono<Void> cancel(String target, String executionId) {
      return Mono.empty();
    }
  }

  /** Runs everything at once on the thread that comes with it, but what is to be later never. */
  private static final class AtOnce implements Scheduler {
    @Override
    public Disposable schedule(Runnable task) {
      task.run();
      return Disposables.disposed();
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
      return Disposables.single();
    }

    @Override
    public Worker createWorker() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long now(TimeUnit unit) {
      return 0;
    }
  }
}
