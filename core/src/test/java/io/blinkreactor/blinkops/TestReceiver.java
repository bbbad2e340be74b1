package io.blinkreactor.blinkops;

import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.UntrustedPayload;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Lets through callbacks that show the random token of their run, and counts all of them. */
final class TestReceiver implements CallbackReceiver, AutoCloseable {
  /** Where the token travels. */
  enum Place {
    HEADER,
    COOKIE
  }

  private static final String TOKEN = "x-test-token";
  private static final String PATH = "/callbacks/";

  private final Place place;
  private final AtomicInteger outages;
  private final Map<String, String> tokens = new ConcurrentHashMap<>();
  private final Map<String, CallbackSink> sinks = new ConcurrentHashMap<>();
  private final List<String> methods = new CopyOnWriteArrayList<>();
  private final List<CallbackReceipt> receipts = new CopyOnWriteArrayList<>();
  private final AtomicInteger rejected = new AtomicInteger();
  private final DisposableServer server;

  private TestReceiver(Place place, int outages) {
    this.place = place;
    this.outages = new AtomicInteger(outages);
    this.server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(this::handle)
            .bindNow(Duration.ofSeconds(3));
  }

  static TestReceiver open(Place place) {
    return new TestReceiver(place, 0);
  }

  /** Answers the first so many honest callbacks with 503 and keeps nothing of them. */
  static TestReceiver failingAtFirst(int callbacks) {
    return new TestReceiver(Place.HEADER, callbacks);
  }

  /** What became of the authenticated callbacks, in their order. */
  List<CallbackReceipt> receipts() {
    return receipts;
  }

  /** The methods of the authenticated callbacks, in their order. */
  List<String> methods() {
    return methods;
  }

  /** How many callbacks did not know their token. */
  int rejected() {
    return rejected.get();
  }

  @Override
  public CallbackTarget target(String scope, String correlationId, Instant expiry) {
    String token = UUID.randomUUID().toString();
    tokens.put(scope + "/" + correlationId, token);
    URI url = URI.create("http://127.0.0.1:" + server.port() + PATH + scope + "/" + correlationId);
    Map<String, String> proof = Map.of(TOKEN, token);
    return place == Place.HEADER
        ? new CallbackTarget(url, "POST", proof, Map.of(), Map.of())
        : new CallbackTarget(url, "POST", Map.of(), proof, Map.of());
  }

  @Override
  public Disposable attach(String scope, CallbackSink sink) {
    if (sinks.putIfAbsent(scope, sink) != null) {
      throw new IllegalStateException("The scope " + scope + " has a sink already.");
    }
    return () -> sinks.remove(scope, sink);
  }

  @Override
  public void close() {
    server.disposeNow(Duration.ofSeconds(3));
  }

  private Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
    return request
        .receive()
        .aggregate()
        .asByteArray()
        .defaultIfEmpty(new byte[0])
        .flatMap(body -> take(request, body))
        .flatMap(status -> response.status(status).send().then());
  }

  private Mono<Integer> take(HttpServerRequest request, byte[] body) {
    String key = request.uri().startsWith(PATH) ? request.uri().substring(PATH.length()) : "";
    CallbackSink sink = sinks.get(key.substring(0, Math.max(0, key.indexOf('/'))));
    String token = tokens.get(key);
    if (sink == null || token == null || !token.equals(shown(request))) {
      rejected.incrementAndGet();
      return Mono.just(404);
    }
    if (outages.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return Mono.just(503);
    }
    methods.add(request.method().name());
    UntrustedPayload payload =
        new UntrustedPayload(body, request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE));
    return sink.accept(key.substring(key.indexOf('/') + 1), payload)
        .doOnNext(receipts::add)
        .map(receipt -> receipt == CallbackReceipt.DUPLICATE ? 200 : 202);
  }

  private @Nullable String shown(HttpServerRequest request) {
    if (place == Place.HEADER) {
      return request.requestHeaders().get(TOKEN);
    }
    return request.cookies().values().stream()
        .flatMap(Set::stream)
        .filter(cookie -> cookie.name().equals(TOKEN))
        .map(cookie -> cookie.value())
        .findFirst()
        .orElse(null);
  }
}
