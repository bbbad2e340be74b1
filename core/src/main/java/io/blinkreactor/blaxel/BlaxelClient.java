package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.internal.OptionChecks;
import io.blinkreactor.internal.completion.PendingRuns;
import io.blinkreactor.internal.http.ApiMetrics;
import io.blinkreactor.internal.http.Authentication;
import io.blinkreactor.internal.http.HttpTransport;
import io.blinkreactor.internal.http.Redactor;
import io.blinkreactor.internal.stream.ServerMemory;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The client of Blaxel's job executions. Holds a connection pool, so make one and keep it; safe for
 * use by many threads.
 *
 * <pre>{@code
 * BlaxelClient blaxel = BlaxelClient.builder().apiKey(key).workspace("my-workspace").build();
 * }</pre>
 *
 * <p>Every call is lazy and sent anew for each subscription. Results arrive on threads of the HTTP
 * client, which must not be blocked.
 */
public final class BlaxelClient implements AutoCloseable {

  private final BlaxelApi api;
  private final boolean owner;

  private BlaxelClient(BlaxelApi api, boolean owner) {
    this.api = api;
    this.owner = owner;
  }

  /** {@return an empty builder} */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@return a job's executions}
   *
   * @param name the job's name, which the vendor's API calls its id
   */
  public Job job(String name) {
    return new Job(api, OptionChecks.id(name));
  }

  /** {@return a builder for starting executions and awaiting their end} */
  public JobRuns.Builder runs() {
    return new JobRuns.Builder(api);
  }

  /**
   * A client for another workspace that shares this one's credential, connections and gate. Closing
   * it does nothing.
   *
   * @param workspace the other workspace
   * @return the client
   */
  public BlaxelClient workspace(String workspace) {
    return new BlaxelClient(api.inWorkspace(Builder.checkWorkspace(workspace)), false);
  }

  /** Closes the connections; calls in flight fail. Does not wait. */
  @Override
  public void close() {
    if (owner) {
      api.pendingRuns().close();
      api.transport().close();
    }
  }

  /** {@return a {@code Mono} that closes the connections and completes when they are closed} */
  public Mono<Void> closeLater() {
    return owner
        ? Mono.<Void>fromRunnable(api.pendingRuns()::close).then(api.transport().closeLater())
        : Mono.empty();
  }

