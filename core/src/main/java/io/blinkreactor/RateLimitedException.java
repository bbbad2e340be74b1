package io.blinkreactor;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * 429: too many requests, and waiting as long as the vendor asks does not fit the call's time, or
 * the call must not be sent twice.
 */
public final class RateLimitedException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  RateLimitedException(FailedCall call, @Nullable Duration retryAfter) {
    super(
        call,
        retryAfter,
        retryAfter == null
            ? "Send fewer requests at a time, or try again later."
            : "Try again in " + retryAfter.toSeconds() + " s or later, as the vendor asks.");
  }
}
