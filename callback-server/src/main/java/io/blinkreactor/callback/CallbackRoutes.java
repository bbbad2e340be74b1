package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.callback.CallbackHandler.Phase;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import java.time.Instant;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRoutes;

/**
 * The receiver of callbacks without a server: an application that has one mounts it there, and
 * needs no second port. It answers below {@code .../callbacks/v1/}; any method may come.
 *
 * <pre>{@code
 * CallbackRoutes callbacks =
 *     CallbackServer.builder().publicUrl("https://app.example.com").mount().block();
 * HttpServer.create().route(callbacks.routes());
 * }</pre>
 *
 * <p>Body, answer and reading limits hold as in {@link CallbackServer}; TLS and all that concerns
 * connections and headers is the application's server's matter. Reactor Netty has no such limits
 * unless told, and logs the path of what it can't read, which with {@link SealPlacement#PATH} is a
 * secret: give that server an {@code httpMessageLogFactory} that leaves it out, or put the seal
 * elsewhere.
 *
 * <p>Safe for use by many threads.
 */
public final class CallbackRoutes implements CallbackReceiver, AutoCloseable {

  private final CallbackTokens tokens;
  private final SealPlaces places;
  private final CallbackHandler handler;
  private final String publicUrl;

  CallbackRoutes(
      CallbackTokens tokens, SealPlaces places, CallbackHandler handler, String publicUrl) {
    this.tokens = tokens;
    this.places = places;
    this.handler = handler;
    this.publicUrl = publicUrl;
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

  /** {@return the routes for a server of Reactor Netty, to be given to its {@code route}} */
  public Consumer<HttpServerRoutes> routes() {
    return routes ->
        routes.route(
            request -> isCallback(request.uri()),
            (request, response) ->
                answer(new NettyRequest(request))
                    .flatMap(answer -> NettyRequest.send(response, answer)));
  }

  /**
   * Whether a request is for these routes, as far as the form of its path tells: other paths may
   * hold {@code /callbacks/v1/} too, and are the application's.
   *
   * @param path the path as it came; what stands behind a question mark does not count
   * @return whether {@link #answer} is to be asked
   */
  public boolean isCallback(String path) {
    return tokens.read(places.address(path).ticket()) != null;
  }

  /**
   * Answers a request of any other HTTP server.
   *
   * @param request the request
   * @return the answer, once it is known; never an error. When it closes the connection, what is
   *     left of the body need not be read
   */
  public Mono<CallbackAnswer> answer(CallbackRequest request) {
    return Mono.defer(() -> handler.answer(request, () -> {}));
  }

  /** {@return the base of the URLs that the vendor is given} */
  public String publicUrl() {
    return publicUrl;
  }

  /**
   * From now on what comes is handed on, but answered 503, so that the sender tries another
   * instance or later. To be called before the application's server stops.
   */
  @Override
  public void close() {
    handler.enter(Phase.CLOSING);
  }

  /** {@return the address} */
  @Override
  public String toString() {
    return "CallbackRoutes[publicUrl=" + publicUrl + "]";
  }
}
