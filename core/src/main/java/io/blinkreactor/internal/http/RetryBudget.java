package io.blinkreactor.internal.http;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A token bucket for a client's retries: each retry takes a token, each success gives one back. An
 * empty bucket does not forbid a retry, it slows it.
 */
final class RetryBudget {

  private final int capacity;
  private final AtomicInteger tokens;

  RetryBudget(int capacity) {
    this.capacity = capacity;
    this.tokens = new AtomicInteger(capacity);
  }

  /** Takes a token, or answers false: this retry has to go slowly. */
  boolean take() {
    return tokens.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  void success() {
    tokens.updateAndGet(n -> Math.min(capacity, n + 1));
  }

  int left() {
    return tokens.get();
  }
}
