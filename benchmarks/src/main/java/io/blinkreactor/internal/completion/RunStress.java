package io.blinkreactor.internal.completion;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * One run in races of two and three threads. Every look shows that it has ended, so a callback that
 * is not lost leads to {@link Phase#COMPLETED}, unless another end came first. In this package
 * since a run is not public.
 */
public final class RunStress {

  private RunStress() {}

  /** A callback meets the answer. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class AnswerSignal {
    private final RacedRun run = new RacedRun(false);

    /** Called by jcstress. */
    public AnswerSignal() {}

    /** The first thread. */
    @Actor
    public void answer() {
      run.answer();
    }

    /** The second thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** A callback meets the deadline. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class SignalDeadline {
    private final RacedRun run = new RacedRun(true);

    /** Called by jcstress. */
    public SignalDeadline() {}

    /** The first thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** The second thread. */
    @Actor
    public void deadline() {
      run.deadline();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** A callback meets a look of our own. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class SignalLook {
    private final RacedRun run = new RacedRun(true);

    /** Called by jcstress. */
    public SignalLook() {}

    /** The first thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** The second thread. */
    @Actor
    public void look() {
      run.look();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** A callback meets the closing of the engine. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(id = "CANCELLED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class SignalCancel {
    private final RacedRun run = new RacedRun(true);

    /** Called by jcstress. */
    public SignalCancel() {}

    /** The first thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** The second thread. */
    @Actor
    public void cancel() {
      run.cancel();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** The answer meets the deadline. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(id = "TIMED_OUT, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class AnswerDeadline {
    private final RacedRun run = new RacedRun(false);

    /** Called by jcstress. */
    public AnswerDeadline() {}

    /** The first thread. */
    @Actor
    public void answer() {
      run.answer();
    }

    /** The second thread. */
    @Actor
    public void deadline() {
      run.deadline();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** The answer meets the cancellation. */
  @JCStressTest
  @Outcome(id = "CANCELLED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class AnswerCancel {
    private final RacedRun run = new RacedRun(false);

    /** Called by jcstress. */
    public AnswerCancel() {}

    /** The first thread. */
    @Actor
    public void answer() {
      run.answer();
    }

    /** The second thread. */
    @Actor
    public void cancel() {
      run.cancel();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** The deadline meets the closing of the engine. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(id = "CANCELLED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class DeadlineCancel {
    private final RacedRun run = new RacedRun(true);

    /** Called by jcstress. */
    public DeadlineCancel() {}

    /** The first thread. */
    @Actor
    public void deadline() {
      run.deadline();
    }

    /** The second thread. */
    @Actor
    public void cancel() {
      run.cancel();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** The answer, a callback and the deadline. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(id = "TIMED_OUT, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class AnswerSignalDeadline {
    private final RacedRun run = new RacedRun(false);

    /** Called by jcstress. */
    public AnswerSignalDeadline() {}

    /** The first thread. */
    @Actor
    public void answer() {
      run.answer();
    }

    /** The second thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** The third thread. */
    @Actor
    public void deadline() {
      run.deadline();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** The answer, a callback and the cancellation. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(id = "CANCELLED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class AnswerSignalCancel {
    private final RacedRun run = new RacedRun(false);

    /** Called by jcstress. */
    public AnswerSignalCancel() {}

    /** The first thread. */
    @Actor
    public void answer() {
      run.answer();
    }

    /** The second thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** The third thread. */
    @Actor
    public void cancel() {
      run.cancel();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** A callback, the deadline and the closing of the engine. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(id = "CANCELLED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class SignalDeadlineCancel {
    private final RacedRun run = new RacedRun(true);

    /** Called by jcstress. */
    public SignalDeadlineCancel() {}

    /** The first thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** The second thread. */
    @Actor
    public void deadline() {
      run.deadline();
    }

    /** The third thread. */
    @Actor
    public void cancel() {
      run.cancel();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }

  /** Two callbacks and a look of our own. */
  @JCStressTest
  @Outcome(id = "COMPLETED, told once", expect = ACCEPTABLE, desc = "One end.")
  @Outcome(expect = FORBIDDEN, desc = "A callback lost, no end, or more than one.")
  @State
  public static class SignalSignalLook {
    private final RacedRun run = new RacedRun(true);

    /** Called by jcstress. */
    public SignalSignalLook() {}

    /** The first thread. */
    @Actor
    public void signal() {
      run.signal();
    }

    /** The second thread. */
    @Actor
    public void signalToo() {
      run.signal();
    }

    /** The third thread. */
    @Actor
    public void look() {
      run.look();
    }

    /** Looks at what came of it. */
    @Arbiter
    public void verdict(L_Result r) {
      r.r1 = run.verdict();
    }
  }
}
