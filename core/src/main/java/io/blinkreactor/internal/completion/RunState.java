package io.blinkreactor.internal.completion;

import org.jspecify.annotations.Nullable;

/**
 * Everything about a run that moves, in one immutable value, so that one compare-and-set is one
 * transition.
 *
 * @param phase where it stands
 * @param executionId the vendor's id, once known
 * @param heard whether a callback came that no look has followed yet
 * @param expired whether the deadline has passed
 * @param reason why it is looked at, in {@link Phase#VERIFYING}; why it was, in {@link
 *     Phase#LAGGING}
 * @param lagLooks looks since the last callback that did not show the end
 * @param dueLooks looks or searches of our own so far
 * @param misses looks in a row at which the vendor did not know the run
 * @param nextAt when the next look or search of our own is due, by the monotonic clock, or {@link
 *     Timed#NEVER}
 * @param version counts transitions; a timer or a look that belongs to an older one is void
 */
record RunState(
    Phase phase,
    @Nullable String executionId,
    Heard heard,
    boolean expired,
    @Nullable Reason reason,
    short lagLooks,
    short dueLooks,
    short misses,
    long nextAt,
    int version) {

  /** What has come of the callbacks since the last look. */
  enum Heard {
    /** None has come. */
    NOTHING,
    /** One has come. */
    NEW,
    /** One has come, and a search has begun since. */
    SEARCHED
  }

  static final RunState NEW =
      new RunState(
          Phase.REGISTERED,
          null,
          Heard.NOTHING,
          false,
          null,
          (short) 0,
          (short) 0,
          (short) 0,
          Timed.NEVER,
          0);

  boolean signalled() {
    return heard != Heard.NOTHING;
  }

  RunState to(Phase next) {
    return new RunState(
        next,
        executionId,
        heard,
        expired,
        reason,
        lagLooks,
        dueLooks,
        misses,
        Timed.NEVER,
        version + 1);
  }

  RunState started(String id) {
    // Searches don't count as looks: the schedule of looks begins here.
    return new RunState(
        phase, id, heard, expired, reason, lagLooks, (short) 0, misses, nextAt, version);
  }

  /** Remembers a callback without moving. */
  RunState signal() {
    return new RunState(
        phase,
        executionId,
        Heard.NEW,
        expired,
        reason,
        lagLooks,
        dueLooks,
        misses,
        nextAt,
        version);
  }

  /** Remembers the deadline without moving. */
  RunState expire() {
    return new RunState(
        phase, executionId, heard, true, reason, lagLooks, dueLooks, misses, nextAt, version);
  }

  /** Notes when it is due next, without moving. */
  RunState next(long at) {
    return new RunState(
        phase, executionId, heard, expired, reason, lagLooks, dueLooks, misses, at, version);
  }

  /** Notes whether the vendor knew the run at the last look. */
  RunState missed(boolean missing) {
    return new RunState(
        phase,
        executionId,
        heard,
        expired,
        reason,
        lagLooks,
        dueLooks,
        missing ? grown(misses) : 0,
        nextAt,
        version);
  }

  /** Starts a look; a callback that came before it is answered by it. */
  RunState verify(Reason why) {
    return new RunState(
        Phase.VERIFYING,
        executionId,
        Heard.NOTHING,
        expired || why == Reason.DEADLINE,
        why,
        why == Reason.CALLBACK ? 0 : lagLooks,
        why == Reason.DUE ? grown(dueLooks) : dueLooks,
        misses,
        Timed.NEVER,
        version + 1);
  }

  /** Starts a search; a callback that came is remembered for the look that follows it. */
  RunState search() {
    return new RunState(
        Phase.SEARCHING,
        executionId,
        signalled() ? Heard.SEARCHED : Heard.NOTHING,
        expired,
        reason,
        lagLooks,
        grown(dueLooks),
        misses,
        Timed.NEVER,
        version + 1);
  }

  RunState lag() {
    return new RunState(
        Phase.LAGGING,
        executionId,
        Heard.NOTHING,
        expired,
        reason,
        grown(lagLooks),
        dueLooks,
        misses,
        Timed.NEVER,
        version + 1);
  }

  private static short grown(short count) {
    return count == Short.MAX_VALUE ? count : (short) (count + 1);
  }
}
