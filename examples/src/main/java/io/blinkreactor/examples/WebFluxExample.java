package io.blinkreactor.examples;

import io.blinkreactor.callback.CallbackAnswer;
import io.blinkreactor.callback.CallbackRequest;
import io.blinkreactor.callback.CallbackRoutes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Takes callbacks in a Spring WebFlux application, on the application's own port. */
public final class WebFluxExample {

  private WebFluxExample() {}

  /** Stands before the application's own handlers; a bean of it is enough. */
  record Callbacks(CallbackRoutes routes) implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
      String path = exchange.getRequest().getURI().getRawPath();
      return routes.isCallback(path)
          ? routes
              .answer(new Request(path, exchange.getRequest()))
              .flatMap(answer -> send(exchange, answer))
          : chain.filter(exchange);
    }

    private static Mono<Void> send(ServerWebExchange exchange, CallbackAnswer answer) {
      exchange.getResponse().setStatusCode(HttpStatusCode.valueOf(answer.status()));
      answer.headers().forEach(exchange.getResponse().getHeaders()::set);
      return exchange.getResponse().setComplete();
    }
  }

  record Request(String path, ServerHttpRequest http) implements CallbackRequest {

    @Override
    public List<String> headers(String name) {
      return http.getHeaders().getOrEmpty(name);
    }

    @Override
    public Flux<byte[]> body() {
      return http.getBody().map(Request::bytes);
    }

    @Override
    public @Nullable InetAddress peer() {
      InetSocketAddress peer = http.getRemoteAddress();
      return peer == null ? null : peer.getAddress();
    }

    private static byte[] bytes(DataBuffer buffer) {
      byte[] bytes = new byte[buffer.readableByteCount()];
      buffer.read(bytes);
      DataBufferUtils.release(buffer);
      return bytes;
    }
  }
}
