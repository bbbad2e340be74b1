package io.blinkreactor.stream;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a stream, without rows that came before.
 *
 * @param items the elements, at least one
 * @param checkpoint the place after the last of them
 * @param mode how the page was asked for
 * @param total how many rows the vendor says there are; what it counts is not documented, and it
 *     moves; null if it does not say
 * @param <T> the elements' type
 */
public record Page<T>(
    List<T> items, Checkpoint checkpoint, PagingMode mode, @Nullable Long total) {}
