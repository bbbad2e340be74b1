package io.blinkreactor.completion;

import org.jspecify.annotations.Nullable;

/**
 * How the runs of one scope are doing.
 *
 * @param pending how many have not been seen to end
 * @param callbackShare which share of the last runs, 100 at most, was found to have ended by a
 *     callback, from 0 to 1; null if too few have ended, or if there is no receiver. A low one says
 *     that callbacks do not arrive
 * @param paused whether no run can be looked at, because the vendor refuses the credential
 */
public record RunsHealth(int pending, @Nullable Double callbackShare, boolean paused) {}
