package io.blinkreactor.callback;

import io.blinkreactor.TimeSource;
import io.blinkreactor.callback.CallbackMetrics.Result;
import io.blinkreactor.callback.CallbackTokens.Expected;
import io.blinkreactor.callback.CallbackTokens.Found;
import io.blinkreactor.callback.CallbackTokens.Ticket;
import io.blinkreactor.callback.SealPlaces.Address;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.RunsHealth;
import io.blinkreactor.completion.UntrustedPayload;
import io.micrometer.observation.Observation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;

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

  /** How a server's end comes. */
  enum Phase {
    /** Serves. */
    OPEN,
    /** Serves, and closes each connection after the answer. */
    LEAVING,
    /** Hands on what comes, and promises nothing. */
    CLOSING
  }

  /**
   * Where the calls of a scope go.
   *
   * @param sink null once it has left: what is proven then was not forged, and is to come again
   */
  private record Route(String scope, @Nullable CallbackSink sink) {}

  private final CallbackTokens tokens;
  private final SealPlaces places;
  private final UnsealedWarning unsealed;
  private final TimeSource time;
  private final ServerLimits limits;
  private final Senders senders;
  private final CallbackMetrics metrics;
  private final Map<Integer, Route> routes = new ConcurrentHashMap<>();
  private volatile Phase phase = Phase.OPEN;

  /** Whether the last callback could not be taken: that is told of once, not for each of them. */
  private volatile boolean failing;

  CallbackHandler(
      CallbackTokens tokens,
      SealPlaces places,
      TimeSource time,
      ServerLimits limits,
      Senders senders,
      CallbackMetrics metrics) {
    this.tokens = tokens;
    this.places = places;
    this.unsealed = new UnsealedWarning(places);
    this.time = time;
    this.limits = limits;
    this.senders = senders;
    this.metrics = metrics;
  }

  Disposable attach(String scope, CallbackSink sink) {
    int hash = CallbackTokens.scopeHash(scope);
    Route route = new Route(scope, sink);
    routes.compute(
        hash,
        (h, before) -> {
          if (before != null && before.sink() != null) {
            throw new IllegalStateException(
                "The callback server already serves the workspace \""
                    + scope
                    + "\": keep one Runs a workspace, or close the other first.");
          }
          return route;
        });
    return () -> routes.replace(hash, route, new Route(scope, null));
  }

  void enter(Phase next) {
    phase = next;
  }

  Phase phase() {
    return phase;
  }

  /** What the scopes tell of their runs, in no order. */
  Map<String, RunsHealth> health() {
    Map<String, RunsHealth> health = new LinkedHashMap<>();
    for (Route route : routes.values()) {
      CallbackSink sink = route.sink();
      RunsHealth runs = sink == null ? null : sink.health();
      if (runs != null) {
        health.put(route.scope(), runs);
      }
    }
    return health;
  }

  /** The answer to a request of some server; {@code proven} is run if its seal fits. */
  Mono<CallbackAnswer> answer(CallbackRequest request, Runnable proven) {
    return result(request, proven).map(this::answer);
  }

  private Mono<Result> result(CallbackRequest request, Runnable proven) {
    Address address = places.address(request.path());
    Ticket ticket = tokens.read(address.ticket());
    Route route = ticket == null ? null : routes.get(ticket.scopeHash());
    // Whatever is wrong, it costs one MAC.
    Expected expected =
        tokens.expected(ticket, route == null ? "" : route.scope(), address.ticket());
    List<String> seals = places.seals(address, request);
    boolean sealed = false;
    for (String seal : seals) {
      sealed |= expected.fits(seal);
    }
    if (ticket == null) {
      return Mono.just(Result.REJECTED);
    } else if (ticket.key() == null) {
      return Mono.just(Result.UNKNOWN_KEY);
    } else if (route == null || ticket.expiry().isBefore(time.now()) || !senders.allows(request)) {
      return Mono.just(Result.REJECTED);
    } else if (sealed) {
      return proven(route, ticket, proven, body(request, limits.maxBodyBytes(), expected));
    } else if (places.inBody()) {
      return provenByBody(route, ticket, proven, request, expected, seals.isEmpty());
    } else if (seals.isEmpty()) {
      unsealed.saw();
      return Mono.just(Result.UNSEALED);
    }
    return Mono.just(Result.REJECTED);
  }

  private Mono<Result> proven(Route route, Ticket ticket, Runnable proven, Mono<Body> body) {
    proven.run();
    boolean tooLate = phase == Phase.CLOSING;
    Observation observation = metrics.observe();
    AtomicReference<@Nullable Result> became = new AtomicReference<>();
    CallbackSink sink = route.sink();
    return (sink == null
            ? Mono.just(Result.DRAINING)
            : body.flatMap(read -> kept(sink, ticket, read.payload()))
                .map(receipt -> tooLate ? Result.DRAINING : result(receipt))
                .onErrorResume(error -> Mono.just(result(error))))
        .doOnNext(result -> ended(observation, became, result))
        .doFinally(
            end -> {
              // The sender may leave before there is a result.
              if (ended(observation, became, Result.ABORTED)) {
                metrics.count(Result.ABORTED);
              }
            });
  }

  private boolean ended(
      Observation observation, AtomicReference<@Nullable Result> became, Result result) {
    boolean first = became.compareAndSet(null, result);
    if (first) {
      metrics.end(observation, result);
    }
    return first;
  }

  private Mono<Result> provenByBody(
      Route route,
      Ticket ticket,
      Runnable proven,
      CallbackRequest request,
      Expected expected,
      boolean sealAbsent) {
    return body(request, Math.min(UNPROVEN_BYTES, limits.maxBodyBytes()), expected)
        .flatMap(
            body -> {
              if (body.seal() == Found.FITS) {
                return proven(route, ticket, proven, Mono.just(body));
              } else if (sealAbsent && body.seal() == Found.NONE) {
                unsealed.saw();
                return Mono.just(Result.UNSEALED);
              }
              return Mono.just(Result.REJECTED);
            })
        .onErrorResume(
            unreadable -> {
              if (unreadable instanceof OversizeException) {
                unsealed.saw();
              }
              return Mono.just(Result.UNREAD);
            });
  }

  private static @Nullable String first(List<String> values) {
    return values.isEmpty() ? null : values.get(0);
  }

  /**
   * A body that was read.
   *
   * @param seal whether it held the seal, which is masked in it; or nothing like one
   */
  private record Body(UntrustedPayload payload, Found seal) {}

  private Mono<Body> body(CallbackRequest request, int maxBytes, Expected expected) {
    if (toldLength(first(request.headers("Content-Length"))) > maxBytes) {
      return Mono.error(new OversizeException());
    }
    String contentType = first(request.headers("Content-Type"));
    return request
        .body()
        .timeout(limits.readTimeout(), time.timers())
        .reduceWith(ByteArrayOutputStream::new, (body, piece) -> append(body, piece, maxBytes))
        .timeout(limits.requestTimeout(), time.timers())
        .map(
            read -> {
              byte[] bytes = read.toByteArray();
              Found seal = places.inBody() ? expected.takeFrom(bytes) : Found.NONE;
              return new Body(new UntrustedPayload(bytes, contentType), seal);
            });
  }

  /** The length that a request tells, or 0 if it tells none: what comes is counted anyway. */
  private static long toldLength(@Nullable String header) {
    try {
      return header == null ? 0 : Long.parseLong(header.strip());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** The sink's receipt. A failure of its own, a timeout too, must not pass for the sender's. */
  private Mono<CallbackReceipt> kept(CallbackSink sink, Ticket ticket, UntrustedPayload payload) {
    return Mono.defer(() -> sink.accept(ticket.correlationId(), payload))
        .switchIfEmpty(Mono.error(() -> new IllegalStateException("It gave no receipt.")))
        .timeout(limits.answerTimeout(), time.timers())
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

  private Result result(CallbackReceipt receipt) {
    failing = false;
    return switch (receipt) {
      case ACCEPTED -> Result.ACCEPTED;
      case DUPLICATE -> Result.DUPLICATE;
      case ORPHAN -> Result.ORPHAN;
    };
  }

  private Result result(Throwable error) {
    if (error instanceof OversizeException) {
      return Result.OVERSIZE;
    } else if (error instanceof TimeoutException) {
      return Result.TIMEOUT;
    } else if (error instanceof AbortedException || error instanceof IOException) {
      log.debug("A callback broke off", error);
      return Result.ABORTED;
    }
    failed(error.getCause() == null ? error : error.getCause());
    return Result.FAILED;
  }

  private void failed(Throwable error) {
    if (failing) {
      log.debug("A callback could not be taken", error);
      return;
    }
    failing = true;
    log.warn(
        "A callback could not be taken; its run will be looked at anyway. More of the kind are told"
            + " at DEBUG until one is taken: {}",
        error.toString());
    log.debug("That is because of", error);
  }

  private CallbackAnswer answer(Result result) {
    metrics.count(result);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("content-length", "0");
    if (result.status() >= 300 || phase != Phase.OPEN) {
      headers.put("connection", "close");
    }
    if (result.status() == 503) {
      headers.put("retry-after", String.valueOf(RETRY_AFTER));
    }
    return new CallbackAnswer(result.status(), headers);
  }

  /** The body is larger than allowed. */
  private static final class OversizeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OversizeException() {
      super(null, null, false, false);
    }
  }
}
