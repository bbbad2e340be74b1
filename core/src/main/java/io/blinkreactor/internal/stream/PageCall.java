package io.blinkreactor.internal.stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * One page that is being fetched: elements, and then where the next page begins.
 *
 * @param <P> positions
 * @param <T> elements
 */
public interface PageCall<P, T> {

  /**
   * The page's elements, as they arrive; subscribed once. Completes without demand once the last
   * element is out.
   */
  Flux<Item<P, T>> items();

  /**
   * Where the next page begins, or null if this was the last one; called once, after {@link
   * #items()} has completed.
   */
  @Nullable P next();
}
