package io.blinkreactor.blaxel;

import org.jspecify.annotations.Nullable;

/**
 * How many tasks of an execution stand where, as the vendor counts them; a count that it does not
 * tell is null.
 *
 * @param cancelled tasks that were cancelled
 * @param failure tasks that failed
 * @param retried tasks that were tried again
 * @param running tasks that run
 * @param success tasks that ended well
 * @param total all tasks
 */
public record JobExecutionStats(
    @Nullable Long cancelled,
    @Nullable Long failure,
    @Nullable Long retried,
    @Nullable Long running,
    @Nullable Long success,
    @Nullable Long total) {}
