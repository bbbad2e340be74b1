package io.blinkreactor.stream;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.internal.stream.Checkpoints;

/**
 * A place in a list right after an element, from which a stream can go on later, in another process
 * if need be. It is bound to the query it was made by. Two are equal if their texts are.
 *
 * <p>Immutable and safe for use by many threads. The text holds times and ids of rows, and no
 * secret.
 */
public interface Checkpoint {

  /** {@return the place as text that can stand in a URL or a file name} */
  String text();

  /**
   * Reads a checkpoint.
   *
   * @param text what {@link #text()} answered
   * @return the checkpoint
   * @throws InvalidCheckpointException if the text is damaged or of another version
   */
  static Checkpoint parse(String text) {
    return Checkpoints.parse(requireNonNull(text, "text"));
  }
}
