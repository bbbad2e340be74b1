package io.blinkreactor.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/** Accepts, queues, runs, cancels and ends executions. */
final class BlaxelRuns {
  private final Settings settings;
  private final Seed seed;
  private final Clock clock;
  private final Executions<BlaxelRow> executions;
  private final BlaxelMadeUp madeUp;
  private final Scheduler timers;

  private final Object lock = new Object();
  private final List<String> created = new ArrayList<>();
  private final Map<Slot<BlaxelRow>, Run> runs = new HashMap<>();
  private final Map<String, Integer> going = new HashMap<>();
  private final ArrayDeque<Run> queue = new ArrayDeque<>();

  /** An execution that goes on; guarded by the lock. */
  private static final class Run {
    final Slot<BlaxelRow> slot;
    final SwitchValue.RunDuration duration;
    final long index;
    final Disposable.Swap timer = Disposables.swap();

    /** Whether it holds one of the workspace's places. */
    boolean counted;

    Run(Slot<BlaxelRow> slot, SwitchValue.RunDuration duration, long index) {
      this.slot = slot;
      this.duration = duration;
      this.index = index;
    }

    String workspace() {
      return slot.row().workspace();
    }
  }

  BlaxelRuns(
      Settings settings,
      Seed seed,
      Clock clock,
      Executions<BlaxelRow> executions,
      BlaxelMadeUp madeUp,
      Scheduler timers) {
    this.settings = settings;
    this.seed = seed;
    this.clock = clock;
    this.executions = executions;
    this.madeUp = madeUp;
    this.timers = timers;
  }

  /**
   * Starts or queues an execution; null if it may not be queued and there is no place.
   *
   * @throws IllegalArgumentException if the id is taken
   */
  @Nullable BlaxelRow create(String workspace, String job, BlaxelCreateRequest request) {
    synchronized (lock) {
      boolean place = hasPlace(workspace);
      if (!place && !request.allowQueue()) {
        return null;
      }
      long index = created.size();
      String chosen = request.executionId();
      String id = chosen != null ? chosen : BlaxelMadeUp.id(seed.random("execution", index));
      BlaxelRow row =
          madeUp.draft(
              id,
              workspace,
              job,
              place ? "pending" : "queued",
              clock.instant(),
              Math.max(1, request.tasks().size()),
              index,
              Map.of("spec", spec(request)));
      Duration missing = settings.duration(BlaxelSwitch.GET_MISSING);
      Slot<BlaxelRow> slot = executions.add(id, row, missing.isZero());
      if (!missing.isZero()) {
        after(missing, slot::makeReadable);
      }
      Run run = new Run(slot, settings.runDuration(), index);
      created.add(id);
      runs.put(slot, run);
      if (place) {
        begin(run);
      } else {
        queue.add(run);
      }
      return slot.row();
    }
  }

  /** The ids of the executions that were created over the API, in order of acceptance. */
  List<String> created() {
    synchronized (lock) {
      return List.copyOf(created);
    }
  }

  /** Cancels an execution; false if it has ended. */
  boolean cancel(Slot<BlaxelRow> slot) {
    synchronized (lock) {
      BlaxelRow row = slot.row();
      if (row.isFinished()) {
        return false;
      }
      if (!row.status().equals("cancelling")) {
        Run run =
            runs.computeIfAbsent(slot, none -> new Run(slot, settings.runDuration(), row.index()));
        queue.remove(run);
        slot.put(row.at("cancelling", clock.instant()));
        run.timer.update(
            after(settings.duration(BlaxelSwitch.CANCEL_DURATION), () -> end(slot, "cancelled")));
      }
      return true;
    }
  }

  /** Ends an execution now, whatever was planned; false if it had ended before. */
  boolean end(Slot<BlaxelRow> slot, String status) {
    synchronized (lock) {
      BlaxelRow row = slot.row();
      if (row.isFinished()) {
        return false;
      }
      Instant now = clock.instant();
      boolean idle = row.startedAt() == null && !status.equals("cancelled");
      slot.put((idle ? row.started(now) : row).ended(status, now));
      Run run = runs.remove(slot);
      if (run != null) {
        run.timer.dispose();
        leave(run);
      }
      return true;
    }
  }

  private static Map<String, @Nullable Object> spec(BlaxelCreateRequest request) {
    Map<String, String> masked = new LinkedHashMap<>();
    request.env().keySet().forEach(name -> masked.put(name, "****"));
    Map<String, @Nullable Object> spec = new LinkedHashMap<>();
    spec.put("envOverride", masked.isEmpty() ? null : masked);
    spec.put("memoryOverride", request.memory());
    return Collections.unmodifiableMap(spec);
  }

  private boolean hasPlace(String workspace) {
    return going.getOrDefault(workspace, 0) < settings.count(BlaxelSwitch.LIMIT_RUNNING);
  }

  private void begin(Run run) {
    going.merge(run.workspace(), 1, Integer::sum);
    run.counted = true;
    if (run.slot.row().status().equals("queued")) {
      run.slot.put(run.slot.row().at("pending", clock.instant()));
    }
    Duration pending = settings.duration(BlaxelSwitch.RUN_PENDING);
    if (pending.isZero()) {
      start(run);
    } else {
      run.timer.update(after(pending, () -> start(run)));
    }
  }

  private void start(Run run) {
    synchronized (lock) {
      if (!run.slot.row().status().equals("pending")) {
        return;
      }
      run.slot.put(run.slot.row().started(clock.instant()));
      if (!run.duration.manual()) {
        Duration duration = run.duration.at(seed.unit("run.duration", run.index));
        String outcome = madeUp.outcome("run.outcome", run.index);
        run.timer.update(after(duration, () -> end(run.slot, outcome)));
      }
    }
  }

  private void leave(Run run) {
    if (run.counted) {
      run.counted = false;
      going.merge(run.workspace(), -1, Integer::sum);
    } else {
      queue.remove(run);
    }
    Iterator<Run> waiting = queue.iterator();
    while (waiting.hasNext()) {
      Run next = waiting.next();
      if (hasPlace(next.workspace())) {
        waiting.remove();
        begin(next);
      }
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
