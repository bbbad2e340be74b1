package io.blinkreactor.internal.stream;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one page is asked by.
 *
 * @param rung by what it is asked; decides which of the others count
 * @param direction which way
 * @param after the row before the page; null: the first page
 * @param range the times that are covered
 * @param skip rows to pass over
 * @param token the server's cursor; null: the first page
 * @param limit how many rows at most
 * @param missing features that the server was found not to have
 */
public record PageAsk(
    Rung rung,
    Direction direction,
    @Nullable RowKey after,
    Range range,
    long skip,
    @Nullable String token,
    int limit,
    Set<String> missing) {}
