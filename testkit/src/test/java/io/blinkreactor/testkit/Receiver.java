package io.blinkreactor.testkit;

import io.netty.handler.ssl.SslContextBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntUnaryOperator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;

/** A server that callbacks go to; it keeps whatever comes. */
final class Receiver implements AutoCloseable {
  record Received(String method, String uri, Map<String, String> headers, String body) {}

  private final ConcurrentLinkedQueue<Received> received = new ConcurrentLinkedQueue<>();
  private final DisposableServer server;
  private final String scheme;

  /** Answers the n-th request, from 0, with a status; 0 is no answer at all. */
  Receiver(IntUnaryOperator status, @Nullable SslContextBuilder tls) {
    HttpServer unbound =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    request
                        .receive()
                        .aggregate()
                        .asString()
                        .defaultIfEmpty("")
                        .flatMap(
                            body -> {
                              int index = keep(request, body);
                              int code = status.applyAsInt(index);
                              return code == 0
                                  ? Mono.never()
                                  : response
                                      .status(code)
                                      .header("Location", "/elsewhere")
                                      .send()
                                      .then();
                            }));
    server = (tls == null ? unbound : secure(unbound, tls)).bindNow();
    scheme = tls == null ? "http" : "https";
  }

  static Receiver ok() {
    return new Receiver(index -> 200, null);
  }

  String url() {
    return scheme + "://127.0.0.1:" + server.port() + "/hooks/run-1?x=%20y";
  }

  List<Received> received() {
    return new ArrayList<>(received);
  }

  @Override
  public void close() {
    server.disposeNow();
  }

  private synchronized int keep(HttpServerRequest request, String body) {
    Map<String, String> headers = new LinkedHashMap<>();
    request
        .requestHeaders()
        .forEach(
            header -> headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
    received.add(new Received(request.method().name(), request.uri(), headers, body));
    return received.size() - 1;
  }

  private static HttpServer secure(HttpServer server, SslContextBuilder tls) {
    return server.secure(
        spec -> {
          try {
            spec.sslContext(tls.build());
          } catch (SSLException e) {
            throw new AssertionError(e);
          }
        });
  }
}
