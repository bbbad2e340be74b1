package io.blinkreactor.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/** Accepts, queues, runs and ends the runs started over the API, and has their callbacks sent. */
final class Runs implements Disposable {
  private final Settings settings;
  private final Seed seed;
  private final Clock clock;
  private final Executions<Row> executions;
  private final MadeUp madeUp;
  private final CallbackSender callbacks;
  private final Scheduler timers;
  private final Disposable.Composite sending = Disposables.composite();

  private final Object lock = new Object();
  private final List<Run> inOrder = new ArrayList<>();
  private final Map<String, Run> byId = new HashMap<>();
  private final Map<String, Integer> running = new HashMap<>();
  private final ArrayDeque<Run> queue = new ArrayDeque<>();

  Runs(
      Settings settings,
      Seed seed,
      Clock clock,
      Executions<Row> executions,
      MadeUp madeUp,
      CallbackSender callbacks,
      Scheduler timers) {
    this.settings = settings;
    this.seed = seed;
    this.clock = clock;
    this.executions = executions;
    this.madeUp = madeUp;
    this.callbacks = callbacks;
    this.timers = timers;
  }

  /** Starts a run; completes when the answer to the request may be written. */
  Mono<Run> start(String workspace, String playbookId, ExecuteRequest request) {
    Run run;
    boolean early;
    synchronized (lock) {
      run = accept(workspace, playbookId, request);
      run.planCallbacks(settings);
      early = run.plan.early() && run.callsBack();
      if (run.isForged()) {
        run.callbacksOpen.incrementAndGet();
      }
      if (!early) {
        if (running.getOrDefault(workspace, 0) < settings.count(Switch.LIMIT_RUNNING)) {
          begin(run);
        } else {
          queue.add(run);
        }
      }
    }
    Duration missing = settings.duration(Switch.GET_MISSING);
    if (!missing.isZero()) {
      after(missing, run.slot::makeReadable);
    }
    if (run.isForged()) {
      keep(
          Mono.delay(run.plan.forgedAfter(), timers)
              .then(callbacks.send(run, RecordedCallback.Kind.FORGED))
              .doOnTerminate(run.callbacksOpen::decrementAndGet)
              .then());
    }
    Mono<Void> answered = early ? finish(run, run.plan.outcome()) : null;
    return answered == null ? Mono.just(run) : answered.thenReturn(run);
  }

  /** Ends a run now; false if it had ended before. */
  boolean end(Run run, String state) {
    return finish(run, state) != null;
  }

  @Nullable Run find(String id) {
    synchronized (lock) {
      return byId.get(id);
    }
  }

  List<RecordedRun> recorded() {
    synchronized (lock) {
      return inOrder.stream().map(run -> run.record()).toList();
    }
  }

  @Nullable RecordedRun recorded(String id) {
    synchronized (lock) {
      Run run = byId.get(id);
      return run == null ? null : run.record();
    }
  }

  @Override
  public void dispose() {
    sending.dispose();
  }

  private Run accept(String workspace, String playbookId, ExecuteRequest request) {
    long index = inOrder.size();
    RunPlan plan = RunPlan.of(seed, index, settings, madeUp);
    Instant now = clock.instant();
    Map<Field, @Nullable Object> members = new EnumMap<>(Field.class);
    members.put(Field.STATE_UI, settings.text(Switch.STATE_QUEUED));
    members.put(Field.INPUTS, request.inputValues());
    members.put(Field.EVENT, request.event());
    members.put(Field.INPUT_VALUES_ORIGIN_EXEC_ID, request.pastExecRef());
    if (request.triggerType() != null) {
      members.put(Field.TRIGGER_TYPE, request.triggerType());
    }
    if (request.runner() != null) {
      members.put(Field.RUNNER_GROUP_ID, request.runner());
    }
    Row row =
        madeUp
            .draft(
                seed.uuid("execution", index),
                workspace,
                playbookId,
                playbookId.hashCode(),
                madeUp.nextNumber(playbookId),
                now.toEpochMilli())
            .with(members);
    boolean readable = settings.duration(Switch.GET_MISSING).isZero();
    Run run = new Run(index, request, plan, now, executions.add(row.text(Field.ID), row, readable));
    inOrder.add(run);
    byId.put(run.id, run);
    return run;
  }

  private void begin(Run run) {
    running.merge(run.workspace, 1, Integer::sum);
    run.count(true);
    run.slot.put(run.slot.row().with(begun()));
    RunPlan plan = run.plan;
    if (plan.pauses()) {
      Duration quarter = plan.duration().dividedBy(4);
      run.timers.add(after(quarter, () -> show(run, "Paused")));
      if (!plan.manual()) {
        run.timers.add(
            after(
                quarter.multipliedBy(3), () -> show(run, settings.text(Switch.STATE_UNFINISHED))));
      }
    }
    if (!plan.manual()) {
      run.timers.add(after(plan.duration(), () -> end(run, plan.outcome())));
    }
  }

