package io.blinkreactor;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** 404 or 410: the thing, or the workspace, is not there, or not any more. */
public final class NotFoundException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  NotFoundException(FailedCall call, @Nullable Duration retryAfter) {
    super(
        call,
        retryAfter,
        "Check the id and the workspace; old executions are removed by the vendor's retention.");
  }
}
