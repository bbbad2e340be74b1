package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import io.blinkreactor.callback.SealPlacement;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Listens for the callbacks of one run and tells what they are like. Whoever does not know the
 * run's path gets a bare 404.
 */
final class ProbeListener implements AutoCloseable {

  static final String HEADER = "X-Callback-Auth";
  static final String NAME = "callback_auth";

  private static final String PATH = "/probe/";
  private static final int LONGEST_BODY = 64 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Headers that hold no secrets, and say something of who sends and by which way. */
  private static final Set<String> SHOWN =
      Set.of(
          "accept",
          "accept-encoding",
          "connection",
          "content-encoding",
          "content-length",
          "content-type",
          "date",
          "expect",
          "forwarded",
          "host",
          "transfer-encoding",
          "user-agent",
          "via",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-proto",
          "x-real-ip");

  private final DisposableServer server;
  private final String host;
  private final boolean refuseFirst;
  private final Consumer<Map<String, Object>> print;
  private final String run = random();
  private final Map<SealPlacement, String> marks = new EnumMap<>(SealPlacement.class);
  private final List<List<SealPlacement>> seen = new ArrayList<>();
  private final Sinks.Many<Integer> counts = Sinks.many().replay().latest();
  private volatile long start = System.nanoTime();

  private ProbeListener(
      HostPort address, boolean refuseFirst, Consumer<Map<String, Object>> print) {
    for (SealPlacement place : SealPlacement.values()) {
      marks.put(place, random());
    }
    this.host = address.host();
    this.refuseFirst = refuseFirst;
    this.print = print;
    this.server =
        HttpServer.create()
            .host(host)
            .port(address.port())
            .idleTimeout(PATIENCE)
            .readTimeout(PATIENCE)
            .requestTimeout(PATIENCE)
            .handle(this::handle)
            .bindNow(PATIENCE);
  }

  static ProbeListener open(
      HostPort address, boolean refuseFirst, Consumer<Map<String, Object>> print) {
    try {
      return new ProbeListener(address, refuseFirst, print);
    } catch (ChannelBindException e) {
      throw Failures.cannotListen(address, e);
    }
  }

  private static String random() {
    byte[] bytes = new byte[24];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  HostPort address() {
    return new HostPort(host, server.port());
  }

  /** From now on the time is counted. */
  void starts() {
    start = System.nanoTime();
  }

  /** The path of the run's URL; its last segment is a mark. */
  String path() {
    return PATH + run + "/" + mark(SealPlacement.PATH);
  }

  /** What is put there instead of a seal. */
  String mark(SealPlacement place) {
    return requireNonNull(marks.get(place));
  }

  /** The places of which something arrived, by callback. */
  List<List<SealPlacement>> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  /** Completes when so many callbacks have come. */
  Mono<Integer> seen(int count) {
    return counts.asFlux().filter(n -> n >= count).next();
  }

  private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
    int at = request.uri().lastIndexOf(PATH + run);
    if (at < 0) {
      return response.status(404).header("Connection", "close").send();
    }
    long afterStart = Duration.ofNanos(System.nanoTime() - start).toMillis();
    String rest = request.uri().substring(at + PATH.length() + run.length());
    return request
        .receive()
        .asByteArray()
        .reduceWith(
            ByteArrayOutputStream::new,
            (body, piece) -> {
              body.write(piece, 0, Math.min(piece.length, LONGEST_BODY - body.size()));
              return body;
            })
        .map(body -> tell(request, afterStart, rest, body.toByteArray()))
        .flatMap(status -> Mono.from(response.status(HttpResponseStatus.valueOf(status)).send()));
  }

  private int tell(HttpServerRequest request, long afterStart, String rest, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    List<SealPlacement> arrived = new ArrayList<>();
    Map<String, Object> headers = new LinkedHashMap<>();
    request
        .requestHeaders()
        .forEach(
            header -> {
              String name = header.getKey().toLowerCase(Locale.ROOT);
              if (!name.equals("cookie")) {
                headers.put(name, shown(SealPlacement.HEADER, name, header.getValue(), arrived));
              }
            });
    Map<String, Object> cookies = new LinkedHashMap<>();
    for (String line : request.requestHeaders().getAll("Cookie")) {
      for (Cookie cookie : ServerCookieDecoder.LAX.decodeAll(line)) {
        cookies.put(
            cookie.name(), shown(SealPlacement.COOKIE, cookie.name(), cookie.value(), arrived));
      }
    }
    if (rest.contains(mark(SealPlacement.PATH))) {
      arrived.add(SealPlacement.PATH);
    }
    if (text.contains(mark(SealPlacement.BODY))) {
      arrived.add(SealPlacement.BODY);
    }
    int number;
    synchronized (seen) {
      seen.add(List.copyOf(arrived));
      number = seen.size();
    }
    int status = refuseFirst && number == 1 ? 503 : 202;
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("callback", number);
    line.put("after_start_ms", afterStart);
    line.put("method", request.method().name());
    line.put("version", request.version().text());
    line.put("scheme", request.scheme());
    line.put(
        "from",
        request.connectionRemoteAddress() instanceof InetSocketAddress from
            ? from.getAddress().getHostAddress()
            : "?");
    line.put("headers", headers);
    line.put("cookies", cookies);
    line.put("body_bytes", body.length);
    line.put("body", members(text));
    line.put("arrived", arrived.stream().map(p -> p.name().toLowerCase(Locale.ROOT)).toList());
    line.put("answered", status);
    print.accept(line);
    counts.emitNext(number, Sinks.EmitFailureHandler.busyLooping(PATIENCE));
    return status;
  }

  private String shown(
      SealPlacement place, String name, String value, List<SealPlacement> arrived) {
    if (value.equals(mark(place))) {
      arrived.add(place);
      return "(as it was asked for)";
    }
    return place == SealPlacement.HEADER && SHOWN.contains(name) ? value : masked(value);
  }

  private static String masked(String value) {
    return "(" + value.length() + " characters)";
  }

  /** The body's members with their kinds, or what it is instead of an object. */
  private Object members(String text) {
    if (text.isEmpty()) {
      return "(empty)";
    }
    try {
      return kinds(JsonValue.parse(text).as(Object.class), 0);
    } catch (IllegalArgumentException notJson) {
      return "(not JSON)";
    }
  }

  private Object kinds(@Nullable Object value, int depth) {
    if (value instanceof Map<?, ?> map) {
      if (depth > 3) {
        return "(object)";
      }
      Map<String, Object> kinds = new LinkedHashMap<>();
      map.forEach((name, member) -> kinds.put(String.valueOf(name), kinds(member, depth + 1)));
      return kinds;
    } else if (value instanceof List<?> list) {
      return "(list of " + list.size() + ")";
    } else if (value instanceof String text) {
      return text.equals(mark(SealPlacement.BODY)) ? "(as it was asked for)" : masked(text);
    }
    return value == null
        ? "(null)"
        : "(" + value.getClass().getSimpleName().toLowerCase(Locale.ROOT) + ")";
  }

  @Override
  public void close() {
    server.disposeNow(PATIENCE);
  }
}
