package io.blinkreactor.internal.completion;

import io.blinkreactor.completion.UntrustedPayload;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What callbacks carried whose run the store has and nobody has taken up yet: the vendor was told
 * that they were taken and won't send them again, and their hint may be the only one.
 */
final class Unclaimed {

  /** A payload may take 64 KiB. */
  static final int KEPT = 1_000;

  private final Map<String, UntrustedPayload> payloads = Newest.added(KEPT);

  /** So that runs which were never missing pay for a look at this alone. */
  private volatile boolean empty = true;

  synchronized void add(String correlationId, UntrustedPayload payload) {
    payloads.putIfAbsent(correlationId, payload);
    empty = false;
  }

  @Nullable UntrustedPayload take(String correlationId) {
    return empty ? null : remove(correlationId);
  }

  private synchronized @Nullable UntrustedPayload remove(String correlationId) {
    UntrustedPayload payload = payloads.remove(correlationId);
    empty = payloads.isEmpty();
    return payload;
  }
}
