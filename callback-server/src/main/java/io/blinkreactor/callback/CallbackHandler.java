package io.blinkreactor.callback;

import io.blinkreactor.TimeSource;
import io.blinkreactor.callback.CallbackMetrics.Result;
import io.blinkreactor.callback.CallbackTokens.Expected;
import io.blinkreactor.callback.CallbackTokens.Ticket;
import io.blinkreactor.callback.SealPlaces.Address;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.UntrustedPayload;
import io.micrometer.observation.Observation;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Answers one request: checks the seal before anything is read or looked up, reads a bounded body,
 * hands it on, and says success only once it can't be lost. Whatever is wrong with an unproven
 * request, the answer is the same bare 404.
 */
final class CallbackHandler {

  /** How much is read of a body that may hold the seal, before it has proved anything. */
  static final int UNPROVEN_BYTES = 16 * 1024;

  /** In seconds: a store that failed has to be opened anew. */
  private static final int RETRY_AFTER = 10;

  private static final Logger log = LoggerFactory.getLogger(CallbackHandler.class);

  /**
   * What a body may take.
   *
   * @param maxBodyBytes its size
   * @param readTimeout the longest gap between two pieces
   * @param requestTimeout all of it
   */
  record Limits(int maxBodyBytes, Duration readTimeout, Duration requestTimeout) {}

  private record Route(String scope, CallbackSink sink) {}

  private final CallbackTokens tokens;
  private final SealPlaces places;
  private final UnsealedWarning unsealed;
  private final TimeSource time;
  private final Limits limits;
  private final CallbackMetrics metrics;
  private final Map<Integer, Route> routes = new ConcurrentHashMap<>();

  CallbackHandler(
      CallbackTokens tokens,
      SealPlaces places,
      TimeSource time,
      Limits limits,
      CallbackMetrics metrics) {
    this.tokens = tokens;
    this.places = places;
    this.unsealed = new UnsealedWarning(places);
    this.time = time;
    this.limits = limits;
    this.metrics = metrics;
  }

