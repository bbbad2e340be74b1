package io.blinkreactor;

import java.io.Serial;

/** 401: the API key is missing, invalid or expired. */
public final class AuthenticationException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  AuthenticationException(FailedCall call) {
    super(call, "The API key is missing, invalid or expired: make a new one and set it.");
  }
}
