package io.blinkreactor.internal.completion;

import org.jspecify.annotations.Nullable;

/**
 * Everything about a run that moves, in one immutable value, so that one compare-and-set is one
 * transition.
 *
 * @param phase where it stands
 * @param executionId the vendor's id, once known
 * @param signalled whether a callback came that no look has followed yet
 * @param expired whether the deadline has passed
 * @param reason why it is looked at, in {@link Phase#VERIFYING}; why it was, in {@link
 *     Phase#LAGGING}
 * @param lagLooks looks since the last callback that did not show the end
 * @param dueLooks looks of our own so far
 * @param version counts transitions; a timer or a look that belongs to an older one is void
 */
record RunState(
    Phase phase,
    @Nullable String executionId,
    boolean signalled,
    boolean expired,
    @Nullable Reason reason,
    int lagLooks,
    int dueLooks,
    int version) {

  static final RunState NEW = new RunState(Phase.REGISTERED, null, false, false, null, 0, 0, 0);

  RunState to(Phase next) {
    return new RunState(
        next, executionId, signalled, expired, reason, lagLooks, dueLooks, version + 1);
  }

  RunState started(String id) {
    return new RunState(phase, id, signalled, expired, reason, lagLooks, dueLooks, version);
  }

  /** Remembers a callback without moving. */
  RunState signal() {
    return new RunState(phase, executionId, true, expired, reason, lagLooks, dueLooks, version);
  }

  /** Remembers the deadline without moving. */
  RunState expire() {
    return new RunState(phase, executionId, signalled, true, reason, lagLooks, dueLooks, version);
  }

  /** Starts a look; a callback that came before it is answered by it. */
  RunState verify(Reason why) {
    return new RunState(
        Phase.VERIFYING,
        executionId,
        false,
        expired || why == Reason.DEADLINE,
        why,
        why == Reason.CALLBACK ? 0 : lagLooks,
        why == Reason.DUE ? dueLooks + 1 : dueLooks,
        version + 1);
  }

  RunState lag() {
    return new RunState(
        Phase.LAGGING, executionId, false, expired, reason, lagLooks + 1, dueLooks, version + 1);
  }
}
