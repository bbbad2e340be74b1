package io.blinkreactor.http;

import static io.blinkreactor.internal.OptionChecks.positive;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.UnaryOperator;
import reactor.netty.http.client.HttpClient;

/**
 * How calls are sent: the clocks, the retry, the pool. Immutable; every option has a default that
 * suits one process that talks to one vendor.
 *
 * <p>Retry: calls that may be repeated (all but starting a run) are sent again after 429, 502, 503,
 * 504 and network faults, with full jitter. A call that starts a run is sent again only if no byte
 * of it left this process. A pause that the vendor asks for wins over ours and holds back every
 * call of the client. A token bucket limits how many retries an outage can cause: when it is empty,
 * retries go at the slowest pace, and only a clock ends them.
 */
public final class HttpOptions {

  private final Duration attemptTimeout;
  private final Duration stallTimeout;
  private final Duration callTimeout;
  private final Duration minBackoff;
  private final Duration maxBackoff;
  private final Duration maxRetryAfter;
  private final int retryBudget;
  private final int maxConnections;
  private final int maxResponseBytes;
  private final UnaryOperator<HttpClient> customizer;

  private HttpOptions(Builder builder) {
    this.attemptTimeout = builder.attemptTimeout;
    this.stallTimeout = builder.stallTimeout;
    this.callTimeout = builder.callTimeout;
    this.minBackoff = builder.minBackoff;
    this.maxBackoff = builder.maxBackoff;
    this.maxRetryAfter = builder.maxRetryAfter;
    this.retryBudget = builder.retryBudget;
    this.maxConnections = builder.maxConnections;
    this.maxResponseBytes = builder.maxResponseBytes;
    this.customizer = builder.customizer;
  }

  /** {@return the defaults} */
  public static HttpOptions defaults() {
    return builder().build();
  }

  /** {@return a builder that holds the defaults} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return time for one attempt, from asking for a connection to the response headers} */
  public Duration attemptTimeout() {
    return attemptTimeout;
  }

  /** {@return longest gap between two pieces of a response body} */
  public Duration stallTimeout() {
    return stallTimeout;
  }

  /** {@return time for one call with all its attempts and pauses} */
  public Duration callTimeout() {
    return callTimeout;
  }

  /** {@return upper end of the first random pause before a retry} */
  public Duration minBackoff() {
    return minBackoff;
  }

  /** {@return upper end of the longest random pause before a retry} */
  public Duration maxBackoff() {
    return maxBackoff;
  }

  /**
   * {@return longest pause that is accepted from the vendor; asked for more, the call fails and
   * says so}
   */
  public Duration maxRetryAfter() {
    return maxRetryAfter;
  }

  /**
   * {@return retries that may follow each other across the client before they slow down to the
   * longest pause}
   */
  public int retryBudget() {
    return retryBudget;
  }

  /** {@return connections in the client's pool} */
  public int maxConnections() {
    return maxConnections;
  }

  /** {@return largest response body in bytes, after decompression} */
  public int maxResponseBytes() {
    return maxResponseBytes;
  }

  /**
   * {@return what the user changes on the HTTP client, for example a proxy or a private certificate
   * authority}
   */
  public UnaryOperator<HttpClient> customizer() {
    return customizer;
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private Duration attemptTimeout = Duration.ofSeconds(30);
    private Duration stallTimeout = Duration.ofSeconds(30);
    private Duration callTimeout = Duration.ofMinutes(2);
    private Duration minBackoff = Duration.ofMillis(200);
    private Duration maxBackoff = Duration.ofSeconds(20);
    private Duration maxRetryAfter = Duration.ofMinutes(2);
    private int retryBudget = 100;
    private int maxConnections = 64;
    private int maxResponseBytes = 64 * 1024 * 1024;
    private UnaryOperator<HttpClient> customizer = UnaryOperator.identity();

    private Builder() {}

    /**
     * Sets the time for one attempt, from asking for a connection to the response headers.
     *
     * @param value more than zero; 30 s by default
     * @return this builder
     */
    public Builder attemptTimeout(Duration value) {
      this.attemptTimeout = positive("attemptTimeout", value);
      return this;
    }

    /**
     * Sets the longest gap between two pieces of a response body.
     *
     * @param value more than zero; 30 s by default
     * @return this builder
     */
    public Builder stallTimeout(Duration value) {
      this.stallTimeout = positive("stallTimeout", value);
      return this;
    }

    /**
     * Sets the time for one call with all its attempts and pauses.
     *
     * @param value more than zero; 2 min by default
     * @return this builder
     */
    public Builder callTimeout(Duration value) {
      this.callTimeout = positive("callTimeout", value);
      return this;
    }

    /**
     * Sets the range of the random pause before a retry: its upper end starts at {@code min} and
     * doubles up to {@code max}.
     *
     * @param min more than zero; 200 ms by default
     * @param max not below {@code min}; 20 s by default
     * @return this builder
     */
    public Builder backoff(Duration min, Duration max) {
      this.minBackoff = positive("backoff min", min);
      this.maxBackoff = positive("backoff max", max);
      if (max.compareTo(min) < 0) {
        throw new IllegalArgumentException(
            "'backoff': the longest pause, "
                + max
                + ", is shorter than the first one, "
                + min
                + ".");
      }
      return this;
    }

    /**
     * Sets the longest pause that is accepted from the vendor's {@code Retry-After}.
     *
     * @param value more than zero; 2 min by default
     * @return this builder
     */
    public Builder maxRetryAfter(Duration value) {
      this.maxRetryAfter = positive("maxRetryAfter", value);
      return this;
    }

    /**
     * Sets how many retries may follow each other across the client before they slow down to the
     * longest pause; each success gives one back.
     *
     * @param value 0 or more; 100 by default
     * @return this builder
     */
    public Builder retryBudget(int value) {
      this.retryBudget = within("retryBudget", value, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets the size of the connection pool. Calls beyond it wait in line, within their own time.
     *
     * @param value 1 or more; 64 by default
     * @return this builder
     */
    public Builder maxConnections(int value) {
      this.maxConnections = within("maxConnections", value, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets the largest response body.
     *
     * @param value bytes after decompression, 1 or more; 64 MiB by default
     * @return this builder
     */
    public Builder maxResponseBytes(int value) {
      this.maxResponseBytes = within("maxResponseBytes", value, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Changes the HTTP client: proxy, private certificate authority, resolver. The library's own
     * settings (headers, compression, no hidden retry) are applied after it.
     *
     * @param value answers the changed client
     * @return this builder
     */
    public Builder customize(UnaryOperator<HttpClient> value) {
      this.customizer = requireNonNull(value, "customizer");
      return this;
    }

    /** {@return the options} */
    public HttpOptions build() {
      return new HttpOptions(this);
    }
  }
}
