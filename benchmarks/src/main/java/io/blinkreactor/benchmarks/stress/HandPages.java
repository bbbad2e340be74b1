package io.blinkreactor.benchmarks.stress;

import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.PageCall;
import io.blinkreactor.internal.stream.PageSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * Pages of the numbers from 0 on, at most 31 of them. The first page is delivered by hand, from
 * whatever thread a test likes; the others answer each request at once.
 *
 * <p>Nothing here is safe for threads beyond what the paged publisher owes to a page: its calls
 * come one after the other. Where it breaks that, numbers go missing.
 */
final class HandPages implements PageSource<Integer, Integer> {

  /** May a broken page be asked for again? */
  enum GoOn {
    NO,
    AT_ONCE,
    BY_HAND
  }

  final List<Page> pages = new ArrayList<>();
  final Question question = new Question();

  private final int total;
  private final int pageSize;
  private final boolean firstByHand;
  private final GoOn goOn;

  HandPages(int total, int pageSize, boolean firstByHand, GoOn goOn) {
    this.total = total;
    this.pageSize = pageSize;
    this.firstByHand = firstByHand;
    this.goOn = goOn;
  }

  @Override
  public PageCall<Integer, Integer> page(Integer position) {
    int end = Math.min(total, (position / pageSize + 1) * pageSize);
    Page page = new Page(position, end, firstByHand && pages.isEmpty());
    pages.add(page);
    return page;
  }

  @Override
  public Mono<Void> goOnAfter(Throwable fault) {
    return switch (goOn) {
      case NO -> Mono.error(fault);
      case AT_ONCE -> Mono.empty();
      case BY_HAND -> question;
    };
  }

  Page first() {
    return pages.get(0);
  }

  /** The numbers that all pages have delivered, a bit for each. */
  int delivered() {
    int bits = 0;
    for (Page page : pages) {
      bits |= (1 << page.sent) - (1 << page.from);
    }
    return bits;
  }

  /** Whether a call is still under way: neither ended nor cancelled. */
  boolean isOneOpen() {
    return question.isOpen() || pages.stream().anyMatch(page -> !page.over && !page.cancelled);
  }

  /** One page. */
  final class Page implements PageCall<Integer, Integer>, Subscription {

    private final int from;
    private final int end;
    private final boolean byHand;

    private @Nullable CoreSubscriber<? super Item<Integer, Integer>> actual;
    private int sent;
    private boolean over;
    private volatile boolean cancelled;
    private volatile boolean arrived;
    private volatile int requested;

    @SuppressWarnings("UnusedVariable") // counted through WIP
    private volatile int wip;

    private static final AtomicIntegerFieldUpdater<Page> REQUESTED =
        AtomicIntegerFieldUpdater.newUpdater(Page.class, "requested");
    private static final AtomicIntegerFieldUpdater<Page> WIP =
        AtomicIntegerFieldUpdater.newUpdater(Page.class, "wip");

    Page(int from, int end, boolean byHand) {
      this.from = from;
      this.end = end;
      this.byHand = byHand;
      this.sent = from;
    }

    @Override
    public Flux<Item<Integer, Integer>> items() {
      return new Flux<>() {
        @Override
        public void subscribe(CoreSubscriber<? super Item<Integer, Integer>> subscriber) {
          actual = subscriber;
          subscriber.onSubscribe(Page.this);
        }
      };
    }

    @Override
    public @Nullable Integer next() {
      return end >= total ? null : end;
    }

    @Override
    public void request(long n) {
      REQUESTED.addAndGet(this, (int) Math.min(n, 100));
      if (!byHand) {
        send(Math.min(requested, end - from) - (sent - from));
        if (sent == end) {
          complete();
        }
      } else if (arrived) {
        sendWhatIsAsked();
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    /** The page arrives: from now on it delivers what is asked for, and ends after its last. */
    void arrive() {
      arrived = true;
      sendWhatIsAsked();
    }

    private void sendWhatIsAsked() {
      if (WIP.getAndIncrement(this) != 0) {
        return;
      }
      do {
        send(Math.min(requested, end - from) - (sent - from));
        if (sent == end) {
          complete();
        }
      } while (WIP.decrementAndGet(this) != 0);
    }

    /** Delivers some elements, asked for or not, unless the page is cancelled. */
    void send(int elements) {
      CoreSubscriber<? super Item<Integer, Integer>> subscriber = subscriber();
      for (int i = 0; i < elements && !cancelled; i++) {
        int value = sent++;
        subscriber.onNext(new Item<>(value, value + 1));
      }
    }

    void complete() {
      if (!over && !cancelled) {
        over = true;
        subscriber().onComplete();
      }
    }

    void breakOff() {
      if (!over && !cancelled) {
        over = true;
        subscriber().onError(new Cut());
      }
    }

    private CoreSubscriber<? super Item<Integer, Integer>> subscriber() {
      CoreSubscriber<? super Item<Integer, Integer>> subscriber = actual;
      if (subscriber == null) {
        throw new IllegalStateException("The page has not been subscribed.");
      }
      return subscriber;
    }
  }

  /** What a page by hand breaks off with. */
  private static final class Cut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Cut() {
      super("cut", null, false, false);
    }
  }

  /** The question whether to go on, answered by hand. */
  static final class Question extends Mono<Void> implements Subscription {

    private volatile @Nullable CoreSubscriber<? super Void> actual;
    private volatile boolean cancelled;
    private boolean answered;

    @Override
    public void subscribe(CoreSubscriber<? super Void> subscriber) {
      actual = subscriber;
      subscriber.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      Operators.validate(n);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    void yes() {
      CoreSubscriber<? super Void> subscriber = actual;
      if (subscriber != null && !cancelled) {
        answered = true;
        subscriber.onComplete();
      }
    }

    private boolean isOpen() {
      return actual != null && !answered && !cancelled;
    }
  }
}
