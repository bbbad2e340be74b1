package io.blinkreactor.internal.stream;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;
import reactor.util.context.Context;

/**
 * Reads pages one after the other, by demand: none before the first {@code request}, the next one
 * only once what is asked for exceeds what the last one held. With a look-ahead of {@code k}, up to
 * {@code k} pages beyond the one of the last element handed out are fetched too.
 *
 * <p>Elements are handed out on the thread that delivers them or that calls {@code request}. An
 * error comes after the elements that arrived before it. A page that breaks off after some of its
 * elements is asked for again from the last of them, if the source allows it.
 */
final class PagedFlux<P, T> extends Flux<Item<P, T>> {

  private static final Logger log = LoggerFactory.getLogger(PagedFlux.class);

  private final PageSource<P, T> source;
  private final P first;
  private final int lookAhead;

  PagedFlux(PageSource<P, T> source, P first, int lookAhead) {
    this.source = source;
    this.first = first;
    this.lookAhead = lookAhead;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Item<P, T>> actual) {
    actual.onSubscribe(new Reading<>(actual, source, first, lookAhead));
  }

  /** Where a reading stands. */
  private enum State {
    /** No page is on its way. */
    IDLE,
    /** A page is on its way. */
    FETCHING,
    /** A page broke off; the source is being asked whether to go on. */
    BROKEN,
    /** Nothing more will arrive; what arrived is being handed out, then the end or the error. */
    ENDED,
    /** The end or the error has been signalled. */
    DONE,
    /** The subscriber does not want any more. */
    CANCELLED
  }

  /** Stands in the queue behind a page's last element. */
  private static final Object PAGE_END = new Object();

  /**
   * What became of the page, or of the question whether to go on: left for the drain loop by
   * whoever delivers it.
   */
  private sealed interface Outcome {
    record Ended<P>(@Nullable P next) implements Outcome {}

    record Broke<P>(Throwable error, @Nullable P after) implements Outcome {}

    record GoOn() implements Outcome {}

    record Failed(Throwable error) implements Outcome {}
  }

  /**
   * One subscription: everything but the volatile fields is touched inside the drain loop alone.
   */
  private static final class Reading<P, T> implements Subscription, Scannable {

    private final CoreSubscriber<? super Item<P, T>> actual;
    private final PageSource<P, T> source;
    private final int lookAhead;
    private final Queue<Object> queue = Queues.unbounded(Queues.XS_BUFFER_SIZE).get();

    private volatile long requested;

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<Reading> REQUESTED =
        AtomicLongFieldUpdater.newUpdater(Reading.class, "requested");

    @SuppressWarnings("UnusedVariable") // counted through WIP
    private volatile int wip;

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Reading> WIP =
        AtomicIntegerFieldUpdater.newUpdater(Reading.class, "wip");

    private volatile State state = State.IDLE;

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<Reading, State> STATE =
        AtomicReferenceFieldUpdater.newUpdater(Reading.class, State.class, "state");

    private volatile @Nullable Outcome outcome;
    private volatile @Nullable Throwable badRequest;
    private volatile @Nullable Subscription active;

    private @Nullable P next;
    private @Nullable P resumeAt;
    private @Nullable Throwable error;
    private boolean demanded;

    /** Elements asked of the page on its way, and taken from it. */
    private long asked;

    private long taken;

    /** Pages begun, and pages whose last element has been handed out. */
    private long begun;

    private long passed;

    Reading(
        CoreSubscriber<? super Item<P, T>> actual,
        PageSource<P, T> source,
        P first,
        int lookAhead) {
      this.actual = actual;
      this.source = source;
      this.next = first;
      this.lookAhead = lookAhead;
    }

    @Override
    public void request(long n) {
      if (n <= 0) {
        badRequest =
            new IllegalArgumentException(
                "request(" + n + ") was called; rule 3.9 of Reactive Streams wants more than 0.");
      } else {
        Operators.addCap(REQUESTED, this, n);
      }
      drain();
    }

    @Override
    public void cancel() {
      State before = STATE.getAndSet(this, State.CANCELLED);
      if (before == State.CANCELLED || before == State.DONE) {
        return;
      }
      Subscription current = active;
      if (current != null) {
        current.cancel();
      }
      drain();
    }

