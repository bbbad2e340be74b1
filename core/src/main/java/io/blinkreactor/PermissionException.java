package io.blinkreactor;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** 403: the key is valid, but its user lacks a role in the workspace. */
public final class PermissionException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  PermissionException(FailedCall call, @Nullable Duration retryAfter) {
    super(
        call,
        retryAfter,
        "The key is valid, but its user lacks a role in this workspace (at BlinkOps, reading needs Viewer and running needs Contributor or Owner), or the workspace is another one.");
  }
}
