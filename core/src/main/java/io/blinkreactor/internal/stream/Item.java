package io.blinkreactor.internal.stream;

/**
 * An element, and the position right after it, from which a stream can go on without repeating it.
 *
 * @param value the element
 * @param after the position after it
 */
public record Item<P, T>(T value, P after) {}