    void drain() {
      if (WIP.getAndIncrement(this) != 0) {
        return;
      }
      int missed = 1;
      do {
        step();
        missed = WIP.addAndGet(this, -missed);
      } while (missed != 0);
    }

    private void step() {
      if (badRequest != null && move(state, State.ENDED)) {
        Subscription current = active;
        if (current != null) {
          current.cancel();
        }
        error = badRequest;
        discardQueue();
      }
      takeOutcome();
      handOut();
      if (state == State.CANCELLED || state == State.DONE) {
        discardQueue();
        return;
      }
      if (state == State.ENDED) {
        end();
      } else if (state == State.IDLE && wantsPage()) {
        begin();
      } else if (state == State.FETCHING) {
        ask();
      }
    }

    /** Moves on, unless the reading has been cancelled or is over. */
    private boolean move(State from, State to) {
      return from != State.CANCELLED && from != State.DONE && STATE.compareAndSet(this, from, to);
    }

    @SuppressWarnings("unchecked")
    private void takeOutcome() {
      Outcome now = outcome;
      if (now == null || state == State.ENDED) {
        return;
      }
      outcome = null;
      if (now instanceof Outcome.Ended<?> ended) {
        next = (P) ended.next();
        move(State.FETCHING, next == null ? State.ENDED : State.IDLE);
      } else if (now instanceof Outcome.Broke<?> broke) {
        if (broke.after() == null) {
          error = broke.error();
          move(State.FETCHING, State.ENDED);
        } else if (move(State.FETCHING, State.BROKEN)) {
          resumeAt = (P) broke.after();
          askWhetherToGoOn(broke.error());
        }
      } else if (now instanceof Outcome.GoOn) {
        next = resumeAt;
        move(State.BROKEN, State.IDLE);
      } else if (now instanceof Outcome.Failed failed) {
        error = failed.error();
        if (!move(State.BROKEN, State.ENDED)) {
          move(State.FETCHING, State.ENDED);
        }
      }
    }

    @SuppressWarnings("unchecked")
    private void handOut() {
      long wanted = requested;
      demanded |= wanted > 0;
      long given = 0;
      while (given != wanted && state != State.CANCELLED) {
        Object next = queue.poll();
        if (next == null) {
          break;
        }
        if (next == PAGE_END) {
          passed++;
        } else {
          given++;
          taken++;
          actual.onNext((Item<P, T>) next);
        }
      }
      if (given != 0) {
        Operators.produced(REQUESTED, this, given);
      }
    }

    private void end() {
      while (queue.peek() == PAGE_END) {
        queue.poll();
      }
      if (queue.isEmpty() && move(State.ENDED, State.DONE)) {
        Throwable failure = error;
        if (failure == null) {
          actual.onComplete();
        } else {
          actual.onError(failure);
        }
      }
    }

    /**
     * Demand that nothing here covers, or room for a look ahead. Without either, the rest of a page
     * that broke off is not asked for: the clock of its call would run against a subscriber that
     * pauses.
     */
    private boolean wantsPage() {
      boolean roomAhead = resumeAt == null ? begun - passed - 1 < lookAhead : lookAhead > 0;
      return demanded && ((requested > 0 && queue.isEmpty()) || roomAhead);
    }

    private void begin() {
      P at = next;
      if (at != null && move(State.IDLE, State.FETCHING)) {
        if (resumeAt == null) {
          begun++;
        }
        resumeAt = null;
        fetch(at);
      }
    }

    private void fetch(P at) {
      asked = 0;
      taken = 0;
      try {
        PageCall<P, T> call = source.page(at);
        PageReader<P, T> reader = new PageReader<>(this, call);
        active = reader;
        call.items().subscribe(reader);
        if (state == State.CANCELLED) {
          reader.cancel();
        }
      } catch (Throwable broken) {
        Exceptions.throwIfFatal(broken);
        deliver(new Outcome.Failed(broken));
      }
    }

