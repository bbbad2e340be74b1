package io.blinkreactor.internal.completion;

/**
 * What a look at a run showed.
 *
 * @param execution the vendor's object
 * @param state its state, for messages
 * @param outcome its state, for metrics: one of a few words
 * @param finished whether it has ended
 */
public record Look<T>(T execution, String state, String outcome, boolean finished) {}
