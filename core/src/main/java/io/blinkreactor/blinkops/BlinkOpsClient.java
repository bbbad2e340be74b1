package io.blinkreactor.blinkops;

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
import java.net.URI;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The client of BlinkOps. Holds a connection pool, so make one and keep it; safe for use by many
 * threads.
 *
 * <pre>{@code
 * BlinkOpsClient blink = BlinkOpsClient.builder().apiKey(key).workspace("my-workspace").build();
 * }</pre>
 *
 * <p>Every call is lazy and sent anew for each subscription. Results arrive on threads of the HTTP
 * client, which must not be blocked.
 */
public final class BlinkOpsClient implements AutoCloseable {

  private final BlinkOpsApi api;
  private final boolean owner;

  private BlinkOpsClient(BlinkOpsApi api, boolean owner) {
    this.api = api;
    this.owner = owner;
  }

  /** {@return an empty builder} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return the workspace's executions} */
  public Executions executions() {
    return new Executions(api);
  }

  /** {@return the workspace's workflows, which the vendor's API calls playbooks} */
  public Workflows workflows() {
    return new Workflows(api);
  }

  /** {@return a builder for starting runs and awaiting their end} */
  public Runs.Builder runs() {
    return new Runs.Builder(api);
  }

  /**
   * A client for another workspace that shares this one's key, connections and gate. Closing it
   * does nothing.
   *
   * @param workspace the other workspace
   * @return the client
   */
  public BlinkOpsClient workspace(String workspace) {
    return new BlinkOpsClient(api.inWorkspace(Builder.checkWorkspace(workspace)), false);
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
    return "BlinkOpsClient[workspace=" + api.workspace() + "]";
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private @Nullable Supplier<String> apiKey;
    private @Nullable String workspace;
    private String baseUrl = "https://app.blinkops.com";
    private boolean plainHttp;
    private HttpOptions http = HttpOptions.defaults();
    private TimeSource time = TimeSource.system();
    private @Nullable MeterRegistry meters;
    private @Nullable ObservationRegistry observations;

    private Builder() {}

    /**
     * Takes {@code BLINK_API_KEY}, {@code BLINK_WORKSPACE} and {@code BLINK_BASE_URL} where they
     * are set and not blank.
     *
     * @param environment the variables, usually {@link System#getenv()}
     * @return this builder
     */
    public Builder environment(Map<String, String> environment) {
      String key = environment.getOrDefault("BLINK_API_KEY", "");
      String ws = environment.getOrDefault("BLINK_WORKSPACE", "");
      String url = environment.getOrDefault("BLINK_BASE_URL", "");
      if (!key.isBlank()) {
        apiKey(key.strip());
      }
      if (!ws.isBlank()) {
        workspace(ws.strip());
      }
      if (!url.isBlank()) {
        baseUrl(url.strip());
      }
      return this;
    }

    /**
     * Sets the API key. It is never printed, logged or put into an exception.
     *
     * @param key the key
     * @return this builder
     */
    public Builder apiKey(String key) {
      checkKey(key);
      return apiKey(() -> key);
    }

    /**
     * Sets where the API key comes from. A key that can't be one fails the call. It is asked before
     * every attempt, on threads that must not be blocked, so that a key can be replaced while the
     * client runs.
     *
     * @param key answers the key of the moment
     * @return this builder
     */
    public Builder apiKey(Supplier<String> key) {
      this.apiKey = requireNonNull(key, "key");
      return this;
    }

    /**
     * Sets the workspace.
     *
     * @param workspace the workspace's id
     * @return this builder
     */
    public Builder workspace(String workspace) {
      this.workspace = checkWorkspace(workspace);
      return this;
    }

    /**
     * Sets where BlinkOps is, for a tenant's own domain or an installation of one's own.
     *
     * @param baseUrl a bare host such as {@code https://app.blinkops.com}, the default; {@code
     *     /api/v1} is added
     * @return this builder
     */
    public Builder baseUrl(String baseUrl) {
      this.baseUrl = requireNonNull(baseUrl, "baseUrl");
      return this;
    }

    /**
     * Allows {@code http://} to hosts other than this machine, which sends the API key in the
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
     * @throws IllegalArgumentException with a sentence that says what to set, if the key or the
     *     workspace is missing or the base URL won't do
     */
    public BlinkOpsClient build() {
      if (apiKey == null) {
        throw new IllegalArgumentException(
            "No API key: call apiKey(...) or set the environment variable BLINK_API_KEY.");
      }
      if (workspace == null) {
        throw new IllegalArgumentException(
            "No workspace: call workspace(...) or set the environment variable BLINK_WORKSPACE.");
      }
      Supplier<String> source = apiKey;
      Supplier<String> key = () -> checkKey(source.get());
      HttpTransport transport =
          new HttpTransport(
              "BlinkOps",
              checkUrl(baseUrl, plainHttp),
              http,
              time,
              Authentication.of(headers -> headers.set("BLINK-API-KEY", key.get())),
              Redactor.of(source),
              BlinkOpsApi::readError,
              new ApiMetrics(meters, observations));
      return new BlinkOpsClient(
          new BlinkOpsApi(
              transport,
              workspace,
              time,
              meters,
              new PendingRuns("blinkops", meters),
              new ServerMemory()),
          true);
    }

    private static String checkKey(@Nullable String key) {
      return OptionChecks.secret("API key", key, "BLINK_API_KEY or apiKey(...)");
    }

    private static String checkWorkspace(String workspace) {
      if (workspace.isBlank() || workspace.equals(".") || workspace.equals("..")) {
        throw new IllegalArgumentException(
            "The workspace is empty or a path: set BLINK_WORKSPACE or workspace(...) to its id.");
      }
      return workspace;
    }

    private static URI checkUrl(String text, boolean plainHttp) {
      String advice =
          "set BLINK_BASE_URL or baseUrl(...) to a bare host such as https://app.blinkops.com.";
      URI url = OptionChecks.httpUrl("base URL", text, plainHttp, advice);
      if (url.getPath().endsWith("/api/v1")) {
        throw OptionChecks.badUrl(
            "base URL", text, "ends in /api/v1, which is added by itself", advice);
      }
      return url;
    }
  }
}