  /** {@return the workspace} */
  @Override
  public String toString() {
    return "BlaxelClient[workspace=" + api.workspace() + "]";
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private @Nullable Supplier<String> apiKey;
    private @Nullable String clientId;
    private @Nullable String clientSecret;
    private @Nullable String workspace;
    private String baseUrl = "https://api.blaxel.ai/v0";
    private boolean plainHttp;
    private Contract contract = Contract.AUTO;
    private HttpOptions http = HttpOptions.defaults();
    private TimeSource time = TimeSource.system();
    private @Nullable MeterRegistry meters;
    private @Nullable ObservationRegistry observations;

    private Builder() {}

    /**
     * Takes {@code BL_API_KEY} or {@code BL_CLIENT_CREDENTIALS} (base64 of the client's id, a colon
     * and its secret), {@code BL_WORKSPACE} and {@code BL_API_URL} where they are set and not
     * blank.
     *
     * @param environment the variables, usually {@link System#getenv()}
     * @return this builder
     * @throws IllegalArgumentException if both the key and the credentials are set, or the
     *     credentials can't be read
     */
    public Builder environment(Map<String, String> environment) {
      String key = environment.getOrDefault("BL_API_KEY", "").strip();
      String credentials = environment.getOrDefault("BL_CLIENT_CREDENTIALS", "").strip();
      String ws = environment.getOrDefault("BL_WORKSPACE", "").strip();
      String url = environment.getOrDefault("BL_API_URL", "").strip();
      if (!key.isEmpty() && !credentials.isEmpty()) {
        throw new IllegalArgumentException(
            "Both BL_API_KEY and BL_CLIENT_CREDENTIALS are set: unset one of them.");
      }
      if (!key.isEmpty()) {
        apiKey(key);
      }
      if (!credentials.isEmpty()) {
        clientCredentials(credentials);
      }
      if (!ws.isEmpty()) {
        workspace(ws);
      }
      if (!url.isEmpty()) {
        baseUrl(url);
      }
      return this;
    }

    /**
     * Sets the API key, in place of client credentials. It is never printed, logged or put into an
     * exception.
     *
     * @param key the key
     * @return this builder
     */
    public Builder apiKey(String key) {
      checkKey(key);
      return apiKey(() -> key);
    }

    /**
     * Sets where the API key comes from, in place of client credentials. A key that can't be one
     * fails the call. It is asked before every attempt, on threads that must not be blocked, so
     * that a key can be replaced while the client runs.
     *
     * @param key answers the key of the moment
     * @return this builder
     */
    public Builder apiKey(Supplier<String> key) {
      this.apiKey = requireNonNull(key, "key");
      this.clientId = null;
      this.clientSecret = null;
      return this;
    }

    /**
     * Sets a client's id and secret, in place of an API key. They are exchanged for a token before
     * the first call, and again before it ends or when it is refused. Neither the secret nor a
     * token is ever printed, logged or put into an exception.
     *
     * @param id the client's id
     * @param secret its secret
     * @return this builder
     */
    public Builder clientCredentials(String id, String secret) {
      String source = "BL_CLIENT_CREDENTIALS or clientCredentials(...)";
      OptionChecks.secret("client id", id, source);
      OptionChecks.secret("client secret", secret, source);
      if (id.indexOf(':') >= 0) {
        throw new IllegalArgumentException("The client id has a colon, which none can have.");
      }
      this.clientId = id;
      this.clientSecret = secret;
      this.apiKey = null;
      return this;
    }

    private void clientCredentials(String base64) {
      String both;
      try {
        both = new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        both = "";
      }
      int colon = both.indexOf(':');
      if (colon < 0) {
        throw new IllegalArgumentException(
            "BL_CLIENT_CREDENTIALS is not the base64 form of a client's id, a colon and its secret: check how it was copied.");
      }
      clientCredentials(both.substring(0, colon), both.substring(colon + 1));
    }

    /**
     * Sets the workspace. Needed if the credential reaches more than one.
     *
     * @param workspace the workspace's name
     * @return this builder
     */
    public Builder workspace(String workspace) {
      this.workspace = checkWorkspace(workspace);
      return this;
    }

    /**
     * Sets where Blaxel is.
     *
     * @param baseUrl the address up to and with the API's version, {@code https://api.blaxel.ai/v0}
     *     by default
     * @return this builder
     */
    public Builder baseUrl(String baseUrl) {
      this.baseUrl = requireNonNull(baseUrl, "baseUrl");
      return this;
    }

    /**
     * Allows {@code http://} to hosts other than this machine, which sends keys and tokens in the
     * clear.
     *
     * @param allow whether to allow it; false by default
     * @return this builder
     */
    public Builder allowPlainHttp(boolean allow) {
      this.plainHttp = allow;
      return this;
    }

    /**
     * Sets how lists of executions are asked for.
     *
     * @param contract the contract; {@link Contract#AUTO} by default
     * @return this builder
     */
    public Builder contract(Contract contract) {
      this.contract = requireNonNull(contract, "contract");
      return this;
    }

    /**
     * Sets how calls are sent.
     *
     * @param options the options
     * @return this builder
     */
    public Builder http(HttpOptions options) {
      this.http = requireNonNull(options, "options");
      return this;
    }

    /**
     * Sets the clock and the schedulers.
     *
     * @param time the source of time
     * @return this builder
     */
    public Builder time(TimeSource time) {
      this.time = requireNonNull(time, "time");
      return this;
    }

    /**
     * Sets where meters go. Without it none are kept.
     *
     * @param registry the registry
     * @return this builder
     */
    public Builder meterRegistry(MeterRegistry registry) {
      this.meters = requireNonNull(registry, "registry");
      return this;
    }

    /**
     * Sets where observations of API calls go, for tracing. Without it none are made.
     *
     * @param registry the registry
     * @return this builder
     */
    public Builder observationRegistry(ObservationRegistry registry) {
      this.observations = requireNonNull(registry, "registry");
      return this;
    }

    /**
     * Makes the client. Nothing is sent.
     *
     * @return the client
     * @throws IllegalArgumentException with a sentence that says what to set, if there is neither a
     *     key nor credentials, or the base URL won't do
     */
    public BlaxelClient build() {
      URI url =
          OptionChecks.httpUrl(
              "base URL",
              baseUrl,
              plainHttp,
              "set BL_API_URL or baseUrl(...) to an address such as https://api.blaxel.ai/v0.");
      HttpTransport transport = transport(url);
      return new BlaxelClient(
          new BlaxelApi(
              transport,
              workspace,
              contract,
              time,
              meters,
              new PendingRuns("blaxel", meters),
              new ServerMemory()),
          true);
    }

    private HttpTransport transport(URI url) {
      if (clientId != null && clientSecret != null) {
        ClientCredentials credentials = new ClientCredentials(clientId, clientSecret, time);
        HttpTransport transport = transport(url, credentials, new Redactor(credentials::secrets));
        credentials.exchangeThrough(transport);
        return transport;
      }
      if (apiKey == null) {
        throw new IllegalArgumentException(
            "No API key: call apiKey(...) or clientCredentials(...), or set the environment variable BL_API_KEY or BL_CLIENT_CREDENTIALS.");
      }
      Supplier<String> source = apiKey;
      Supplier<String> key = () -> checkKey(source.get());
      return transport(
          url,
          Authentication.of(
              headers -> headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + key.get())),
          Redactor.of(source));
    }

    private HttpTransport transport(URI url, Authentication authentication, Redactor redactor) {
      return new HttpTransport(
          "Blaxel",
          url,
          http,
          time,
          authentication,
          redactor,
          BlaxelErrors::read,
          new ApiMetrics(meters, observations));
    }

    private static String checkKey(@Nullable String key) {
      return OptionChecks.secret("API key", key, "BL_API_KEY or apiKey(...)");
    }

    private static String checkWorkspace(String workspace) {
      if (workspace.isEmpty() || !OptionChecks.isPrintable(workspace)) {
        throw new IllegalArgumentException(
            "The workspace is empty or no name: set BL_WORKSPACE or workspace(...) to its name.");
      }
      return workspace;
    }
  }
}
