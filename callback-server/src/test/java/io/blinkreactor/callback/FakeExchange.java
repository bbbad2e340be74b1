package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Asks the handler without a socket, where a hundred thousand connections would take too long. */
final class FakeExchange {

  private FakeExchange() {}

  /** A handler with bounds that no test here comes near. */
  static CallbackHandler handler(
      CallbackTokens tokens, SealPlaces places, TimeSource time, CallbackMetrics metrics) {
    Duration patience = Duration.ofSeconds(5);
    return new CallbackHandler(
        tokens, places, time, new CallbackHandler.Limits(64 * 1024, patience, patience), metrics);
  }

  /** The status of the answer to a POST without a body. */
  static int status(CallbackHandler handler, String uri, @Nullable String seal) {
    return status(
        handler, uri, seal == null ? Map.of() : Map.of(SealPlaces.HEADER, seal), new byte[0]);
  }

  /** The status of the answer to a POST; whatever the headers hold. */
  static int status(CallbackHandler handler, String uri, Map<String, String> fields, byte[] body) {
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    fields.forEach(headers::set);
    AtomicInteger status = new AtomicInteger();
    HttpServerRequest request =
        fake(
            HttpServerRequest.class,
            (name, argument) ->
                switch (name) {
                  case "uri" -> uri;
                  case "requestHeaders" -> headers;
                  case "receive" ->
                      ByteBufFlux.fromInbound(
                          body.length == 0 ? Flux.empty() : Flux.just(Unpooled.copiedBuffer(body)));
                  default -> throw new UnsupportedOperationException(name);
                });
    HttpServerResponse[] response = new HttpServerResponse[1];
    response[0] =
        fake(
            HttpServerResponse.class,
            (name, argument) ->
                switch (name) {
                  case "status" -> {
                    status.set(((HttpResponseStatus) requireNonNull(argument)).code());
                    yield response[0];
                  }
                  case "header" -> response[0];
                  case "send" -> Mono.empty();
                  default -> throw new UnsupportedOperationException(name);
                });
    Mono.from(handler.handle(request, response[0])).block();
    return status.get();
  }

  private interface Behaviour {
    Object call(String method, @Nullable Object firstArgument);
  }

  private static <T> T fake(Class<T> type, Behaviour behaviour) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) ->
                behaviour.call(
                    method.getName(),
                    arguments == null || arguments.length == 0 ? null : arguments[0])));
  }
}
