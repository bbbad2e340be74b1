package io.blinkreactor;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * 401: the API key is missing, invalid or expired; or credentials were refused, with any status,
 * where they are exchanged for a token.
 */
public final class AuthenticationException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  AuthenticationException(FailedCall call, @Nullable Duration retryAfter) {
    this(
        call, retryAfter, "The API key is missing, invalid or expired: make a new one and set it.");
  }

  AuthenticationException(FailedCall call, @Nullable Duration retryAfter, String advice) {
    super(call, retryAfter, advice);
  }
}
