package io.blinkreactor.benchmarks.stress;

import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.Pages;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A subscription of the paged publisher that writes down what it gets, and what is wrong with it
 * whatever the race:
 *
 * <ul>
 *   <li>two signals at once, two ends, a signal after the end;
 *   <li>an element out of its order, which is also how a lost or a repeated one shows;
 *   <li>more elements than were asked for;
 *   <li>after {@code cancel()} has returned: a signal on the thread that cancelled, or more than
 *       the one signal that another thread may just then have been about to make, or any signal at
 *       all if it was cancelled from within {@code onNext};
 *   <li>of a reading that is over: an element that was neither handed out nor discarded, or both; a
 *       page call that neither ended nor was cancelled.
 * </ul>
 */
final class Reading implements CoreSubscriber<Item<Integer, Integer>> {

  private final HandPages source;
  private final Context context;
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger discarded = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();
  private final AtomicBoolean inSignal = new AtomicBoolean();
  private final AtomicBoolean overlapped = new AtomicBoolean();

  private @Nullable Subscription upstream;
  private int cancelAfter = Integer.MAX_VALUE;

  private volatile @Nullable Thread canceller;
  private volatile boolean cancelReturned;

  private int handed;
  private int lateSignals;
  private int ends;
  private @Nullable Throwable error;
  private @Nullable String fault;

  Reading(HandPages source, int lookAhead) {
    this.source = source;
    Consumer<Throwable> drop = e -> dropped.incrementAndGet();
    this.context =
        Operators.enableOnDiscard(Context.empty(), value -> discard((Integer) value))
            .put("reactor.onErrorDropped.local", drop);
    Pages.read(source, 0, lookAhead).subscribe(this);
  }

  void request(long n) {
    asked.addAndGet((int) Math.min(n, 100));
    subscription().request(n);
  }

  /** Cancels after a moment, as what it races with takes longer than it. */
  void cancelSoon() {
    for (int spins = 1 << ThreadLocalRandom.current().nextInt(9); spins > 1; spins--) {
      Thread.onSpinWait();
    }
    cancel();
  }

  private void cancel() {
    canceller = Thread.currentThread();
    subscription().cancel();
    cancelReturned = true;
  }

  /** From now on cancels from within {@code onNext} of the n-th element. */
  Reading cancellingAfter(int elements) {
    cancelAfter = elements;
    return this;
  }

  @Override
  public Context currentContext() {
    return context;
  }

  @Override
  public void onSubscribe(Subscription s) {
    upstream = s;
  }

  @Override
  public void onNext(Item<Integer, Integer> item) {
    enter();
    if (item.value() != handed) {
      fault("element " + item.value() + " in place of " + handed);
    }
    handed++;
    if (handed > asked.get()) {
      fault("more elements than asked for");
    }
    if (handed == cancelAfter) {
      cancel();
    }
    inSignal.set(false);
  }

  @Override
  public void onError(Throwable e) {
    enter();
    ends++;
    error = e;
    inSignal.set(false);
  }

  @Override
  public void onComplete() {
    enter();
    ends++;
    inSignal.set(false);
  }

  private void enter() {
    if (!inSignal.compareAndSet(false, true)) {
      overlapped.set(true);
    }
    if (ends > 0) {
      fault("signal after the end");
    }
    if (canceller == Thread.currentThread()) {
      fault("signal on the thread that cancelled");
    }
    if (cancelReturned) {
      lateSignals++;
    }
  }

  private void discard(int value) {
    int before = discarded.getAndUpdate(bits -> bits | 1 << value);
    if ((before & 1 << value) != 0) {
      overlapped.set(true);
    }
  }

  private void fault(String what) {
    fault = fault == null ? what : fault + " and " + what;
  }

  private Subscription subscription() {
    return Objects.requireNonNull(upstream);
  }

  /**
   * What happened, in words; begins with {@code WRONG} if it must not have. Called when all threads
   * are done.
   */
  String verdict() {
    boolean over = ends > 0 || cancelReturned;
    if (overlapped.get()) {
      fault("two signals at once, or one element discarded twice");
    }
    if (ends > 1) {
      fault("two ends");
    }
    if (lateSignals > (cancelAfter == Integer.MAX_VALUE ? 1 : 0)) {
      fault("signals after cancel");
    }
    if (over && ((1 << handed) - 1 ^ discarded.get()) != source.delivered()) {
      fault("elements lost");
    }
    if (over && source.isOneOpen()) {
      fault("a call left open");
    }
    if (fault != null) {
      return "WRONG: " + fault;
    }
    String end =
        ends == 0 ? cancelReturned ? "cancelled" : "open" : error == null ? "complete" : "error";
    return handed
        + " handed out, "
        + Integer.bitCount(discarded.get())
        + " discarded, "
        + source.pages.size()
        + " pages, "
        + end
        + (dropped.get() > 0 ? ", error dropped" : "");
  }
}
