package io.blinkreactor.callback;

import static io.blinkreactor.internal.OptionChecks.positive;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.internal.OptionChecks;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * An embedded HTTP server that the vendor calls when a run has ended. Each run gets a URL of its
 * own and a seal, an HMAC over it, in a header or {@linkplain SealPlacement elsewhere}; a request
 * without the right seal is answered with a bare 404 before anything is looked up or read.
 *
 * <pre>{@code
 * CallbackServer callbacks =
 *     CallbackServer.builder().port(8080).publicUrl("https://hooks.example.com").bind().block();
 * }</pre>
 *
 * <p>It speaks plain HTTP/1.1: put it behind a proxy that ends TLS. Unless {@linkplain Builder#keys
 * given} or kept in a {@linkplain Builder#store store}, the key is made anew for each server, and
 * callbacks for runs of an earlier process are refused.
 *
 * <p>Safe for use by many threads.
 */
public final class CallbackServer implements CallbackReceiver, AutoCloseable {

  /** More than event loops need to end; none at all would be reported as a fault. */
  private static final Duration LOOPS_PATIENCE = Duration.ofSeconds(5);

  /** The name of the key among the store's secrets. */
  private static final String KEY_NAME = "callback-key";

  private final DisposableServer server;
  private final CallbackTokens tokens;
  private final SealPlaces places;
  private final CallbackHandler handler;
  private final String publicUrl;
  private final Mono<Void> closing;

  private CallbackServer(
      Builder options,
      DisposableServer server,
      ChannelGroup channels,
      LoopResources loops,
      CallbackTokens tokens,
      SealPlaces places,
      CallbackHandler handler) {
    this.server = server;
    this.tokens = tokens;
    this.places = places;
    this.handler = handler;
    this.publicUrl =
        options.publicUrl == null
            ? "http://" + urlHost(options.host) + ":" + server.port()
            : options.publicUrl;
    Duration drain = options.drain;
    TimeSource time = options.time;
    // Cached, so that it is done once, and who asks again waits for the same end.
    this.closing = Mono.defer(() -> shutDown(server, channels, loops, drain, time)).cache();
  }

  /** {@return a builder that holds the defaults} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return the port it listens on} */
  public int port() {
    return server.port();
  }

  /** {@return the base of the URLs that the vendor is given} */
  public String publicUrl() {
    return publicUrl;
  }

  @Override
  public CallbackTarget target(String scope, String correlationId, Instant expiry) {
    return places.target(publicUrl, tokens.make(scope, correlationId, expiry));
  }

  /**
   * Goes over to other keys without a restart: the first seals what is given out from now on, and
   * all are good for what comes.
   *
   * @param keys the keys; those of before are kept only as far as they are among them
   */
  public void rotate(CallbackKeys keys) {
    tokens.keys(requireNonNull(keys, "keys"));
  }

  @Override
  public Disposable attach(String scope, CallbackSink sink) {
    return handler.attach(scope, sink);
  }

  /**
   * Closes the server as {@link #closeLater()} does, and waits for it. Not for use on an event
   * loop.
   */
  @Override
  public void close() {
    closeLater().block();
  }

  /**
   * Stops accepting connections, lets requests that are being answered end within the drain time,
   * and closes.
   *
   * @return completes when everything is closed
   */
  public Mono<Void> closeLater() {
    return closing;
  }

  /** Never blocks: {@code disposeNow} would, and the schedulers of a program may not allow it. */
  private static Mono<Void> shutDown(
      DisposableServer server,
      ChannelGroup channels,
      LoopResources loops,
      Duration drain,
      TimeSource time) {
    server.dispose();
    return server
        .onDispose()
        .then(Mono.defer(() -> answered(channels)).timeout(drain, time.timers()).onErrorComplete())
        .then(
            Mono.fromRunnable(
                () -> {
                  var unused = channels.close();
                }))
        .then(loops.disposeLater(Duration.ZERO, LOOPS_PATIENCE));
  }

  /** Completes when the requests that are being answered now have been. */
  private static Mono<Void> answered(ChannelGroup channels) {
    List<Mono<Void>> requests = new ArrayList<>();
    for (Channel channel : channels) {
      ChannelOperations<?, ?> request = ChannelOperations.get(channel);
      if (request != null) {
        requests.add(request.onTerminate());
      }
    }
    return Mono.when(requests);
  }

  private static String urlHost(String host) {
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  /** {@return the address} */
  @Override
  public String toString() {
    return "CallbackServer[port=" + port() + ", publicUrl=" + publicUrl + "]";
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private String host = "127.0.0.1";
    private int port;
    private @Nullable String publicUrl;
    private boolean plainHttp;
    private int maxBodyBytes = 64 * 1024;
    private Duration idleTimeout = Duration.ofSeconds(10);
    private Duration readTimeout = Duration.ofSeconds(5);
    private Duration requestTimeout = Duration.ofSeconds(15);
    private Duration drain = Duration.ofSeconds(5);
    private TimeSource time = TimeSource.system();
    private @Nullable PendingStore store;
    private @Nullable CallbackKeys keys;
    private Map<String, String> environment = System.getenv();
    private Set<SealPlacement> placement = EnumSet.of(SealPlacement.HEADER);
    private @Nullable MeterRegistry meters;
    private @Nullable ObservationRegistry observations;

    private Builder() {}

    /**
     * Sets the address to listen on.
     *
     * @param host an address of this machine; 127.0.0.1 by default, 0.0.0.0 for all
     * @return this builder
     */
    public Builder host(String host) {
      this.host = requireNonNull(host, "host");
      return this;
    }

    /**
     * Sets the port to listen on.
     *
     * @param port 0 to 65535; 0, the default, takes a free one
     * @return this builder
     */
    public Builder port(int port) {
      this.port = within("port", port, 0, 65535);
      return this;
    }

    /**
     * Sets the URL under which the vendor reaches this server, which may have a path; needed unless
     * the server listens on loopback.
     *
     * @param url for example {@code https://hooks.example.com/blink}
     * @return this builder
     */
    public Builder publicUrl(String url) {
      this.publicUrl = requireNonNull(url, "url");
      return this;
    }

    /**
     * Allows a public URL with {@code http://} to a host other than this machine. Tokens then
     * travel in the clear.
     *
     * @param allow whether to allow it; false by default
     * @return this builder
     */
    public Builder allowPlainHttp(boolean allow) {
      this.plainHttp = allow;
      return this;
    }

    /**
     * Sets the largest body of a callback; a larger one is answered 413.
     *
     * @param bytes 0 or more; 64 KiB by default
     * @return this builder
     */
    public Builder maxBodyBytes(int bytes) {
      this.maxBodyBytes = within("maxBodyBytes", bytes, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets how long a connection may be silent between requests, or take to send the header of one.
     *
     * @param value more than zero; 10 s by default
     * @return this builder
     */
    public Builder idleTimeout(Duration value) {
      this.idleTimeout = positive("idleTimeout", value);
      return this;
    }

    /**
     * Sets the longest gap between two pieces of a request body.
     *
     * @param value more than zero; 5 s by default
     * @return this builder
     */
    public Builder readTimeout(Duration value) {
      this.readTimeout = positive("readTimeout", value);
      return this;
    }

    /**
     * Sets how long a request's body may take as a whole.
     *
     * @param value more than zero; 15 s by default
     * @return this builder
     */
    public Builder requestTimeout(Duration value) {
      this.requestTimeout = positive("requestTimeout", value);
      return this;
    }

    /**
     * Sets how long closing waits for requests that are being answered.
     *
     * @param value zero or more; 5 s by default
     * @return this builder
     */
    public Builder drain(Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException("'drain' must be zero or more, not " + value + ".");
      }
      this.drain = value;
      return this;
    }

    /**
     * Sets the keys of the callbacks' seals. Without them, the environment variable {@value
     * CallbackKeys#VARIABLE} is looked at; without that, the key is the {@linkplain #store store}'s
     * own; without a store, it is made anew for this server.
     *
     * @param keys the keys
     * @return this builder
     */
    public Builder keys(CallbackKeys keys) {
      this.keys = requireNonNull(keys, "keys");
      return this;
    }

    /** Sets what is looked at instead of the environment, for tests. */
    Builder environment(Map<String, String> environment) {
      this.environment = environment;
      return this;
    }

    /**
     * Sets where the seal travels. In several places at once if there are several, and any of them
     * lets a callback in. To change it while runs are pending, add the new place first, and drop
     * the old one once they have ended.
     *
     * @param first where; {@link SealPlacement#HEADER} by default
     * @param more further places
     * @return this builder
     */
    public Builder placement(SealPlacement first, SealPlacement... more) {
      this.placement = EnumSet.of(first, more);
      return this;
    }

    /**
     * Keeps the key in the store if none is {@linkplain #keys given}, so that a server of a later
     * process on the same store takes the callbacks of runs that this one gave targets to, if it is
     * reached under the same URL. Give {@code Runs} the same store. It is not closed here.
     *
     * @param value the store, usually of files; whoever can read its key can forge callbacks. One
     *     that is {@linkplain PendingStore#isShared shared} by several processes needs keys that
     *     are given
     * @return this builder
     */
    public Builder store(PendingStore value) {
      this.store = requireNonNull(value, "store");
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
     * Sets where observations of callbacks go, for tracing. Without it none are made.
     *
     * @param registry the registry
     * @return this builder
     */
    public Builder observationRegistry(ObservationRegistry registry) {
      this.observations = requireNonNull(registry, "registry");
      return this;
    }

    /**
     * Starts the server when subscribed.
     *
     * @return the listening server, or the fault that kept it from listening, such as a {@link
     *     io.blinkreactor.StoreException} if the store can't tell the key
     * @throws IllegalArgumentException with a sentence that says what to set, if the public URL is
     *     missing or won't do, if the keys in the environment won't, or if the store is shared by
     *     several processes and no keys are given
     */
    public Mono<CallbackServer> bind() {
      checkPublicUrl();
      CallbackKeys given = keys == null ? CallbackKeys.environment(environment) : keys;
      if (given != null) {
        return Mono.defer(() -> start(given));
      } else if (store != null && store.isShared()) {
        throw new IllegalArgumentException(
            "Several processes use this store, and none would take the others' callbacks: call keys(...) or set "
                + CallbackKeys.VARIABLE
                + ", the same for all.");
      }
      return Mono.defer(this::ownKey).map(CallbackKeys::of).flatMap(this::start);
    }

    private Mono<byte[]> ownKey() {
      return store == null
          ? Mono.fromSupplier(CallbackKeys::randomBytes)
          : store.secret(KEY_NAME, CallbackKeys::randomBytes);
    }

    private Mono<CallbackServer> start(CallbackKeys keys) {
      CallbackTokens tokens = new CallbackTokens(keys);
      SealPlaces places = new SealPlaces(Collections.unmodifiableSet(EnumSet.copyOf(placement)));
      CallbackHandler handler =
          new CallbackHandler(
              tokens,
              places,
              time,
              new CallbackHandler.Limits(maxBodyBytes, readTimeout, requestTimeout),
              new CallbackMetrics(meters, observations));
      // The default would start four loops even on one core, which measured slower.
      int threads = Math.min(4, Runtime.getRuntime().availableProcessors());
      LoopResources loops = LoopResources.create("blinkreactor-callback", threads, true);
      // Without a channel group, closing does not wait for requests in flight.
      ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
      return HttpServer.create()
          .runOn(loops)
          .host(host)
          .port(port)
          .channelGroup(channels)
          .idleTimeout(idleTimeout)
          .httpRequestDecoder(
              spec -> spec.maxInitialLineLength(2048).maxHeaderSize(8192).h2cMaxContentLength(0))
          .httpMessageLogFactory(new WordlessMessageLog())
          .handle(handler::handle)
          .bind()
          .<CallbackServer>map(
              server -> new CallbackServer(this, server, channels, loops, tokens, places, handler))
          .onErrorResume(
              error ->
                  loops
                      .disposeLater(Duration.ZERO, LOOPS_PATIENCE)
                      .onErrorComplete()
                      .then(Mono.error(error)));
    }

    private void checkPublicUrl() {
      if (publicUrl != null) {
        publicUrl =
            OptionChecks.httpUrl(
                    "public URL",
                    publicUrl,
                    plainHttp,
                    "set publicUrl(...) to one such as https://hooks.example.com.")
                .toString();
      } else if (!OptionChecks.isLoopback(host)) {
        throw new IllegalArgumentException(
            "No public URL: call publicUrl(...) with the address under which BlinkOps reaches this server, such as https://hooks.example.com.");
      }
    }
  }
}
