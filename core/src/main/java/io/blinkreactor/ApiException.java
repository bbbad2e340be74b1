package io.blinkreactor;

import java.io.Serial;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The vendor answered with an error status. Subclasses name the statuses a program usually treats
 * apart.
 */
public sealed class ApiException extends BlinkreactorException
    permits AuthenticationException,
        PermissionException,
        NotFoundException,
        InvalidRequestException,
        RateLimitedException {

  @Serial private static final long serialVersionUID = 1L;

  private final FailedCall call;

  ApiException(FailedCall call, String advice) {
    super(call.sentence(), advice, null);
    this.call = call;
  }

  /**
   * Makes the exception that fits the status.
   *
   * @param call what is known about the call
   * @param retryAfter the pause the vendor asked for, if it named one
   * @return an {@code ApiException} or the subclass for the status
   */
  public static ApiException of(FailedCall call, @Nullable Duration retryAfter) {
    return switch (call.status()) {
      case 400, 405, 409, 413, 414, 415, 422 -> new InvalidRequestException(call);
      case 401 -> new AuthenticationException(call);
      case 403 -> new PermissionException(call);
      case 404, 410 -> new NotFoundException(call);
      case 429 -> new RateLimitedException(call, retryAfter);
      default ->
          new ApiException(
              call,
              call.status() >= 500
                  ? "The fault is on the vendor's side: try again later, and quote the request id if it stays."
                  : "Check the base URL, and that nothing between here and the vendor answers in its place.");
    };
  }

  /** {@return everything known about the refused call} */
  public FailedCall call() {
    return call;
  }

  /** {@return the HTTP status of the last attempt} */
  public int status() {
    return call.status();
  }

  /** {@return the vendor's request id, for a support ticket, or null} */
  public @Nullable String requestId() {
    return call.requestId();
  }
}
