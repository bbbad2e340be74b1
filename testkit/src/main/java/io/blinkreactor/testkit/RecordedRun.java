package io.blinkreactor.testkit;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of one run started over the API, immutable.
 *
 * @param executionId the execution's id
 * @param playbookId the workflow that was started
 * @param workspace the workspace it runs in
 * @param stateUi the end state: planned by the seed while the run goes on, the real one afterwards
 * @param finished whether the run has ended; the API may say so later, see {@link Switch#STATE_LAG}
 * @param startedAt when the request to start it was accepted, by the emulator's clock
 * @param finishedAt when it ended, by the emulator's clock; null before
 * @param inputValues the {@code input_values} of the request as JSON text
 * @param gets how many requests read this single execution so far
 * @param callbacksSent how many callback requests were sent and answered, refused or timed out so
 *     far, of every kind
 * @param callbackPlan what the seed planned, as words: {@code on-time}, {@code early}, {@code
 *     late}, {@code lost}, {@code silent} (this end state does not call back), with {@code doubled}
 *     and {@code forged} beside them; empty when the request asked for no callback
 * @param settled whether the run has ended and no callback of it is still to come
 */
public record RecordedRun(
    String executionId,
    String playbookId,
    String workspace,
    String stateUi,
    boolean finished,
    Instant startedAt,
    @Nullable Instant finishedAt,
    String inputValues,
    int gets,
    int callbacksSent,
    Set<String> callbackPlan,
    boolean settled) {}