    private void askWhetherToGoOn(Throwable fault) {
      Mono<Void> question;
      try {
        question = source.goOnAfter(fault);
      } catch (RuntimeException broken) {
        question = Mono.error(broken);
      }
      Subscription[] waiting = new Subscription[1];
      question
          .contextWrite(actual.currentContext())
          .doOnSubscribe(s -> waiting[0] = s)
          .subscribe(
              nothing -> {},
              no -> deliver(new Outcome.Failed(no)),
              () -> deliver(new Outcome.GoOn()));
      active = waiting[0];
      if (state == State.CANCELLED && waiting[0] != null) {
        waiting[0].cancel();
      }
    }

    /**
     * Asks the page on its way for what is demanded beyond what it was asked for; all of it if
     * there is a look-ahead.
     */
    private void ask() {
      long want = lookAhead > 0 ? Long.MAX_VALUE : requested;
      long open = asked - taken;
      if (asked == Long.MAX_VALUE || want <= open) {
        return;
      }
      if (active instanceof PageReader<?, ?> reader && reader.isSubscribed()) {
        long more = want == Long.MAX_VALUE ? Long.MAX_VALUE : want - open;
        asked = Operators.addCap(asked, more);
        reader.request(more);
      }
    }

    void deliver(Outcome now) {
      outcome = now;
      drain();
    }

    void arrived(Item<P, T> item) {
      queue.offer(item);
      drain();
    }

    void pageEnded(@Nullable P then) {
      queue.offer(PAGE_END);
      deliver(new Outcome.Ended<>(then));
    }

    private void discardQueue() {
      Context context = actual.currentContext();
      Object left;
      while ((left = queue.poll()) != null) {
        if (left instanceof Item<?, ?> item) {
          Operators.onDiscard(item.value(), context);
        }
      }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public @Nullable Object scanUnsafe(Attr key) {
      if (key == Attr.ACTUAL) {
        return actual;
      } else if (key == Attr.REQUESTED_FROM_DOWNSTREAM) {
        return requested;
      } else if (key == Attr.CANCELLED) {
        return state == State.CANCELLED;
      } else if (key == Attr.TERMINATED) {
        return state == State.DONE;
      } else if (key == Attr.BUFFERED) {
        return queue.size();
      } else if (key == Attr.ERROR) {
        return error;
      } else if (key == Attr.RUN_STYLE) {
        return Attr.RunStyle.ASYNC;
      }
      return null;
    }
  }

  /** Subscribes to one page. */
  private static final class PageReader<P, T> implements CoreSubscriber<Item<P, T>>, Subscription {

    private final Reading<P, T> reading;
    private final PageCall<P, T> call;

    private volatile @Nullable Subscription subscription;

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<PageReader, Subscription> SUBSCRIPTION =
        AtomicReferenceFieldUpdater.newUpdater(
            PageReader.class, Subscription.class, "subscription");

    private @Nullable P after;

    PageReader(Reading<P, T> reading, PageCall<P, T> call) {
      this.reading = reading;
      this.call = call;
    }

    boolean isSubscribed() {
      return subscription != null;
    }

    @Override
    public Context currentContext() {
      return reading.actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription s) {
      if (Operators.setOnce(SUBSCRIPTION, this, s)) {
        reading.drain();
      }
    }

    @Override
    public void onNext(Item<P, T> item) {
      if (reading.state == State.CANCELLED) {
        Operators.onDiscard(item.value(), currentContext());
        return;
      }
      after = item.after();
      reading.arrived(item);
    }

    @Override
    public void onError(Throwable error) {
      if (reading.state == State.CANCELLED) {
        // Nobody waits for a call that was given up, so its failing is no news to be reported.
        log.debug("A page failed after the stream was cancelled", error);
        return;
      }
      reading.deliver(new Outcome.Broke<>(error, after));
    }

    @Override
    public void onComplete() {
      P then;
      try {
        then = call.next();
      } catch (RuntimeException broken) {
        reading.deliver(new Outcome.Failed(broken));
        return;
      }
      reading.pageEnded(then);
    }

    @Override
    public void request(long n) {
      Subscription s = subscription;
      if (s != null) {
        s.request(n);
      }
    }

    @Override
    public void cancel() {
      Operators.terminate(SUBSCRIPTION, this);
    }
  }
}
