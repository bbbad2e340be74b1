package io.blinkreactor.internal.stream;

/**
 * Where a row stands in the order of a list: by time, then by id.
 *
 * @param at the time, in the vendor's unit
 * @param id the id
 */
public record RowKey(long at, String id) {}
