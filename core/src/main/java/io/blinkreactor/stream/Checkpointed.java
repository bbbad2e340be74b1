package io.blinkreactor.stream;

/**
 * An element, and the place right after it.
 *
 * @param value the element
 * @param checkpoint from where a stream goes on with the element after this one
 * @param <T> the element's type
 */
public record Checkpointed<T>(T value, Checkpoint checkpoint) {}
