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
  private final @Nullable Duration retryAfter;

  ApiException(FailedCall call, @Nullable Duration retryAfter, String advice) {
    super(call.sentence(), advice, null);
    this.call = call;
    this.retryAfter = retryAfter;
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
      case 400, 405, 409, 413, 414, 415, 422 -> new InvalidRequestException(call, retryAfter);
      case 401 -> new AuthenticationException(call, retryAfter);
      case 403 -> new PermissionException(call, retryAfter);
      case 404, 410 -> new NotFoundException(call, retryAfter);
      case 429 -> new RateLimitedException(call, retryAfter);
      default -> new ApiException(call, retryAfter, advice(call));
    };
  }

  /**
   * Makes the exception for credentials that were refused where they are exchanged for a token,
   * whatever the status was.
   *
   * @param call what is known about the exchange
   * @return the exception
   */
  public static AuthenticationException refusedCredentials(FailedCall call) {
    return new AuthenticationException(
        call,
        null,
        "The client's id or secret is wrong or was withdrawn: make new credentials and set them.");
  }

  private static String advice(FailedCall call) {
    if (call.status() == 402) {
      return "The account has used up what it pays for: look at its limits and its plan.";
    }
    boolean vendors = call.status() >= 500 || call.status() == 408;
    if (vendors && !call.method().equals("GET")) {
      return "Whether the vendor acted on it is not known: look there before sending it again.";
    }
    return vendors
        ? "The fault is on the vendor's side: try again later, and quote the request id if it stays."
        : "Check the base URL, and that nothing between here and the vendor answers in its place.";
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

  /** {@return the pause the vendor asked for before the next call, or null if it named none} */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
