package io.blinkreactor.internal.completion;

import io.blinkreactor.completion.Completion;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Those who wait for the end of one run. Each is told on a worker of its own, so one that blocks
 * holds up nobody. A sink would take more memory for each run, and would not say that the last
 * waiter has left.
 */
final class Waiters<T> extends Mono<Completion<T>> {

  private static final Waiter<?>[] NONE = new Waiter<?>[0];
  private static final Waiter<?>[] TOLD = new Waiter<?>[0];

  private final Run<T> run;
  private volatile Waiter<?>[] waiting = NONE;

  @SuppressWarnings("rawtypes")
  private static final AtomicReferenceFieldUpdater<Waiters, Waiter[]> WAITING =
      AtomicReferenceFieldUpdater.newUpdater(Waiters.class, Waiter[].class, "waiting");

  /** A {@link Completion} or a {@link Throwable}; set before {@link #TOLD}. */
  private @Nullable Object end;

  Waiters(Run<T> run) {
    this.run = run;
  }

  boolean any() {
    return waiting.length > 0;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Completion<T>> actual) {
    add(new Waiter<>(this, actual), actual);
  }

  /** The end for ourselves: it keeps the run watched, but nobody outside has been told then. */
  Mono<Completion<T>> unnoticed() {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Completion<T>> actual) {
        add(new Unnoticed<>(Waiters.this, actual), actual);
      }
    };
  }

  private void add(Waiter<T> waiter, CoreSubscriber<? super Completion<T>> actual) {
    // Counted before it is told so, since it may cancel at once.
    boolean first = false;
    while (true) {
      Waiter<?>[] before = waiting;
      if (before == TOLD) {
        break;
      }
      Waiter<?>[] after = new Waiter<?>[before.length + 1];
      System.arraycopy(before, 0, after, 0, before.length);
      after[before.length] = waiter;
      if (WAITING.compareAndSet(this, before, after)) {
        first = before.length == 0;
        break;
      }
    }
    actual.onSubscribe(waiter);
    waiter.subscribed();
    if (waiting == TOLD) {
      waiter.tell();
    } else if (first) {
      run.subscribed();
    }
  }

  /** Tells all, and whoever comes later. Called once. */
  void end(Object result) {
    end = result;
    for (Waiter<?> waiter : WAITING.getAndSet(this, TOLD)) {
      waiter.tell();
    }
  }

  private void left(Waiter<T> waiter) {
    while (true) {
      Waiter<?>[] before = waiting;
      int place = -1;
      for (int i = 0; i < before.length; i++) {
        place = before[i] == waiter ? i : place;
      }
      if (place < 0) {
        return;
      }
      Waiter<?>[] after = before.length == 1 ? NONE : new Waiter<?>[before.length - 1];
      System.arraycopy(before, 0, after, 0, place);
      System.arraycopy(before, place + 1, after, place, after.length - place);
      if (WAITING.compareAndSet(this, before, after)) {
        if (after.length == 0) {
          run.released();
        }
        return;
      }
    }
  }

  /** One that waits. */
  private static class Waiter<T> implements Subscription, Runnable {

    private enum Phase {
      /** Has not been told that it is subscribed, so it must be told nothing else. */
      SUBSCRIBING,
      /** Neither asked for the end nor could it be told. */
      NEW,
      /** Asked for the end. */
      ASKED,
      /** The end is there, and was not asked for. */
      ENDED,
      /** Being told. */
      TOLD,
      /** It left. */
      CANCELLED
    }

    private final Waiters<T> waiters;
    private final CoreSubscriber<? super Completion<T>> actual;
    private volatile Phase phase = Phase.SUBSCRIBING;

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<Waiter, Phase> PHASE =
        AtomicReferenceFieldUpdater.newUpdater(Waiter.class, Phase.class, "phase");

    Waiter(Waiters<T> waiters, CoreSubscriber<? super Completion<T>> actual) {
      this.waiters = waiters;
      this.actual = actual;
    }

    @Override
    public void request(long n) {
      if (!Operators.validate(n)) {
        return;
      }
      if (!PHASE.compareAndSet(this, Phase.SUBSCRIBING, Phase.ASKED)
          && !PHASE.compareAndSet(this, Phase.NEW, Phase.ASKED)
          && PHASE.compareAndSet(this, Phase.ENDED, Phase.TOLD)) {
        onWorker();
      }
    }

    @Override
    public void cancel() {
      Phase before = PHASE.getAndSet(this, Phase.CANCELLED);
      if (before == Phase.SUBSCRIBING || before == Phase.NEW || before == Phase.ASKED) {
        waiters.left(this);
      }
    }

    /** Knows that it is subscribed; who lets it know looks for the end after that. */
    void subscribed() {
      PHASE.compareAndSet(this, Phase.SUBSCRIBING, Phase.NEW);
    }

    /** The end is there. An error needs no demand. */
    void tell() {
      while (true) {
        Phase before = phase;
        boolean wanted = before == Phase.ASKED || waiters.end instanceof Throwable;
        Phase after = wanted ? Phase.TOLD : Phase.ENDED;
        if (before != Phase.NEW && before != Phase.ASKED) {
          return;
        }
        if (PHASE.compareAndSet(this, before, after)) {
          if (wanted) {
            onWorker();
          }
          return;
        }
      }
    }

    private void onWorker() {
      try {
        waiters.run.engine().time().workers().schedule(this);
      } catch (RejectedExecutionException noWorkers) {
        run();
      }
    }

    @Override
    @SuppressWarnings("unchecked")
    public void run() {
      if (phase == Phase.CANCELLED) {
        return;
      }
      Object end = waiters.end;
      if (end instanceof Completion<?> completion) {
        actual.onNext((Completion<T>) completion);
        if (phase != Phase.CANCELLED) {
          actual.onComplete();
        }
      } else if (end instanceof Throwable error) {
        actual.onError(error);
      }
      told(waiters.run);
    }

    void told(Run<T> run) {
      run.told();
    }
  }

  private static final class Unnoticed<T> extends Waiter<T> {

    Unnoticed(Waiters<T> waiters, CoreSubscriber<? super Completion<T>> actual) {
      super(waiters, actual);
    }

    @Override
    void told(Run<T> run) {}
  }
}