  Disposable attach(String scope, CallbackSink sink) {
    int hash = CallbackTokens.scopeHash(scope);
    Route route = new Route(scope, sink);
    if (routes.putIfAbsent(hash, route) != null) {
      throw new IllegalStateException(
          "The callback server already serves the workspace \""
              + scope
              + "\": keep one Runs a workspace, or close the other first.");
    }
    return () -> routes.remove(hash, route);
  }

  Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
    Address address = places.address(request.uri());
    Ticket ticket = tokens.read(address.ticket());
    Route route = ticket == null ? null : routes.get(ticket.scopeHash());
    // Whatever is wrong, it costs one MAC.
    Expected expected =
        tokens.expected(ticket, route == null ? "" : route.scope(), address.ticket());
    List<String> seals = places.seals(address, request.requestHeaders());
    boolean sealed = false;
    for (String seal : seals) {
      sealed |= expected.fits(seal);
    }
    if (ticket == null) {
      return answer(response, Result.REJECTED);
    } else if (ticket.key() == null) {
      return answer(response, Result.UNKNOWN_KEY);
    } else if (route == null || ticket.expiry().isBefore(time.now())) {
      return answer(response, Result.REJECTED);
    } else if (sealed) {
      return proven(route, ticket, response, body(request, limits.maxBodyBytes(), expected));
    } else if (places.inBody()) {
      return provenByBody(route, ticket, request, response, expected, seals.isEmpty());
    } else if (seals.isEmpty()) {
      unsealed.saw();
      return answer(response, Result.UNSEALED);
    }
    return answer(response, Result.REJECTED);
  }

  private Mono<Void> proven(
      Route route, Ticket ticket, HttpServerResponse response, Mono<Body> body) {
    Observation observation = metrics.observe();
    return body.flatMap(read -> kept(route, ticket, read.payload()))
        .map(CallbackHandler::result)
        .onErrorResume(error -> Mono.just(result(error)))
        .doOnNext(result -> metrics.end(observation, result))
        .flatMap(result -> answer(response, result));
  }

  private Mono<Void> provenByBody(
      Route route,
      Ticket ticket,
      HttpServerRequest request,
      HttpServerResponse response,
      Expected expected,
      boolean sealAbsent) {
    return body(request, Math.min(UNPROVEN_BYTES, limits.maxBodyBytes()), expected)
        .onErrorResume(unreadable -> Mono.just(Body.NONE))
        .flatMap(
            body -> {
              if (body.sealed()) {
                return proven(route, ticket, response, Mono.just(body));
              } else if (sealAbsent && body.sealAbsent()) {
                unsealed.saw();
                return answer(response, Result.UNSEALED);
              }
              return answer(response, Result.REJECTED);
            });
  }

  /**
   * A body that was read.
   *
   * @param sealed whether it held the seal, which is masked in it
   * @param sealAbsent whether it held nothing like one
   */
  private record Body(UntrustedPayload payload, boolean sealed, boolean sealAbsent) {

    static final Body NONE = new Body(new UntrustedPayload(new byte[0], null), false, false);
  }

  private Mono<Body> body(HttpServerRequest request, int maxBytes, Expected expected) {
    String contentType = request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE);
    return request
        .receive()
        .asByteArray()
        .timeout(limits.readTimeout(), time.timers())
        .reduceWith(ByteArrayOutputStream::new, (body, piece) -> append(body, piece, maxBytes))
        .timeout(limits.requestTimeout(), time.timers())
        .map(
            read -> {
              byte[] bytes = read.toByteArray();
              boolean[] seen = new boolean[1];
              boolean sealed = places.inBody() && expected.takeFrom(bytes, () -> seen[0] = true);
              return new Body(new UntrustedPayload(bytes, contentType), sealed, !seen[0]);
            });
  }

  /** The sink's receipt. A failure of its own, a timeout too, must not pass for the sender's. */
  private static Mono<CallbackReceipt> kept(Route route, Ticket ticket, UntrustedPayload payload) {
    return Mono.defer(() -> route.sink().accept(ticket.correlationId(), payload))
        .switchIfEmpty(Mono.error(() -> new IllegalStateException("It gave no receipt.")))
        .onErrorMap(error -> new IllegalStateException("The sink did not take it.", error));
  }

  private static ByteArrayOutputStream append(
      ByteArrayOutputStream body, byte[] piece, int maxBytes) {
    if (body.size() + piece.length > maxBytes) {
      throw new OversizeException();
    }
    body.writeBytes(piece);
    return body;
  }

  private static Result result(CallbackReceipt receipt) {
    return switch (receipt) {
      case ACCEPTED -> Result.ACCEPTED;
      case DUPLICATE -> Result.DUPLICATE;
      case ORPHAN -> Result.ORPHAN;
    };
  }

  private static Result result(Throwable error) {
    if (error instanceof OversizeException) {
      return Result.OVERSIZE;
    } else if (error instanceof TimeoutException) {
      return Result.TIMEOUT;
    } else if (error instanceof AbortedException || error instanceof IOException) {
      log.debug("A callback broke off", error);
      return Result.ABORTED;
    }
    log.warn(
        "A callback could not be taken; the run will be looked at anyway: {}",
        String.valueOf(error.getCause() == null ? error : error.getCause()));
    log.debug("That is because of", error);
    return Result.FAILED;
  }

  private Mono<Void> answer(HttpServerResponse response, Result result) {
    metrics.count(result);
    if (result.status() >= 300) {
      response.header(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    if (result == Result.FAILED) {
      response.header(HttpHeaderNames.RETRY_AFTER, String.valueOf(RETRY_AFTER));
    }
    return response
        .status(HttpResponseStatus.valueOf(result.status()))
        .header(HttpHeaderNames.CONTENT_LENGTH, "0")
        .send();
  }

  /** The body is larger than allowed. */
  private static final class OversizeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OversizeException() {
      super(null, null, false, false);
    }
  }
}
