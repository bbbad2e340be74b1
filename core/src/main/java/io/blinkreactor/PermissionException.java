package io.blinkreactor;

import java.io.Serial;

/** 403: the key is valid, but its user lacks a role in the workspace. */
public final class PermissionException extends ApiException {

  @Serial private static final long serialVersionUID = 1L;

  PermissionException(FailedCall call) {
    super(
        call,
        "The key is valid, but its user lacks a role in this workspace (reading needs Viewer, running needs Contributor or Owner), or the workspace is another one.");
  }
}
