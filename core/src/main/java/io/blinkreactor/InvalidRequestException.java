package io.blinkreactor;

import java.io.Serial;

/**
 * 400 and the other statuses that say the request itself is wrong; the same request fails again.
 */
public final class InvalidRequestException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  InvalidRequestException(FailedCall call) {
    super(call, "The request has to change: see the vendor's message.");
  }
}
