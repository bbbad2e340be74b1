package io.blinkreactor.testkit;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * Counts the tasks that are scheduled and neither run nor disposed; a periodic one until disposed.
 */
final class TrackedScheduler implements Scheduler {
  private final Scheduler real;
  private final Set<Task> live =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  TrackedScheduler(Scheduler real) {
    this.real = real;
  }

  int liveTasks() {
    return live.size();
  }

  @Override
  public Disposable schedule(Runnable work) {
    return track(work, false, null, real::schedule);
  }

  @Override
  public Disposable schedule(Runnable work, long delay, TimeUnit unit) {
    return track(work, false, null, task -> real.schedule(task, delay, unit));
  }

  @Override
  public Disposable schedulePeriodically(
      Runnable work, long initialDelay, long period, TimeUnit unit) {
    return track(
        work, true, null, task -> real.schedulePeriodically(task, initialDelay, period, unit));
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
      boolean periodic,
      @Nullable TrackedWorker owner,
      Function<Runnable, Disposable> schedule) {
    Task task = new Task(work, periodic, owner);
    live.add(task);
    try {
      task.handle.update(schedule.apply(task));
    } catch (RuntimeException refused) {
      live.remove(task);
      throw refused;
    }
    return task;
  }

  private final class Task implements Runnable, Disposable {
    private final Runnable work;
    private final boolean periodic;
    private final @Nullable TrackedWorker owner;
    private final Disposable.Swap handle = Disposables.swap();
    private final AtomicBoolean over = new AtomicBoolean();

    private Task(Runnable work, boolean periodic, @Nullable TrackedWorker owner) {
      this.work = work;
      this.periodic = periodic;
      this.owner = owner;
    }

    @Override
    public void run() {
      try {
        work.run();
      } finally {
        if (!periodic) {
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
      return track(work, false, this, worker::schedule);
    }

    @Override
    public Disposable schedule(Runnable work, long delay, TimeUnit unit) {
      return track(work, false, this, task -> worker.schedule(task, delay, unit));
    }

    @Override
    public Disposable schedulePeriodically(
        Runnable work, long initialDelay, long period, TimeUnit unit) {
      return track(
          work, true, this, task -> worker.schedulePeriodically(task, initialDelay, period, unit));
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
