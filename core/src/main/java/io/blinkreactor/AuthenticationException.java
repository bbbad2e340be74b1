package io.blinkreactor;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** 401: the API key is missing, invalid or expired. */
public final class AuthenticationException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  AuthenticationException(FailedCall call, @Nullable Duration retryAfter) {
    super(
        call, retryAfter, "The API key is missing, invalid or expired: make a new one and set it.");
  }
}
