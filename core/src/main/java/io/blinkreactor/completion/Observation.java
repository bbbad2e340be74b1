package io.blinkreactor.completion;

import java.time.Instant;

/**
 * What a look at a run showed.
 *
 * @param state its state, as the vendor names it; empty if it named none
 * @param finished whether it had ended
 * @param at when it was seen, by the clock of this process
 */
public record Observation(String state, boolean finished, Instant at) {}
