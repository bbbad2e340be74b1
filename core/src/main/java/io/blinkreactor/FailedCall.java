package io.blinkreactor;

import java.io.Serial;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a call that the vendor refused. Texts from the vendor are already cleaned of
 * secrets and control characters.
 *
 * @param method the HTTP method
 * @param pathTemplate the path with its variables unfilled, so that it holds no identifiers
 * @param status the HTTP status of the last attempt
 * @param identifier the vendor's error identifier
 * @param vendorMessage the vendor's message
 * @param details the vendor's details
 * @param requestId the vendor's request id, for a support ticket
 * @param attempts how often the call was sent, at least 1
 */
public record FailedCall(
    String method,
    String pathTemplate,
    int status,
    @Nullable String identifier,
    @Nullable String vendorMessage,
    @Nullable String details,
    @Nullable String requestId,
    int attempts)
    implements Serializable {

  @Serial private static final long serialVersionUID = 1L;

  String sentence() {
    StringBuilder text =
        new StringBuilder(method)
            .append(' ')
            .append(pathTemplate)
            .append(" was answered ")
            .append(status);
    if (vendorMessage != null) {
      text.append(": \"").append(vendorMessage).append('"');
    }
    if (details != null) {
      text.append(" (").append(details).append(')');
    }
    String separator = " [";
    if (identifier != null) {
      text.append(separator).append("identifier ").append(identifier);
      separator = ", ";
    }
    if (requestId != null) {
      text.append(separator).append("request id ").append(requestId);
      separator = ", ";
    }
    if (attempts > 1) {
      text.append(separator).append(attempts).append(" attempts");
      separator = ", ";
    }
    return text.append(separator.equals(", ") ? "]." : ".").toString();
  }
}
