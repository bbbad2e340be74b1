package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whom the vendor calls when a run has ended. Immutable. What the vendor's request looks like,
 * which end states cause it and whether it is repeated is not documented; treat it as a wake-up and
 * read the execution.
 */
public final class ExecutionCallback {

  private final Map<String, Object> members;
  private final List<String> secrets;

  private ExecutionCallback(Map<String, Object> members, List<String> secrets) {
    this.members = members;
    this.secrets = secrets;
  }

  /**
   * Starts a callback.
   *
   * @param url where the vendor sends it
   * @return a builder
   */
  public static Builder builder(URI url) {
    return new Builder(url);
  }

  Map<String, Object> members() {
    return members;
  }

  List<String> secrets() {
    return secrets;
  }

  /** {@return the URL's host, without path, headers or cookies, which may hold secrets} */
  @Override
  public String toString() {
    return "ExecutionCallback["
        + URI.create((String) requireNonNull(members.get("url"))).getHost()
        + "]";
  }

  /** Collects the members; not for use by several threads. */
  public static final class Builder {

    private final Map<String, Object> members = new LinkedHashMap<>();
    private final List<String> secrets = new ArrayList<>();

    private Builder(URI url) {
      members.put("url", url.toString());
    }

    /**
     * Sets the HTTP method; which ones the vendor knows is not documented, nor is its default.
     *
     * @param method the HTTP method
     * @return this builder
     */
    public Builder method(String method) {
      return put("method", requireNonNull(method, "method"));
    }

    /**
     * Sets headers that the vendor is to send.
     *
     * @param headers values by name
     * @return this builder
     */
    public Builder headers(Map<String, String> headers) {
      secrets.addAll(headers.values());
      return put("headers", Map.copyOf(headers));
    }

    /**
     * Sets cookies that the vendor is to send.
     *
     * @param cookies values by name
     * @return this builder
     */
    public Builder cookies(Map<String, String> cookies) {
      secrets.addAll(cookies.values());
      return put("cookies", Map.copyOf(cookies));
    }

    /**
     * Sets members of the body that the vendor is to send; how they meet its own metadata is not
     * documented.
     *
     * @param body values by name; any that JSON can hold
     * @return this builder
     */
    public Builder body(Map<String, ?> body) {
      return put("body", JsonValue.of(body));
    }

    /**
     * Lets the vendor pass over faults of the receiver's certificate. The library never sets it.
     *
     * @param disable whether to pass over them
     * @return this builder
     */
    public Builder disableSsl(boolean disable) {
      return put("disableSSL", disable);
    }

    /**
     * Leaves out the vendor's own metadata from the body.
     *
     * @param exclude whether to leave it out
     * @return this builder
     */
    public Builder excludeDefaultMetadata(boolean exclude) {
      return put("excludeDefaultMetadata", exclude);
    }

    /** Takes further texts that must not be told. */
    Builder secrets(Collection<String> texts) {
      secrets.addAll(texts);
      return this;
    }

    /** {@return the callback} */
    public ExecutionCallback build() {
      return new ExecutionCallback(Map.copyOf(members), List.copyOf(secrets));
    }

    private Builder put(String name, Object value) {
      members.put(name, value);
      return this;
    }
  }
}
