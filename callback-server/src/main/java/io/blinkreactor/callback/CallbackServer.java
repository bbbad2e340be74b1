package io.blinkreactor.callback;

import static io.blinkreactor.internal.OptionChecks.positive;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import io.blinkreactor.callback.CallbackHandler.Phase;
import io.blinkreactor.callback.CallbackMetrics.Result;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
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
 * <p>It speaks HTTP/1.1, with TLS if given {@linkplain Builder#tls a certificate}, and is made to
 * stand on the internet; see SECURITY.md for how. Beyond this machine it listens without TLS only
 * if told who its {@linkplain Builder#trustedProxies proxies} are, or that plain http will do.
 * Unless {@linkplain Builder#keys given} or kept in a {@linkplain Builder#store store}, the key is
 * made anew for each server, and callbacks for runs of an earlier process are refused.
 *
 * <p>Safe for use by many threads.
 */
public final class CallbackServer implements CallbackReceiver, AutoCloseable {

  /** More than event loops need to end; none at all would be reported as a fault. */
  private static final Duration LOOPS_PATIENCE = Duration.ofSeconds(5);

  /** How long a look at the store may take that tells whether it is there. */
  private static final Duration STORE_PATIENCE = Duration.ofSeconds(1);

  /** Characters of a callback's first line beside the public URL: 14, path, ticket and seal. */
  private static final int LONGEST_REQUEST = 128;

  /** The name of the key among the store's secrets. */
  private static final String KEY_NAME = "callback-key";

  private final Listeners listeners;
  private final CallbackHandler handler;
  private final CallbackRoutes routes;
  private final Mono<Void> closing;

  /** What was opened, and is to be closed. */
  private record Listeners(
      DisposableServer callbacks,
      @Nullable DisposableServer management,
      @Nullable ReloadingSslContext tls,
      ChannelGroup channels,
      LoopResources loops,
      Disposable.Composite others) {}

  private CallbackServer(
      Builder options, Listeners listeners, CallbackRoutes routes, CallbackHandler handler) {
    this.listeners = listeners;
    this.handler = handler;
    this.routes = routes;
    Duration delay = options.deregistrationDelay();
    Duration drain = options.drain;
    TimeSource time = options.time;
    // Cached, so that it is done once, and who asks again waits for the same end.
    this.closing = Mono.defer(() -> shutDown(delay, drain, time)).cache();
  }

  /** {@return a builder that holds the defaults} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return the port it listens on} */
  public int port() {
    return listeners.callbacks().port();
  }

  /** {@return the port of health and metrics, or -1 if there is none} */
  public int managementPort() {
    DisposableServer management = listeners.management();
    return management == null ? -1 : management.port();
  }

  /** {@return the base of the URLs that the vendor is given} */
  public String publicUrl() {
    return routes.publicUrl();
  }

  /**
   * Reads the certificate anew now, and does not wait until its files are looked at again.
   *
   * @return completes when new connections get it, or fails with an {@link
   *     IllegalArgumentException} that names the files, and the one from before stays; empty at
   *     once without TLS
   */
  public Mono<Void> reloadTls() {
    ReloadingSslContext tls = listeners.tls();
    return tls == null ? Mono.empty() : tls.reload();
  }

  @Override
  public CallbackTarget target(String scope, String correlationId, Instant expiry) {
    return routes.target(scope, correlationId, expiry);
  }

  /**
   * Goes over to other keys without a restart: the first seals what is given out from now on, and
   * all are good for what comes.
   *
   * @param keys the keys; those of before are kept only as far as they are among them
   */
  public void rotate(CallbackKeys keys) {
    routes.rotate(keys);
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
   * Says that it is not ready and serves on for the {@linkplain Builder#deregistrationDelay
   * deregistration delay}; then stops accepting connections, lets requests that are being answered
   * end within the {@linkplain Builder#drain drain time}, and closes. What comes on open
   * connections meanwhile is handed on but answered 503; what has no answer when that time is up
   * gets none, and connections that carry no request then are closed, so who sends one at that
   * moment may see a reset: the deregistration delay is there to keep senders away by then.
   *
   * @return completes when everything is closed
   */
  public Mono<Void> closeLater() {
    return closing;
  }

  /** Never blocks: {@code disposeNow} would, and the schedulers of a program may not allow it. */
  private Mono<Void> shutDown(Duration delay, Duration drain, TimeSource time) {
    handler.enter(Phase.LEAVING);
    return (delay.isZero() ? Mono.<Void>empty() : time.delay(delay))
        .then(Mono.defer(this::stopAccepting))
        .then(answered(listeners.channels()).timeout(drain, time.timers()).onErrorComplete())
        .then(Mono.defer(this::closeAll));
  }

  private Mono<Void> stopAccepting() {
    handler.enter(Phase.CLOSING);
    listeners.callbacks().dispose();
    return listeners.callbacks().onDispose();
  }

  private Mono<Void> closeAll() {
    var unused = listeners.channels().close();
    listeners.others().dispose();
    DisposableServer management = listeners.management();
    Mono<Void> closed = Mono.empty();
    if (management != null) {
      management.dispose();
      closed = management.onDispose();
    }
    return closed.then(listeners.loops().disposeLater(Duration.ZERO, LOOPS_PATIENCE));
  }

  /**
   * Completes at a moment when no request is being answered: while some are waited for, more may
   * come on other connections.
   */
  private static Mono<Void> answered(ChannelGroup channels) {
    return Mono.defer(() -> allAnswered(channels)).repeat().takeUntil(all -> all).then();
  }

  /** Answers whether there was none, once those that there are now have been answered. */
  private static Mono<Boolean> allAnswered(ChannelGroup channels) {
    List<Mono<Void>> requests = new ArrayList<>();
    for (Channel channel : channels) {
      ChannelOperations<?, ?> request = ChannelOperations.get(channel);
      if (request != null) {
        requests.add(request.onTerminate());
      }
    }
    return Mono.when(requests).thenReturn(requests.isEmpty());
  }

  private static String urlHost(String host) {
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  /** {@return the address} */
  @Override
  public String toString() {
    return "CallbackServer[port=" + port() + ", publicUrl=" + publicUrl() + "]";
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private String host = "127.0.0.1";
    private int port;
    private @Nullable String publicUrl;
    private boolean plainHttp;
    private ServerLimits limits = ServerLimits.defaults();
    private @Nullable ServerTls tls;
    private Networks proxies = Networks.NONE;
    private Networks allowed = Networks.NONE;
    private boolean proxyProtocol;
    private String managementHost = "127.0.0.1";
    private int managementPort = -1;
    private @Nullable Duration deregistrationDelay;
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
     * Allows http without TLS beyond this machine: a public URL with {@code http://} to another
     * host, and to listen on an address that others reach. Tokens then travel in the clear.
     *
     * @param allow whether to allow it; false by default
     * @return this builder
     */
    public Builder allowPlainHttp(boolean allow) {
      this.plainHttp = allow;
      return this;
    }

    /**
     * Sets what strangers may take.
     *
     * @param value the limits; {@link ServerLimits#defaults} by default
     * @return this builder
     */
    public Builder limits(ServerLimits value) {
      this.limits = requireNonNull(value, "limits");
      return this;
    }

    /**
     * Sets the certificate, and with it that the server speaks TLS alone.
     *
     * @param value the certificate; none by default
     * @return this builder
     */
    public Builder tls(ServerTls value) {
      this.tls = requireNonNull(value, "tls");
      return this;
    }

    /**
     * Names the proxies in front. What they write into {@code X-Forwarded-For} is believed, from
     * its right end to the first address that is none of them; nobody else's is. A server with
     * named proxies may listen without TLS, which they end.
     *
     * @param networks such as {@code 10.0.0.0/8}, {@code fd00::/8} or {@code 192.0.2.7}; none by
     *     default
     * @return this builder
     */
    public Builder trustedProxies(String... networks) {
      this.proxies = Networks.of("trustedProxies", networks);
      return this;
    }

    /**
     * Sets that each connection begins with the PROXY protocol, version 1 or 2, as load balancers
     * write it. Only {@linkplain #trustedProxies trusted proxies} can connect then. Needs {@code
     * io.netty:netty-codec-haproxy}.
     *
     * @param on whether it does; false by default
     * @return this builder
     */
    public Builder proxyProtocol(boolean on) {
      this.proxyProtocol = on;
      return this;
    }

    /**
     * Takes callbacks from these networks alone. Others are refused like strangers, with a seal or
     * without.
     *
     * @param networks such as {@code 203.0.113.0/24}, one at least; all by default
     * @return this builder
     */
    public Builder allow(String... networks) {
      if (networks.length == 0) {
        throw new IllegalArgumentException(
            "'allow' names no network: leave it out to take callbacks from everywhere.");
      }
      this.allowed = Networks.of("allow", networks);
      return this;
    }

    /**
     * Opens a second listener on loopback with {@code /livez}, {@code /readyz} and {@code
     * /metrics}; the latter for Prometheus, if {@code io.micrometer:micrometer-registry-prometheus}
     * is there.
     *
     * @param port 0 to 65535; 0 takes a free one. No listener by default
     * @return this builder
     */
    public Builder managementPort(int port) {
      return management("127.0.0.1", port);
    }

    /**
     * Opens the listener of {@link #managementPort} on another address. It tells how many runs are
     * pending to whoever asks, without TLS: keep it where only your own systems reach it.
     *
     * @param host an address of this machine
     * @param port 0 to 65535; 0 takes a free one
     * @return this builder
     */
    public Builder management(String host, int port) {
      this.managementHost = requireNonNull(host, "host");
      this.managementPort = within("managementPort", port, 0, 65535);
      return this;
    }

    /**
     * Sets how long a server that is being closed says at {@code /readyz} that it is not ready, and
     * serves on, so that balancers stop sending before it stops listening.
     *
     * @param value zero or more; 5 s by default, or zero without a management listener
     * @return this builder
     */
    public Builder deregistrationDelay(Duration value) {
      this.deregistrationDelay = zeroOrMore("deregistrationDelay", value);
      return this;
    }

    /**
     * Sets how long closing waits for requests that are being answered.
     *
     * @param value zero or more; 5 s by default
     * @return this builder
     */
    public Builder drain(Duration value) {
      this.drain = zeroOrMore("drain", value);
      return this;
    }

    private static Duration zeroOrMore(String option, Duration value) {
      if (requireNonNull(value, option).isNegative()) {
        throw new IllegalArgumentException(
            "'" + option + "' must be zero or more, not " + value + ".");
      }
      return value.isZero() ? value : positive(option, value);
    }

    /**
     * Sets the keys of the callbacks' seals. Without them, the variable {@value
     * CallbackKeys#VARIABLE} of the {@linkplain #environment environment} is used; without that,
     * the key is the {@linkplain #store store}'s own; without a store, it is made anew for this
     * server.
     *
     * @param keys the keys
     * @return this builder
     */
    public Builder keys(CallbackKeys keys) {
      this.keys = requireNonNull(keys, "keys");
      return this;
    }

    /**
     * Sets the environment that holds the keys if {@link #keys} sets none.
     *
     * @param environment variables by name; the process's own by default
     * @return this builder
     */
    public Builder environment(Map<String, String> environment) {
      this.environment = Map.copyOf(environment);
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
     * Starts the server when subscribed. It answers every callback with 404 until a sink is
     * attached, as {@code Runs} does when it is built.
     *
     * @return the listening server, or the fault that kept it from listening, such as a {@link
     *     io.blinkreactor.StoreException} if the store can't tell the key
     * @throws IllegalArgumentException with a sentence that says what to set, if the public URL is
     *     missing, if options don't fit together, if the keys in the environment won't do, or if
     *     the store is shared by several processes and no keys are given
     */
    public Mono<CallbackServer> bind() {
      checkPublicUrl();
      checkListening();
      return ring().flatMap(this::start);
    }

    /**
     * Makes what receives callbacks without a server of its own, for one that the application has,
     * when subscribed. What concerns listening is not for it: host, port, TLS, the PROXY protocol,
     * connections, management and drain.
     *
     * @return the routes, or a {@link io.blinkreactor.StoreException} if the store can't tell the
     *     key
     * @throws IllegalArgumentException with a sentence that says what to set, if the public URL is
     *     missing or won't do, or if there are no keys as in {@link #bind}
     */
    public Mono<CallbackRoutes> mount() {
      if (publicUrl == null) {
        throw noPublicUrl();
      }
      checkPublicUrl();
      return ring()
          .map(
              keys -> {
                CallbackTokens tokens = new CallbackTokens(keys);
                SealPlaces places = places();
                CallbackMetrics metrics = new CallbackMetrics(meters, observations);
                return new CallbackRoutes(tokens, places, handler(tokens, places, metrics), url(0));
              });
    }

    private Mono<CallbackKeys> ring() {
      CallbackKeys given = keys == null ? CallbackKeys.environment(environment) : keys;
      if (given != null) {
        return Mono.just(given);
      } else if (store != null && store.isShared()) {
        throw new IllegalArgumentException(
            "Several processes use this store, and none would take the others' callbacks: call keys(...) or set "
                + CallbackKeys.VARIABLE
                + ", the same for all.");
      }
      return Mono.defer(this::ownKey).map(CallbackKeys::of);
    }

    private Mono<byte[]> ownKey() {
      return store == null
          ? Mono.fromSupplier(CallbackKeys::randomBytes)
          : store.secret(KEY_NAME, CallbackKeys::randomBytes);
    }

    private SealPlaces places() {
      return new SealPlaces(Collections.unmodifiableSet(EnumSet.copyOf(placement)));
    }

    private CallbackHandler handler(
        CallbackTokens tokens, SealPlaces places, CallbackMetrics metrics) {
      return new CallbackHandler(
          tokens, places, time, limits, new Senders(proxies, allowed), metrics);
    }

    private Mono<CallbackServer> start(CallbackKeys keys) {
      return tls == null
          ? listen(keys, null)
          : ReloadingSslContext.open(tls, time).flatMap(context -> listen(keys, context));
    }

    private Mono<CallbackServer> listen(CallbackKeys keys, @Nullable ReloadingSslContext context) {
      CallbackTokens tokens = new CallbackTokens(keys);
      SealPlaces places = places();
      MeterRegistry registry =
          meters == null && managementPort >= 0 && ManagementServer.hasPrometheus()
              ? PrometheusPage.newRegistry()
              : meters;
      CallbackMetrics metrics = new CallbackMetrics(registry, observations);
      CallbackHandler handler = handler(tokens, places, metrics);
      Connections connections = new Connections(limits.maxConnections());
      // The default would start four loops even on one core, which measured slower.
      int threads = Math.min(4, Runtime.getRuntime().availableProcessors());
      LoopResources loops = LoopResources.create("blinkreactor-callback", threads, true);
      // Without a channel group, closing does not wait for requests in flight. What is accepted
      // while it is closed is closed, too.
      ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
      Disposable.Composite others = Disposables.composite();
      if (context != null) {
        others.add(context.watch());
      }
      Supplier<Mono<Readiness>> readiness = () -> readiness(handler, connections);
      return callbacks(loops, channels, context, handler, metrics, connections)
          .bind()
          .doOnNext(server -> others.add(metrics.watch(connections, server.port())::run))
          .flatMap(
              server ->
                  management(loops, readiness, registry)
                      .map(Optional::of)
                      .defaultIfEmpty(Optional.empty())
                      .onErrorResume(
                          error -> {
                            server.dispose();
                            return server.onDispose().then(Mono.error(error));
                          })
                      .map(
                          management ->
                              new CallbackServer(
                                  this,
                                  new Listeners(
                                      server,
                                      management.orElse(null),
                                      context,
                                      channels,
                                      loops,
                                      others),
                                  new CallbackRoutes(tokens, places, handler, url(server.port())),
                                  handler)))
          .onErrorResume(
              error -> {
                others.dispose();
                return loops
                    .disposeLater(Duration.ZERO, LOOPS_PATIENCE)
                    .onErrorComplete()
                    .then(Mono.error(error));
              });
    }

    private HttpServer callbacks(
        LoopResources loops,
        ChannelGroup channels,
        @Nullable ReloadingSslContext context,
        CallbackHandler handler,
        CallbackMetrics metrics,
        Connections connections) {
      Senders peers = new Senders(proxies, Networks.NONE);
      boolean balanced = proxyProtocol;
      HttpServer server =
          HttpServer.create()
              .runOn(loops)
              .host(host)
              .port(port)
              .channelGroup(channels)
              .idleTimeout(limits.idleTimeout())
              .maxKeepAliveRequests(limits.maxRequests())
              .httpRequestDecoder(
                  spec ->
                      spec.maxInitialLineLength(limits.maxLineBytes())
                          .maxHeaderSize(limits.maxHeaderBytes())
                          .h2cMaxContentLength(0))
              .httpMessageLogFactory(new WordlessMessageLog())
              .doOnChannelInit(
                  (observer, channel, remote) -> {
                    RequestGuard.addTo(
                        channel.pipeline(),
                        RequestGuard::callback,
                        () -> metrics.count(Result.MALFORMED));
                    if (context != null) {
                      OneHandshake.addTo(channel.pipeline());
                    }
                    if (balanced) {
                      ProxyProtocol.addTo(channel.pipeline());
                    }
                    // Reactor Netty adds it too, but only after a handshake.
                    channels.add(channel);
                    connections.opened(channel);
                    if (balanced && !peers.isProxy(NettyRequest.address(channel.remoteAddress()))) {
                      var unused = channel.close();
                    }
                  })
              .handle(
                  (request, response) -> {
                    NettyRequest callback = new NettyRequest(request);
                    return handler
                        .answer(callback, () -> connections.proven(callback.channel()))
                        .flatMap(answer -> NettyRequest.send(response, answer));
                  });
      return context == null
          ? server
          : server.secure(
              spec -> spec.sslContext(context).handshakeTimeout(limits.handshakeTimeout()));
    }

    private Mono<? extends DisposableServer> management(
        LoopResources loops,
        Supplier<Mono<Readiness>> readiness,
        @Nullable MeterRegistry registry) {
      return managementPort < 0
          ? Mono.empty()
          : ManagementServer.open(
              managementHost, managementPort, loops, readiness, registry, time.background());
    }

    private Mono<Readiness> readiness(CallbackHandler handler, Connections connections) {
      Mono<Readiness.Store> kept =
          store == null
              ? Mono.just(Readiness.Store.NONE)
              : store
                  .check()
                  .timeout(STORE_PATIENCE, time.timers())
                  .then(Mono.just(Readiness.Store.OK))
                  .onErrorReturn(Readiness.Store.FAILING);
      return kept.map(
          found -> new Readiness(handler.phase(), found, connections.open(), handler.health()));
    }

    private Duration deregistrationDelay() {
      if (deregistrationDelay != null) {
        return deregistrationDelay;
      }
      return managementPort < 0 ? Duration.ZERO : Duration.ofSeconds(5);
    }

    /** The public URL of a server on this port. */
    private String url(int port) {
      return publicUrl == null
          ? (tls == null ? "http://" : "https://") + urlHost(host) + ":" + port
          : publicUrl;
    }

    private void checkListening() {
      String url = url(port);
      if (LONGEST_REQUEST + url.length() > limits.maxLineBytes()) {
        throw new IllegalArgumentException(
            "The public URL has "
                + url.length()
                + " characters, and callbacks to it would be refused: set a shorter one, or a larger maxLineBytes.");
      }
      if (tls == null && proxies.isEmpty() && !plainHttp && !OptionChecks.isLoopback(host)) {
        throw new IllegalArgumentException(
            "The server would listen on "
                + host
                + " without TLS: call tls(...), or trustedProxies(...) with the network of the proxy that ends TLS, or allow it with allowPlainHttp.");
      }
      if (proxyProtocol) {
        if (proxies.isEmpty()) {
          throw new IllegalArgumentException(
              "The PROXY protocol is believed from trusted proxies only: name them with trustedProxies(...).");
        }
        ProxyProtocol.check();
      }
    }

    private static IllegalArgumentException noPublicUrl() {
      return new IllegalArgumentException(
          "No public URL: call publicUrl(...) with the address under which BlinkOps reaches this server, such as https://hooks.example.com.");
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
        throw noPublicUrl();
      }
    }
  }
}
