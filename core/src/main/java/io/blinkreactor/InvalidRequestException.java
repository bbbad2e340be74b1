package io.blinkreactor;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * 400 and the other statuses that say the request itself is wrong; the same request fails again.
 */
public final class InvalidRequestException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  InvalidRequestException(FailedCall call, @Nullable Duration retryAfter) {
    super(
        call,
        retryAfter,
        "The same request will be refused again, unless the vendor's message says otherwise.");
  }
}
