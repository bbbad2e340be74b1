package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A page that the vendor's room fetches.
 *
 * @param <T> rows
 */
public interface PageFetch<T> {

  /** The rows as they arrive; subscribed once. */
  Flux<T> rows();

  /** What stands around the rows; asked once they have completed. */
  End end();

  /**
   * What stands around the rows of a page.
   *
   * @param total how many rows the server says there are
   * @param nextToken the cursor of the next page
   * @param more whether the server says that there are more
   * @param cursorless whether the answer is of a kind that has no cursors at all
   */
  record End(
      @Nullable Long total,
      @Nullable String nextToken,
      @Nullable Boolean more,
      boolean cursorless) {}
}
