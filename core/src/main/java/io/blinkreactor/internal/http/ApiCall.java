package io.blinkreactor.internal.http;

import io.blinkreactor.JsonValue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of a vendor's API.
 *
 * @param operation a low-cardinality name for metrics, such as {@code executions.get}
 * @param method the HTTP method
 * @param pathTemplate the path with its variables unfilled
 * @param path the path and query, percent-encoded
 * @param body the JSON body
 * @param resend when it may be sent again
 * @param patience added to the attempt's and the call's time, for a call that the vendor answers
 *     late on purpose
 * @param secrets values in the body that must not come back in an exception
 * @param headers headers of this call alone
 * @param authenticated whether it carries the client's credential
 */
public record ApiCall(
    String operation,
    String method,
    String pathTemplate,
    String path,
    @Nullable JsonValue body,
    Resend resend,
    Duration patience,
    List<String> secrets,
    Map<String, String> headers,
    boolean authenticated) {

  /** When a call may be sent again. */
  public enum Resend {
    /** Repeating it changes nothing at the vendor. */
    REPEATABLE,
    /** It starts something, so only if no byte of it left this process. */
    UNSENT_ONLY
  }

  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  /** Starts a call that reads. */
  public static Builder get(String operation, String pathTemplate, String... variables) {
    return new Builder(operation, "GET", pathTemplate, variables, Resend.REPEATABLE);
  }

  /** Starts a call that changes something at the vendor. */
  public static Builder post(
      String operation, Resend resend, String pathTemplate, String... variables) {
    return new Builder(operation, "POST", pathTemplate, variables, resend);
  }

  /** Starts a call that takes something away at the vendor; doing it twice changes nothing more. */
  public static Builder delete(String operation, String pathTemplate, String... variables) {
    return new Builder(operation, "DELETE", pathTemplate, variables, Resend.REPEATABLE);
  }

  /**
   * Encodes every byte but RFC 3986's unreserved ones, so that {@code + % { }} survive strict and
   * lenient servers alike.
   */
  public static String encode(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b > 0 && UNRESERVED.indexOf(b) >= 0) {
        out.append((char) b);
      } else {
        out.append('%').append(hex(b >> 4)).append(hex(b));
      }
    }
    return out.toString();
  }

  private static char hex(int nibble) {
    return Character.toUpperCase(Character.forDigit(nibble & 0xF, 16));
  }

  /** {@return operation, method and path template, without ids and contents} */
  @Override
  public String toString() {
    return "ApiCall[" + operation + ", " + method + " " + pathTemplate + "]";
  }

  /** Fills in one call. */
  public static final class Builder {
    private final String operation;
    private final String method;
    private final String pathTemplate;
    private final StringBuilder path = new StringBuilder();
    private final Resend resend;
    private final List<String> query = new ArrayList<>();
    private @Nullable JsonValue body;
    private Duration patience = Duration.ZERO;
    private List<String> secrets = List.of();
    private final Map<String, String> headers = new LinkedHashMap<>();
    private boolean authenticated = true;

    private Builder(
        String operation, String method, String pathTemplate, String[] variables, Resend resend) {
      this.operation = operation;
      this.method = method;
      this.pathTemplate = pathTemplate;
      this.resend = resend;
      int next = 0;
      int at = 0;
      int open;
      while ((open = pathTemplate.indexOf('{', at)) >= 0) {
        path.append(pathTemplate, at, open).append(encode(variables[next++]));
        at = pathTemplate.indexOf('}', open) + 1;
      }
      path.append(pathTemplate.substring(at));
    }

    /** Adds a query parameter. */
    public Builder query(String name, String value) {
      query.add(name + "=" + encode(value));
      return this;
    }

    /** Sets the JSON body. */
    public Builder body(JsonValue json) {
      this.body = json;
      return this;
    }

    /** Names values of the body that must not come back in an exception. */
    public Builder secrets(List<String> values) {
      this.secrets = values;
      return this;
    }

    /** Sets a header of this call alone. */
    public Builder header(String name, String value) {
      headers.put(name, value);
      return this;
    }

    /** Leaves the client's credential out. */
    public Builder anonymous() {
      this.authenticated = false;
      return this;
    }

    /** Gives the vendor more time to answer. */
    public Builder patience(Duration more) {
      this.patience = more;
      return this;
    }

    /** Makes the call. */
    public ApiCall build() {
      String target = query.isEmpty() ? path.toString() : path + "?" + String.join("&", query);
      return new ApiCall(
          operation,
          method,
          pathTemplate,
          target,
          body,
          resend,
          patience,
          secrets,
          Map.copyOf(headers),
          authenticated);
    }
  }
}
