package io.blinkreactor.benchmarks.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.blinkreactor.benchmarks.stress.HandPages.GoOn;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The paged publisher in races of two threads. An outcome is a {@link Reading#verdict()}; each
 * class lists those that are right; all others are forbidden, as {@link NeverRight} tells.
 */
public final class PagedFluxStress {

  private PagedFluxStress() {}

  /** Two threads ask. */
  @JCStressTest
  @Outcome(
      id = "5 handed out, 0 discarded, 3 pages, open",
      expect = ACCEPTABLE,
      desc = "The sum of both.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestRequest {
    private final HandPages source = new HandPages(20, 2, false, GoOn.NO);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public RequestRequest() {}

    /** The first thread. */
    @Actor
    public void requestTwo() {
      reading.request(2);
    }

    /** The second thread. */
    @Actor
    public void requestThree() {
      reading.request(3);
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Two threads ask, with a look-ahead. */
  @JCStressTest
  @Outcome(
      id = "5 handed out, 0 discarded, 4 pages, open",
      expect = ACCEPTABLE,
      desc = "The sum of both, and one page ahead.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestRequestAhead {
    private final HandPages source = new HandPages(20, 2, false, GoOn.NO);
    private final Reading reading = new Reading(source, 1);

    /** Called by jcstress. */
    public RequestRequestAhead() {}

    /** The first thread. */
    @Actor
    public void requestTwo() {
      reading.request(2);
    }

    /** The second thread. */
    @Actor
    public void requestThree() {
      reading.request(3);
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Two threads ask for everything. */
  @JCStressTest
  @Outcome(
      id = "7 handed out, 0 discarded, 4 pages, complete",
      expect = ACCEPTABLE,
      desc = "All of it, once.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestRequestAll {
    private final HandPages source = new HandPages(7, 2, false, GoOn.NO);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public RequestRequestAll() {}

    /** The first thread. */
    @Actor
    public void requestAll() {
      reading.request(Long.MAX_VALUE);
    }

    /** The second thread. */
    @Actor
    public void requestAllToo() {
      reading.request(Long.MAX_VALUE);
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** A request meets the page that an earlier one asked for; the page delivers by demand. */
  @JCStressTest
  @Outcome(
      id = "5 handed out, 0 discarded, 3 pages, open",
      expect = ACCEPTABLE,
      desc = "The sum of both requests.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestArrival {
    private final HandPages source = new HandPages(20, 2, true, GoOn.NO);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public RequestArrival() {
      reading.request(1);
    }

    /** The first thread. */
    @Actor
    public void request() {
      reading.request(4);
    }

    /** The second thread. */
    @Actor
    public void arrive() {
      source.first().arrive();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** A request meets a page that was asked for all of its elements. */
  @JCStressTest
  @Outcome(
      id = "4 handed out, 0 discarded, 2 pages, complete",
      expect = ACCEPTABLE,
      desc = "All of it, and the end without further demand.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestArrivalAhead {
    private final HandPages source = new HandPages(4, 2, true, GoOn.NO);
    private final Reading reading = new Reading(source, 1);

    /** Called by jcstress. */
    public RequestArrivalAhead() {
      reading.request(1);
    }

    /** The first thread. */
    @Actor
    public void request() {
      reading.request(3);
    }

    /** The second thread. */
    @Actor
    public void arrive() {
      source.first().send(2);
      source.first().complete();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** A request meets the end of a page whose elements are out. */
  @JCStressTest
  @Outcome(
      id = "4 handed out, 0 discarded, 2 pages, complete",
      expect = ACCEPTABLE,
      desc = "The next page was fetched, once.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestPageEnd {
    private final HandPages source = new HandPages(4, 2, true, GoOn.NO);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public RequestPageEnd() {
      reading.request(2);
      source.first().send(2);
    }

    /** The first thread. */
    @Actor
    public void request() {
      reading.request(2);
    }

    /** The second thread. */
    @Actor
    public void endPage() {
      source.first().complete();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** A request meets the end of the last page. */
  @JCStressTest
  @Outcome(
      id = "2 handed out, 0 discarded, 1 pages, complete",
      expect = ACCEPTABLE,
      desc = "One end, and no further page.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestLastPageEnd {
    private final HandPages source = new HandPages(2, 2, true, GoOn.NO);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public RequestLastPageEnd() {
      reading.request(2);
      source.first().send(2);
    }

    /** The first thread. */
    @Actor
    public void request() {
      reading.request(2);
    }

    /** The second thread. */
    @Actor
    public void endPage() {
      source.first().complete();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** A request meets a fault that is final. */
  @JCStressTest
  @Outcome(
      id = "2 handed out, 0 discarded, 1 pages, error",
      expect = ACCEPTABLE,
      desc = "The error comes after what came before it.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestError {
    private final HandPages source = new HandPages(4, 4, true, GoOn.NO);
    private final Reading reading = new Reading(source, 1);

    /** Called by jcstress. */
    public RequestError() {
      reading.request(1);
    }

    /** The first thread. */
    @Actor
    public void request() {
      reading.request(1);
    }

    /** The second thread. */
    @Actor
    public void breakOff() {
      source.first().send(2);
      source.first().breakOff();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** A request meets the leave to go on after a fault. */
  @JCStressTest
  @Outcome(
      id = "4 handed out, 0 discarded, 2 pages, complete",
      expect = ACCEPTABLE,
      desc = "The rest of the page, nothing twice.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class RequestResume {
    private final HandPages source = new HandPages(4, 4, true, GoOn.BY_HAND);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public RequestResume() {
      reading.request(2);
      source.first().send(1);
      source.first().breakOff();
    }

    /** The first thread. */
    @Actor
    public void request() {
      reading.request(2);
    }

    /** The second thread. */
    @Actor
    public void goOn() {
      source.question.yes();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets a page that arrives. */
  @JCStressTest
  @Outcome(
      id = "3 handed out, 0 discarded, 1 pages, complete",
      expect = ACCEPTABLE,
      desc = "The page was faster.")
  @Outcome(
      id = "[0-3] handed out, [0-3] discarded, 1 pages, cancelled",
      expect = ACCEPTABLE,
      desc = "Cancelled; what was not handed out was discarded.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelArrival {
    private final HandPages source = new HandPages(3, 3, true, GoOn.NO);
    private final Reading reading = new Reading(source, 1);

    /** Called by jcstress. */
    public CancelArrival() {
      reading.request(10);
    }

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void arrive() {
      source.first().send(3);
      source.first().complete();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets a page that holds more than was asked for. */
  @JCStressTest
  @Outcome(
      id = "[01] handed out, [0-3] discarded, 1 pages, cancelled",
      expect = ACCEPTABLE,
      desc = "At most what was asked for; the rest was discarded.")
  @Outcome(
      id = "1 handed out, [2-5] discarded, 2 pages, cancelled",
      expect = ACCEPTABLE,
      desc = "The same, after the look ahead had begun.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelArrivalAhead {
    private final HandPages source = new HandPages(20, 3, true, GoOn.NO);
    private final Reading reading = new Reading(source, 1);

    /** Called by jcstress. */
    public CancelArrivalAhead() {
      reading.request(1);
    }

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void arrive() {
      source.first().send(3);
      source.first().complete();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets a request that begins pages. */
  @JCStressTest
  @Outcome(
      id = "0 handed out, 0 discarded, 0 pages, cancelled",
      expect = ACCEPTABLE,
      desc = "Cancelled before anything began.")
  @Outcome(
      id = "[0-5] handed out, [0-2] discarded, [1-3] pages, cancelled",
      expect = ACCEPTABLE,
      desc = "Cancelled on the way.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelRequest {
    private final HandPages source = new HandPages(20, 2, false, GoOn.NO);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public CancelRequest() {}

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void request() {
      reading.request(5);
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets the request that begins the first call, which does not arrive. */
  @JCStressTest
  @Outcome(
      id = "0 handed out, 0 discarded, [01] pages, cancelled",
      expect = ACCEPTABLE,
      desc = "No call, or one that was cancelled.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelRequestByHand {
    private final HandPages source = new HandPages(20, 2, true, GoOn.NO);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public CancelRequestByHand() {}

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void request() {
      reading.request(5);
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Whoever hands out cancels from within onNext, while another thread asks for more. */
  @JCStressTest
  @Outcome(
      id = "3 handed out, [0-2] discarded, 2 pages, cancelled",
      expect = ACCEPTABLE,
      desc = "Nothing came after it.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelWithinOnNext {
    private final HandPages source = new HandPages(20, 2, false, GoOn.NO);
    private final Reading reading = new Reading(source, 0).cancellingAfter(3);

    /** Called by jcstress. */
    public CancelWithinOnNext() {}

    /** The first thread. */
    @Actor
    public void requestFour() {
      reading.request(4);
    }

    /** The second thread. */
    @Actor
    public void requestFive() {
      reading.request(5);
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets a fault that is final. */
  @JCStressTest
  @Outcome(
      id = "2 handed out, 0 discarded, 1 pages, error",
      expect = ACCEPTABLE,
      desc = "The fault was faster.")
  @Outcome(
      id = "[0-2] handed out, [0-2] discarded, 1 pages, cancelled(, error dropped)?",
      expect = ACCEPTABLE,
      desc = "Cancelled; the error is no news any more.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelError {
    private final HandPages source = new HandPages(4, 4, true, GoOn.NO);
    private final Reading reading = new Reading(source, 1);

    /** Called by jcstress. */
    public CancelError() {
      reading.request(2);
    }

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void breakOff() {
      source.first().send(2);
      source.first().breakOff();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets a fault after which the page is asked for again at once. */
  @JCStressTest
  @Outcome(
      id = "4 handed out, 0 discarded, 2 pages, complete",
      expect = ACCEPTABLE,
      desc = "The fault was faster, and so was the rest.")
  @Outcome(
      id = "[0-4] handed out, [0-4] discarded, [12] pages, cancelled(, error dropped)?",
      expect = ACCEPTABLE,
      desc = "Cancelled on the way.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelBreak {
    private final HandPages source = new HandPages(4, 4, true, GoOn.AT_ONCE);
    private final Reading reading = new Reading(source, 1);

    /** Called by jcstress. */
    public CancelBreak() {
      reading.request(10);
    }

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void breakOff() {
      source.first().send(2);
      source.first().breakOff();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets a fault, and the question whether to go on, which is not answered. */
  @JCStressTest
  @Outcome(
      id = "1 handed out, 0 discarded, 1 pages, cancelled(, error dropped)?",
      expect = ACCEPTABLE,
      desc = "The question was not asked, or was cancelled.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelQuestion {
    private final HandPages source = new HandPages(4, 4, true, GoOn.BY_HAND);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public CancelQuestion() {
      reading.request(10);
      source.first().send(1);
    }

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void breakOff() {
      source.first().breakOff();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }

  /** Cancelling meets the leave to go on after a fault. */
  @JCStressTest
  @Outcome(
      id = "4 handed out, 0 discarded, 2 pages, complete",
      expect = ACCEPTABLE,
      desc = "Going on was faster, and so was the rest.")
  @Outcome(
      id = "1 handed out, 0 discarded, 1 pages, cancelled",
      expect = ACCEPTABLE,
      desc = "Cancelled before the page was asked for again.")
  @Outcome(
      id = "[1-4] handed out, [0-3] discarded, 2 pages, cancelled",
      expect = ACCEPTABLE,
      desc = "Cancelled while going on.")
  @JCStressMeta(NeverRight.class)
  @State
  public static class CancelResume {
    private final HandPages source = new HandPages(4, 4, true, GoOn.BY_HAND);
    private final Reading reading = new Reading(source, 0);

    /** Called by jcstress. */
    public CancelResume() {
      reading.request(10);
      source.first().send(1);
      source.first().breakOff();
    }

    /** The first thread. */
    @Actor
    public void cancel() {
      reading.cancelSoon();
    }

    /** The second thread. */
    @Actor
    public void goOn() {
      source.question.yes();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = reading.verdict();
    }
  }
}
