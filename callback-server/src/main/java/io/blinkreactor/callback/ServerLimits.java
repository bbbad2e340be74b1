package io.blinkreactor.callback;

import static io.blinkreactor.internal.OptionChecks.timeout;
import static io.blinkreactor.internal.OptionChecks.within;

import java.time.Duration;

/**
 * What a stranger may take of a callback server. All limits are always on; each has a default that
 * is right for callbacks, which are small and quick.
 *
 * <pre>{@code
 * ServerLimits limits = ServerLimits.builder().maxBodyBytes(256 * 1024).build();
 * }</pre>
 */
public final class ServerLimits {

  private static final ServerLimits DEFAULTS = builder().build();

  private final Duration idleTimeout;
  private final Duration handshakeTimeout;
  private final Duration readTimeout;
  private final Duration requestTimeout;
  private final Duration answerTimeout;
  private final int maxBodyBytes;
  private final int maxLineBytes;
  private final int maxHeaderBytes;
  private final int maxConnections;
  private final int maxRequests;

  private ServerLimits(Builder options) {
    this.idleTimeout = options.idleTimeout;
    this.handshakeTimeout = options.handshakeTimeout;
    this.readTimeout = options.readTimeout;
    this.requestTimeout = options.requestTimeout;
    this.answerTimeout = options.answerTimeout;
    this.maxBodyBytes = options.maxBodyBytes;
    this.maxLineBytes = options.maxLineBytes;
    this.maxHeaderBytes = options.maxHeaderBytes;
    this.maxConnections = options.maxConnections;
    this.maxRequests = options.maxRequests;
  }

  /** {@return the limits as they are by default} */
  public static ServerLimits defaults() {
    return DEFAULTS;
  }

  /** {@return a builder that holds the defaults} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return how long a connection may be silent, or take to send the header of a request} */
  public Duration idleTimeout() {
    return idleTimeout;
  }

  /** {@return how long a TLS handshake may take} */
  public Duration handshakeTimeout() {
    return handshakeTimeout;
  }

  /** {@return the longest gap between two pieces of a request body} */
  public Duration readTimeout() {
    return readTimeout;
  }

  /** {@return how long a request's body may take as a whole} */
  public Duration requestTimeout() {
    return requestTimeout;
  }

  /** {@return how long a whole request may wait until what it says is kept} */
  public Duration answerTimeout() {
    return answerTimeout;
  }

  /** {@return the largest body, in bytes} */
  public int maxBodyBytes() {
    return maxBodyBytes;
  }

  /** {@return the longest first line of a request, in bytes} */
  public int maxLineBytes() {
    return maxLineBytes;
  }

  /** {@return the largest header of a request, in bytes} */
  public int maxHeaderBytes() {
    return maxHeaderBytes;
  }

  /** {@return how many connections may be open at once} */
  public int maxConnections() {
    return maxConnections;
  }

  /** {@return how many requests a connection may carry} */
  public int maxRequests() {
    return maxRequests;
  }

  /** Collects limits; not for use by several threads. */
  public static final class Builder {

    private Duration idleTimeout = Duration.ofSeconds(10);
    private Duration handshakeTimeout = Duration.ofSeconds(5);
    private Duration readTimeout = Duration.ofSeconds(5);
    private Duration requestTimeout = Duration.ofSeconds(15);
    private Duration answerTimeout = Duration.ofSeconds(10);
    private int maxBodyBytes = 64 * 1024;
    private int maxLineBytes = 2048;
    private int maxHeaderBytes = 8192;
    private int maxConnections = 2000;
    private int maxRequests = 1000;

    private Builder() {}

    /**
     * Sets how long a connection may be silent between requests, or take to send the whole header
     * of one, however it trickles. Such a connection is closed without an answer.
     *
     * @param value 1 ms or more; 10 s by default
     * @return this builder
     */
    public Builder idleTimeout(Duration value) {
      this.idleTimeout = timeout("idleTimeout", value);
      return this;
    }

    /**
     * Sets how long a TLS handshake may take from the connection's start.
     *
     * @param value 1 ms or more; 5 s by default
     * @return this builder
     */
    public Builder handshakeTimeout(Duration value) {
      this.handshakeTimeout = timeout("handshakeTimeout", value);
      return this;
    }

    /**
     * Sets the longest gap between two pieces of a request body; after it the answer is 408.
     *
     * @param value 1 ms or more; 5 s by default
     * @return this builder
     */
    public Builder readTimeout(Duration value) {
      this.readTimeout = timeout("readTimeout", value);
      return this;
    }

    /**
     * Sets how long a request's body may take as a whole; after it the answer is 408.
     *
     * @param value 1 ms or more; 15 s by default
     * @return this builder
     */
    public Builder requestTimeout(Duration value) {
      this.requestTimeout = timeout("requestTimeout", value);
      return this;
    }

    /**
     * Sets how long a request that has come whole may wait until it is kept; after it the answer is
     * 503. Whoever waits for the run here is woken all the same.
     *
     * @param value 1 ms or more; 10 s by default
     * @return this builder
     */
    public Builder answerTimeout(Duration value) {
      this.answerTimeout = timeout("answerTimeout", value);
      return this;
    }

    /**
     * Sets the largest body of a callback; a larger one is answered 413, at once if its length is
     * told, otherwise as soon as it is passed.
     *
     * @param bytes 0 or more; 65,536 by default
     * @return this builder
     */
    public Builder maxBodyBytes(int bytes) {
      this.maxBodyBytes = within("maxBodyBytes", bytes, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets the longest first line of a request; a longer one is answered 414.
     *
     * @param bytes 256 or more; 2,048 by default
     * @return this builder
     */
    public Builder maxLineBytes(int bytes) {
      this.maxLineBytes = within("maxLineBytes", bytes, 256, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets the largest header of a request without its first line; a larger one is answered 431.
     *
     * @param bytes 256 or more; 8,192 by default
     * @return this builder
     */
    public Builder maxHeaderBytes(int bytes) {
      this.maxHeaderBytes = within("maxHeaderBytes", bytes, 256, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets how many connections may be open at once. When there are more, the one that has waited
     * longest without a proven request is closed to make room, so that silent connections can't
     * keep callbacks out; once more than half have carried one, that of them whose last is the
     * longest ago. The process must be allowed as many open files.
     *
     * @param count 1 or more; 2,000 by default
     * @return this builder
     */
    public Builder maxConnections(int count) {
      this.maxConnections = within("maxConnections", count, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets how many requests a connection may carry; the answer to the last one closes it.
     *
     * @param count 1 or more; 1,000 by default
     * @return this builder
     */
    public Builder maxRequests(int count) {
      this.maxRequests = within("maxRequests", count, 1, Integer.MAX_VALUE);
      return this;
    }

    /** {@return the limits} */
    public ServerLimits build() {
      return new ServerLimits(this);
    }
  }
}