  private Map<Field, @Nullable Object> begun() {
    long now = clock.millis();
    Map<Field, @Nullable Object> begun = new EnumMap<>(Field.class);
    begun.put(Field.STATE_UI, settings.text(Switch.STATE_UNFINISHED));
    begun.put(Field.STARTED_AT, now);
    begun.put(Field.TOP_EXECUTION_STARTED_AT, now);
    begun.put(Field.UPDATED_AT, now);
    return begun;
  }

  private void show(Run run, String state) {
    synchronized (lock) {
      if (!run.isFinished()) {
        run.slot.put(
            run.slot.row().with(Map.of(Field.STATE_UI, state, Field.UPDATED_AT, clock.millis())));
      }
    }
  }

  /**
   * Ends the run and sends what is to be sent. The Mono completes after the first callback's
   * answer; null if the run had ended before.
   */
  private @Nullable Mono<Void> finish(Run run, String state) {
    boolean callsBack;
    synchronized (lock) {
      if (run.isFinished()) {
        return null;
      }
      Instant now = clock.instant();
      Row begun = run.slot.row();
      if (begun.get(Field.STARTED_AT) == null) {
        begun = begun.with(begun());
        run.slot.put(begun);
      }
      run.finish(state, now);
      run.planCallbacks(settings);
      Row over = begun.with(madeUp.ended(begun, state, now.toEpochMilli(), run.index));
      Duration lag = settings.duration(Switch.STATE_LAG);
      if (lag.isZero()) {
        run.slot.put(over);
      } else {
        after(lag, () -> run.slot.put(over));
      }
      callsBack = run.callsBack();
      if (callsBack) {
        run.callbacksOpen.incrementAndGet();
      }
      leave(run);
    }
    run.ended.tryEmitEmpty();
    return callsBack ? callBack(run) : Mono.empty();
  }

  private void leave(Run run) {
    if (run.isCounted()) {
      run.count(false);
      running.merge(run.workspace, -1, Integer::sum);
    } else {
      queue.remove(run);
    }
    Iterator<Run> waiting = queue.iterator();
    while (waiting.hasNext()) {
      Run next = waiting.next();
      if (running.getOrDefault(next.workspace, 0) < settings.count(Switch.LIMIT_RUNNING)) {
        waiting.remove();
        begin(next);
      }
    }
  }

  private Mono<Void> callBack(Run run) {
    Sinks.Empty<Void> answered = Sinks.empty();
    boolean late = run.plan.late() && !run.plan.early();
    Mono<?> wait =
        late ? Mono.delay(settings.duration(Switch.CALLBACK_LATE_DELAY), timers) : Mono.empty();
    Mono<Void> genuine =
        callbacks
            .send(run, RecordedCallback.Kind.GENUINE)
            .doOnNext(first -> answered.tryEmitEmpty())
            .flatMap(first -> again(run, first, settings.count(Switch.CALLBACK_RETRIES)));
    Mono<Void> doubled =
        run.plan.doubled()
            ? callbacks.send(run, RecordedCallback.Kind.DUPLICATE).then()
            : Mono.empty();
    keep(
        wait.then(genuine)
            .then(doubled)
            .doOnTerminate(
                () -> {
                  run.callbacksOpen.decrementAndGet();
                  answered.tryEmitEmpty();
                }));
    return answered.asMono();
  }

  private Mono<Void> again(Run run, RecordedCallback last, int left) {
    if (left == 0 || last.status() / 100 == 2) {
      return Mono.empty();
    }
    return Mono.delay(settings.duration(Switch.CALLBACK_RETRY_DELAY), timers)
        .then(callbacks.send(run, RecordedCallback.Kind.GENUINE))
        .flatMap(next -> again(run, next, left - 1));
  }

  /** Subscribes, and holds on to the work only as long as it goes on. */
  private void keep(Mono<Void> work) {
    Disposable.Swap handle = Disposables.swap();
    if (sending.add(handle)) {
      handle.update(
          work.doFinally(signal -> sending.remove(handle))
              // Only a scheduler that is gone can fail here, and then nobody waits any more.
              .subscribe(null, failure -> {}));
    }
  }

  private Disposable after(Duration delay, Runnable task) {
    try {
      return timers.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closed) {
      return Disposables.disposed();
    }
  }
}
