package io.blinkreactor.testkit;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * Counts the tasks that are scheduled and neither run nor disposed; a periodic one until disposed.
 */
final class TrackedScheduler implements Scheduler {
  private static final long POLL_NANOS = 2_000_000;

  private final Scheduler real;
  private final AtomicInteger ranAfterEnd = new AtomicInteger();
  private volatile long end = Long.MAX_VALUE;

  /**
   * Threads that run a task or schedule one. A task may be disposed while it runs, and a new one
   * may have run before its {@code schedule} returns; the scheduler must not end under either.
   */
  private final AtomicInteger active = new AtomicInteger();

  private final Set<Task> live =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  TrackedScheduler(Scheduler real) {
    this.real = real;
  }

  int liveTasks() {
    return live.size();
  }

  /**
   * Ends the period in which tasks may run by themselves. What is due by now may still run; what is
   * due later must be disposed of.
   *
   * @param patience how long to wait for what is due to run and for the rest to be disposed of
   * @return how many tasks were left behind
   */
  int tasksLeft(Duration patience) {
    end = now(TimeUnit.NANOSECONDS);
    long deadline = System.nanoTime() + patience.toNanos();
    while ((!live.isEmpty() || active.get() > 0) && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    return Math.max(live.size(), active.get()) + ranAfterEnd.get();
  }

  @Override
  public Disposable schedule(Runnable work) {
    return track(work, 0, false, null, real::schedule);
  }

  @Override
  public Disposable schedule(Runnable work, long delay, TimeUnit unit) {
    return track(work, unit.toNanos(delay), false, null, task -> real.schedule(task, delay, unit));
  }

  @Override
  public Disposable schedulePeriodically(
      Runnable work, long initialDelay, long period, TimeUnit unit) {
    return track(
        work,
        unit.toNanos(initialDelay),
        true,
        null,
        task -> real.schedulePeriodically(task, initialDelay, period, unit));
  }

  @Override
  public Worker createWorker() {
    return new TrackedWorker(real.createWorker());
  }

  @Override
  public long now(TimeUnit unit) {
    return real.now(unit);
  }

  @Override
  public boolean isDisposed() {
    return real.isDisposed();
  }

  @Override
  public void dispose() {
    real.dispose();
    live.clear();
  }

  private Disposable track(
      Runnable work,
      long delayNanos,
      boolean periodic,
      @Nullable TrackedWorker owner,
      Function<Runnable, Disposable> schedule) {
    long due = now(TimeUnit.NANOSECONDS) + Math.max(0, delayNanos);
    Task task = new Task(work, delayNanos <= 0 ? Long.MIN_VALUE : due, periodic, owner);
    active.incrementAndGet();
    live.add(task);
    try {
      task.handle.update(schedule.apply(task));
    } catch (RuntimeException refused) {
      live.remove(task);
      throw refused;
    } finally {
      active.decrementAndGet();
    }
    return task;
  }

  private final class Task implements Runnable, Disposable {
    private final Runnable work;
    private final long due;
    private final boolean periodic;
    private final @Nullable TrackedWorker owner;
    private final Disposable.Swap handle = Disposables.swap();
    private final AtomicBoolean over = new AtomicBoolean();

    private Task(Runnable work, long due, boolean periodic, @Nullable TrackedWorker owner) {
      this.work = work;
      this.due = due;
      this.periodic = periodic;
      this.owner = owner;
    }

    @Override
    public void run() {
      active.incrementAndGet();
      try {
        work.run();
      } finally {
        active.decrementAndGet();
        if (!periodic) {
          if (due > end) {
            ranAfterEnd.incrementAndGet();
          }
          over.set(true);
          live.remove(this);
        }
      }
    }

    @Override
    public void dispose() {
      over.set(true);
      live.remove(this);
      handle.dispose();
    }

    @Override
    public boolean isDisposed() {
      return over.get();
    }
  }

  private final class TrackedWorker implements Worker {
    private final Worker worker;

    private TrackedWorker(Worker worker) {
      this.worker = worker;
    }

    @Override
    public Disposable schedule(Runnable work) {
      return track(work, 0, false, this, worker::schedule);
    }

    @Override
    public Disposable schedule(Runnable work, long delay, TimeUnit unit) {
      return track(
          work, unit.toNanos(delay), false, this, task -> worker.schedule(task, delay, unit));
    }

    @Override
    public Disposable schedulePeriodically(
        Runnable work, long initialDelay, long period, TimeUnit unit) {
      return track(
          work,
          unit.toNanos(initialDelay),
          true,
          this,
          task -> worker.schedulePeriodically(task, initialDelay, period, unit));
    }

    @Override
    public void dispose() {
      worker.dispose();
      live.removeIf(task -> task.owner == this);
    }

    @Override
    public boolean isDisposed() {
      return worker.isDisposed();
    }
  }
}
