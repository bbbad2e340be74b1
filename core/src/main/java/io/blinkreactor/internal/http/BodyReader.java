package io.blinkreactor.internal.http;

import java.util.List;

/**
 * Makes elements of the body of a successful answer while it arrives. One reader reads one body;
 * not for use by several threads.
 *
 * @param <T> the elements
 */
public interface BodyReader<T> {

  /**
   * Takes the next piece and answers the elements that it completes. The list is gone through once,
   * and may make each element only then; one that fails comes after those before it.
   *
   * @throws IllegalArgumentException if the body is not what was agreed
   */
  List<T> feed(byte[] piece);

  /**
   * Called once after the last piece; answers the elements that only the end completes.
   *
   * @throws IllegalArgumentException if the body is not what was agreed
   */
  List<T> end();
}
