package io.blinkreactor.completion;

import io.blinkreactor.RunException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The end of a run. A run that failed or was cancelled has ended too, so this is a value for every
 * final state; look at {@link #state}, or use {@link #orThrow}.
 *
 * @param correlationId our own id of the run
 * @param executionId the vendor's id of the run
 * @param execution the execution as the vendor's API told it after the end
 * @param state its final state, as the vendor names it
 * @param succeeded whether that is a good one
 * @param source what made us look when we found it ended
 * @param elapsed from the start of the run's registration to its end being known, by the monotonic
 *     clock; of a run that was taken up again, from its registration by the wall clock
 * @param payload what the first authenticated callback carried, if one arrived in this process;
 *     untrusted, see there
 * @param <T> the vendor's type of execution
 */
public record Completion<T>(
    String correlationId,
    String executionId,
    T execution,
    String state,
    boolean succeeded,
    CompletionSource source,
    Duration elapsed,
    @Nullable UntrustedPayload payload) {

  /**
   * For those who want an error for a run that did not end well:
   *
   * <pre>{@code run.completion().map(Completion::orThrow)}</pre>
   *
   * @return this, if the run succeeded
   * @throws RunException with the reason {@link RunException.Reason#NOT_SUCCEEDED} if it did not
   */
  public Completion<T> orThrow() {
    if (!succeeded) {
      throw new RunException(
          RunException.Reason.NOT_SUCCEEDED,
          "The execution " + executionId + " ended in state " + state + ".",
          "Look at its steps at the vendor.",
          correlationId,
          executionId,
          null);
    }
    return this;
  }
}
