package io.blinkreactor.internal.http;

import io.blinkreactor.TimeSource;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The elements of a body, handed out by demand while its pieces arrive. One piece is taken at a
 * time, and the next only once the elements of the last are handed out, so that a slow subscriber
 * slows the connection. After the last element asked for, one more piece is taken, without demand,
 * to see the end.
 *
 * <p>The stall clock runs only while elements are asked for and none is here.
 */
final class BodyFlux<T> extends Flux<T> {

  private final Flux<byte[]> pieces;
  private final BodyReader<T> reader;
  private final TimeSource time;
  private final Duration stallTimeout;
  private final Supplier<Throwable> stalled;
  private final Function<IllegalArgumentException, Throwable> unreadable;

  BodyFlux(
      Flux<byte[]> pieces,
      BodyReader<T> reader,
      TimeSource time,
      Duration stallTimeout,
      Supplier<Throwable> stalled,
      Function<IllegalArgumentException, Throwable> unreadable) {
    this.pieces = pieces;
    this.reader = reader;
    this.time = time;
    this.stallTimeout = stallTimeout;
    this.stalled = stalled;
    this.unreadable = unreadable;
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    pieces.subscribe(new Reading<>(this, actual));
  }

  /** Where a reading stands. */
  private enum State {
    /** Pieces may still arrive. */
    OPEN,
    /** The end or an error has been signalled. */
    DONE,
    /** The subscriber does not want any more. */
    CANCELLED
  }

  /** One subscription: everything but the volatile fields is touched in the drain loop alone. */
  private static final class Reading<T> implements CoreSubscriber<byte[]>, Subscription {

    private final BodyFlux<T> body;
    private final CoreSubscriber<? super T> actual;

    private volatile long requested;

    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<Reading> REQUESTED =
        AtomicLongFieldUpdater.newUpdater(Reading.class, "requested");

    @SuppressWarnings("UnusedVariable") // counted through WIP
    private volatile int wip;

    @SuppressWarnings("rawtypes")
    private static final AtomicIntegerFieldUpdater<Reading> WIP =
        AtomicIntegerFieldUpdater.newUpdater(Reading.class, "wip");

    private volatile State state = State.OPEN;

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<Reading, State> STATE =
        AtomicReferenceFieldUpdater.newUpdater(Reading.class, State.class, "state");

    private volatile byte @Nullable [] piece;
    private volatile boolean upstreamDone;
    private volatile @Nullable Throwable upstreamError;
    private volatile boolean timerFired;

    private @Nullable Subscription upstream;
    private Iterator<T> elements = Collections.emptyIterator();
    private boolean pieceAsked;
    private boolean endRead;
    private boolean waiting;
    private long waitingSince;
    private @Nullable Disposable timer;

    Reading(BodyFlux<T> body, CoreSubscriber<? super T> actual) {
      this.body = body;
      this.actual = actual;
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription s) {
      if (Operators.validate(upstream, s)) {
        upstream = s;
        actual.onSubscribe(this);
      }
    }

    @Override
    public void onNext(byte[] next) {
      piece = next;
      drain();
    }

    @Override
    public void onError(Throwable error) {
      if (state != State.OPEN) {
        Operators.onErrorDropped(error, currentContext());
        return;
      }
      upstreamError = error;
      upstreamDone = true;
      drain();
    }

    @Override
    public void onComplete() {
      upstreamDone = true;
      drain();
    }

    @Override
    public void request(long n) {
      if (Operators.validate(n)) {
        Operators.addCap(REQUESTED, this, n);
        drain();
      }
    }

    @Override
    public void cancel() {
      if (STATE.compareAndSet(this, State.OPEN, State.CANCELLED)) {
        cancelUpstream();
        drain();
      }
    }

    private void cancelUpstream() {
      Subscription s = upstream;
      if (s != null) {
        s.cancel();
      }
    }

    private void drain() {
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
      boolean more = true;
      while (more && state == State.OPEN) {
        handOut();
        more = !elements.hasNext() && refill();
      }
      if (state == State.OPEN) {
        watch();
      } else {
        disposeTimer();
        piece = null;
        Operators.onDiscardMultiple(elements, true, currentContext());
        elements = Collections.emptyIterator();
      }
    }

    private void handOut() {
      long wanted = requested;
      long given = 0;
      while (given != wanted && elements.hasNext() && state == State.OPEN) {
        T element = read(elements::next);
        if (element != null) {
          given++;
          actual.onNext(element);
        }
      }
      if (given != 0) {
        Operators.produced(REQUESTED, this, given);
      }
    }

    /** Takes the next piece or the end, if it is here; answers whether it was. */
    private boolean refill() {
      byte[] next = piece;
      if (next != null) {
        piece = null;
        pieceAsked = false;
        waiting = false;
        return take(() -> body.reader.feed(next));
      }
      if (upstreamDone && piece == null) {
        return end();
      }
      if (!pieceAsked) {
        pieceAsked = true;
        Subscription s = upstream;
        if (s != null) {
          s.request(1);
        }
      }
      return false;
    }

    private boolean end() {
      Throwable error = upstreamError;
      if (error != null) {
        fail(error);
        return false;
      }
      if (!endRead) {
        endRead = true;
        return take(body.reader::end);
      }
      if (STATE.compareAndSet(this, State.OPEN, State.DONE)) {
        disposeTimer();
        actual.onComplete();
      }
      return false;
    }

    private boolean take(Supplier<List<T>> part) {
      List<T> made = read(part);
      if (made == null) {
        return false;
      }
      elements = made.iterator();
      return true;
    }

    /** Has the reader do something; what it can't read ends the reading. */
    private <R> @Nullable R read(Supplier<R> call) {
      try {
        return call.get();
      } catch (IllegalArgumentException e) {
        fail(body.unreadable.apply(e));
      } catch (RuntimeException e) {
        fail(
            body.unreadable.apply(
                new IllegalArgumentException("The body can't be read: " + e + ".", e)));
      }
      return null;
    }

    private void fail(Throwable error) {
      if (STATE.compareAndSet(this, State.OPEN, State.DONE)) {
        cancelUpstream();
        disposeTimer();
        actual.onError(error);
      }
    }

    /** One timer serves many waits: it looks how long the current one has lasted. */
    private void watch() {
      boolean fired = timerFired;
      if (fired) {
        timerFired = false;
        timer = null;
      }
      if (elements.hasNext() || requested == 0) {
        waiting = false;
        return;
      }
      long now = body.time.nanos();
      if (!waiting) {
        waiting = true;
        waitingSince = now;
      }
      if (timer == null) {
        Duration left = body.stallTimeout.minusNanos(now - waitingSince);
        if (left.isNegative() || left.isZero()) {
          fail(body.stalled.get());
        } else {
          timer = body.time.schedule(this::fired, left);
        }
      }
    }

    private void fired() {
      timerFired = true;
      drain();
    }

    private void disposeTimer() {
      Disposable current = timer;
      if (current != null) {
        timer = null;
        current.dispose();
      }
    }
  }
}
