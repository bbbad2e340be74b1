package io.blinkreactor.completion;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The end of a run. A run that failed or was cancelled has ended too, so this is a value for every
 * final state; look at the execution's state.
 *
 * @param correlationId our own id of the run
 * @param executionId the vendor's id of the run
 * @param execution the execution as the vendor's API told it after the end
 * @param source what made us look when we found it ended
 * @param elapsed from the start of the run's registration to its end being known, by the monotonic
 *     clock
 * @param payload what the first authenticated callback carried, if one arrived; untrusted, see
 *     there
 * @param <T> the vendor's type of execution
 */
public record Completion<T>(
    String correlationId,
    String executionId,
    T execution,
    CompletionSource source,
    Duration elapsed,
    @Nullable UntrustedPayload payload) {}
