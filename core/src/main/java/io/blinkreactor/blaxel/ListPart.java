package io.blinkreactor.blaxel;

import org.jspecify.annotations.Nullable;

/**
 * What a list is made of while it arrives: its elements, and behind them what is said about the
 * rest.
 */
sealed interface ListPart<T> {

  /** The contract in which it was answered, never {@link Contract#AUTO}. */
  Contract contract();

  /** An element. */
  record Element<T>(Contract contract, T value) implements ListPart<T> {}

  /**
   * The end of the page.
   *
   * @param nextCursor the cursor of the next page, never empty
   * @param hasMore whether the vendor says that more follows
   * @param total how many there are, whatever the filter
   */
  record End<T>(
      Contract contract,
      @Nullable String nextCursor,
      @Nullable Boolean hasMore,
      @Nullable Long total)
      implements ListPart<T> {}
}
