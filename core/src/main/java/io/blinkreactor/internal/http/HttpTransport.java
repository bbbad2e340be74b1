package io.blinkreactor.internal.http;

import io.blinkreactor.ApiException;
import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.FailedCall;
import io.blinkreactor.JsonValue;
import io.blinkreactor.RateLimitedException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.internal.Pace;
import io.blinkreactor.internal.Tally;
import io.blinkreactor.internal.http.Authentication.Credential;
import io.blinkreactor.internal.http.ErrorReader.ErrorText;
import io.blinkreactor.internal.json.TooLargeException;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.util.retry.Retry;

/**
 * Sends calls to one vendor: each with its retry, its clocks, its place at the gate. Safe for use
 * by many threads.
 */
public final class HttpTransport implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HttpTransport.class);

  /**
   * Under the idle timeouts of common proxies and load balancers (60 s), so that we rarely meet a
   * connection they are closing.
   */
  private static final Duration MAX_IDLE = Duration.ofSeconds(30);

  /**
   * Reactor's key for what is done with an error that nobody waits for any more. Here that is a
   * fault that lost to a clock or a cancellation, which was told already; it is no news for the
   * user's log.
   */
  private static final String ERROR_DROPPED = "reactor.onErrorDropped.local";

  private static final Consumer<Throwable> LATE_FAULT =
      error -> log.debug("A fault came after its call was over", error);

  private static final Credential ANONYMOUS = headers -> {};

  private final String vendor;
  private final String baseUrl;
  private final HttpOptions options;
  private final TimeSource time;
  private final Authentication authentication;
  private final Redactor redactor;
  private final ErrorReader errors;
  private final ApiMetrics metrics;
  private final DoubleSupplier random;
  private final ConnectionProvider connections;
  private final HttpClient client;
  private final Gate gate;
  private final RetryBudget budget;
  private final Sinks.Empty<Void> closing = Sinks.empty();
  private volatile boolean closed;

  /**
   * A transport whose jitter is random.
   *
   * @param vendor the vendor's name, for messages
   */
  public HttpTransport(
      String vendor,
      URI baseUrl,
      HttpOptions options,
      TimeSource time,
      Authentication authentication,
      Redactor redactor,
      ErrorReader errors,
      ApiMetrics metrics) {
    this(
        vendor,
        baseUrl,
        options,
        time,
        authentication,
        redactor,
        errors,
        metrics,
        () -> ThreadLocalRandom.current().nextDouble());
  }

  HttpTransport(
      String vendor,
      URI baseUrl,
      HttpOptions options,
      TimeSource time,
      Authentication authentication,
      Redactor redactor,
      ErrorReader errors,
      ApiMetrics metrics,
      DoubleSupplier random) {
    this.vendor = vendor;
    this.baseUrl = baseUrl.toString();
    this.options = options;
    this.time = time;
    this.authentication = authentication;
    this.redactor = redactor;
    this.errors = errors;
    this.metrics = metrics;
    this.random = random;
    this.gate = new Gate(time);
    this.budget = new RetryBudget(options.retryBudget());
    this.connections =
        ConnectionProvider.builder("blinkreactor")
            .maxConnections(options.maxConnections())
            .pendingAcquireMaxCount(-1)
            .pendingAcquireTimeout(options.callTimeout())
            .maxIdleTime(MAX_IDLE)
            .evictInBackground(MAX_IDLE)
            .build();
    this.client =
        options
            .customizer()
            .apply(HttpClient.create(connections))
            .disableRetry(true)
            .followRedirect(false)
            .compress(true)
            .headers(
                h ->
                    h.set(HttpHeaderNames.ACCEPT, "application/json")
                        .set(HttpHeaderNames.USER_AGENT, "blinkreactor"));
  }

  /** Sends a call when subscribed and hands on the whole body. */
  public Mono<byte[]> send(ApiCall call) {
    return send(call, body -> body);
  }

  /**
   * Sends a call when subscribed and decodes the whole body; empty if the decoder answers null.
   *
   * @param decode throws {@link IllegalArgumentException} if the body is not what was agreed
   */
  public <T> Mono<T> send(ApiCall call, Function<byte[], @Nullable T> decode) {
    return stream(call, () -> new WholeBody<>(options.maxResponseBytes(), decode)).singleOrEmpty();
  }

  /**
   * Sends a call when subscribed and hands out elements while the body arrives. Before the first
   * element the call is retried like any other; after it a fault ends the stream.
   */
  public <T> Flux<T> stream(ApiCall call, Supplier<? extends BodyReader<T>> reader) {
    return metrics.call(
        call.operation(),
        Flux.deferContextual(
            context -> {
              if (closed) {
                return Flux.error(closedError());
              }
              Flux<T> exchange =
                  Flux.defer(
                      () ->
                          new Exchange<T>(call, reader, context.getOrDefault(Tally.class, null))
                              .run());
              return context.getOrDefault(Pace.class, null) instanceof Pace pace
                  ? pace.pass().thenMany(exchange)
                  : exchange;
            }));
  }

  /**
   * Whether what a fault broke off after its first element may be asked for again: completes after
   * a pause that counts against the retry budget, or fails: with the fault, or once it has stood
   * still for as long as a call may take.
   *
   * @param breaks times that it broke off without progress, this one included
   * @param standstill for how long there has been none
   */
  public Mono<Void> pauseAfter(String operation, Throwable fault, int breaks, Duration standstill) {
    return Mono.deferContextual(
        context -> {
          if (closed || !breaksConnection(fault)) {
            return Mono.error(fault);
          }
          Duration pause = backoff(breaks);
          if (standstill.plus(pause).compareTo(options.callTimeout()) > 0) {
            return Mono.error(stoodStill(operation, breaks, fault));
          }
          metrics.retry(operation, fault);
          if (context.getOrDefault(Tally.class, null) instanceof Tally tally) {
            tally.retried();
          }
          return time.delay(pause);
        });
  }

  private DeadlineException stoodStill(String operation, int breaks, Throwable fault) {
    return new DeadlineException(
        DeadlineException.Clock.CALL,
        options.callTimeout(),
        "something new from '" + operation + "', whose answers broke off " + breaks + " times",
        "The network or the vendor breaks answers off: ask for less at once, or try again later.",
        true,
        fault);
  }

  /** How large a body may be that is read whole, and how large one element of a list, in bytes. */
  public int maxResponseBytes() {
    return options.maxResponseBytes();
  }

  /** Closes the connections; calls in flight fail. */
  @Override
  public void close() {
    endCalls();
    connections.dispose();
  }

  /** Completes once the connections are closed. */
  public Mono<Void> closeLater() {
    return Mono.defer(
        () -> {
          endCalls();
          return connections.disposeLater();
        });
  }

  /** The pool closes only connections that are idle, and a retry would open another one. */
  private void endCalls() {
    closed = true;
    closing.tryEmitEmpty();
  }

  private static IllegalStateException closedError() {
    return new IllegalStateException("The client is closed.");
  }

  /** One call with all its attempts. */
  private final class Exchange<T> {

    private final ApiCall call;
    private final Supplier<? extends BodyReader<T>> reader;
    private final @Nullable Tally tally;
    private final Duration attemptTimeout;
    private final Duration callTimeout;
    private final long started = time.nanos();
    private final Sinks.Empty<Void> firstElement = Sinks.empty();
    private int attempts;
    private volatile boolean attempted;
    private volatile boolean underWay;
    private volatile boolean whole;
    private boolean credentialRenewed;
    private @Nullable Throwable lastFailure;

    Exchange(ApiCall call, Supplier<? extends BodyReader<T>> reader, @Nullable Tally tally) {
      this.call = call;
      this.reader = reader;
      this.tally = tally;
      this.attemptTimeout = options.attemptTimeout().plus(call.patience());
      this.callTimeout = options.callTimeout().plus(call.patience());
    }

    Flux<T> run() {
      Flux<T> attempts =
          Flux.defer(this::attempt)
              .retryWhen(Retry.from(failures -> failures.concatMap(s -> next(s.failure()))))
              .doOnNext(element -> arrived());
      return timed(attempts, callTimeout, firstElement.asMono(), this::callTimedOut)
          .doOnComplete(this::completed)
          // An error of the other would not cancel this one, so it only ends, and what ended is
          // told.
          .takeUntilOther(closing.asMono())
          .concatWith(Mono.defer(() -> whole ? Mono.empty() : Mono.error(closedError())))
          .contextWrite(context -> context.put(ERROR_DROPPED, LATE_FAULT));
    }

    private void completed() {
      whole = true;
      budget.success();
    }

    private void arrived() {
      if (!underWay) {
        underWay = true;
        firstElement.tryEmitEmpty();
      }
    }

    /** Fails a flux if the time runs out before something happens, and cancels it. */
    private Flux<T> timed(
        Flux<T> flux, Duration limit, Mono<Void> before, Supplier<Throwable> error) {
      Mono<Boolean> late =
          time.delay(limit)
              .thenReturn(Boolean.TRUE)
              .takeUntilOther(before)
              .switchIfEmpty(Mono.never());
      return flux.timeout(late, element -> Mono.never(), Flux.error(error));
    }

    private Flux<T> attempt() {
      return gate.pass()
          .flatMap(
              waited -> {
                metrics.throttled(call.operation(), waited);
                if (tally != null) {
                  tally.throttled(waited);
                }
                return call.authenticated()
                    ? authentication.current().onErrorMap(NoCredential::new)
                    : Mono.just(ANONYMOUS);
              })
          .flatMapMany(
              credential -> {
                attempts++;
                return exchange(credential);
              });
    }

    private Flux<T> exchange(Credential credential) {
      AtomicBoolean sent = new AtomicBoolean();
      Sinks.Empty<Void> headersArrived = Sinks.empty();
      HttpClient.RequestSender request =
          client
              .doOnRequest(
                  (req, connection) -> {
                    sent.set(true);
                    attempted = true;
                  })
              .headers(
                  h -> {
                    credential.apply(h);
                    call.headers().forEach(h::set);
                    if (call.body() != null) {
                      h.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
                    }
                  })
              .request(HttpMethod.valueOf(call.method()))
              // In a text, Reactor Netty takes a port of one digit for a part of the name.
              .uri(URI.create(baseUrl + call.path()));
      JsonValue body = call.body();
      HttpClient.ResponseReceiver<?> receiver =
          body == null
              ? request
              : request.send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body.toBytes())));
      Flux<T> answer =
          receiver
              .<T>response(
                  (response, content) -> {
                    headersArrived.tryEmitEmpty();
                    return read(response, content, credential);
                  })
              // Reactor Netty forgets one that is cancelled just as it is handed on.
              .doOnDiscard(Connection.class, Connection::dispose);
      return timed(answer, attemptTimeout, headersArrived.asMono(), () -> headersLate(sent.get()))
          .onErrorMap(error -> fault(error, sent.get()));
    }

    private Flux<T> read(HttpClientResponse response, ByteBufFlux content, Credential credential) {
      int status = response.status().code();
      return status >= 200 && status < 300
          ? elements(content, reader.get(), response)
          : elements(
                  content,
                  new WholeBody<>(
                      options.maxResponseBytes(), body -> refused(response, body, credential)),
                  response)
              .handle((refused, sink) -> sink.error(refused));
    }

    private <E> Flux<E> elements(
        ByteBufFlux content, BodyReader<E> bodyReader, HttpClientResponse response) {
      return new BodyFlux<>(
          content.asByteArray(),
          bodyReader,
          time,
          options.stallTimeout(),
          this::stalled,
          e -> unreadable(e, response));
    }

    private Refused refused(HttpClientResponse response, byte[] body, Credential credential) {
      int status = response.status().code();
      ErrorText text = errors.read(body);
      return new Refused(
          new FailedCall(
              call.method(),
              call.pathTemplate(),
              status,
              redactor.clean(text.identifier(), call.secrets()),
              redactor.clean(text.message(), call.secrets()),
              redactor.clean(text.details(), call.secrets()),
              requestId(response),
              attempts),
          RetryAfter.of(response.responseHeaders(), time.now()),
          text.retryable(),
          credential);
    }

    private @Nullable String requestId(HttpClientResponse response) {
      HttpHeaders headers = response.responseHeaders();
      return redactor.clean(
          headers.get("X-Request-Id") != null
              ? headers.get("X-Request-Id")
              : headers.get("X-Correlation-Id"));
    }

    private TransportException unreadable(
        IllegalArgumentException error, HttpClientResponse response) {
      if (error instanceof TooLargeException) {
        return new TransportException(
            "The answer to " + name() + " is too large. " + error.getMessage(),
            true,
            "Ask for smaller pages, or raise 'maxResponseBytes'.",
            null);
      }
      String requestId = requestId(response);
      return new TransportException(
          name()
              + " was answered "
              + response.status().code()
              + ", but the body is not what was agreed"
              + (requestId == null ? "" : " [request id " + requestId + "]")
              + ".",
          true,
          "Check that the base URL leads to " + vendor + " and that nothing answers in its place.",
          error);
    }

    private DeadlineException stalled() {
      return new DeadlineException(
          DeadlineException.Clock.STALL,
          options.stallTimeout(),
          "the next piece of the answer to " + name(),
          "The network or the vendor stopped in the middle of an answer.",
          true,
          null);
    }

    private DeadlineException headersLate(boolean sent) {
      return new DeadlineException(
          DeadlineException.Clock.ATTEMPT,
          attemptTimeout,
          "the answer to " + name(),
          sent
              ? "The request was sent; whether the vendor acted on it is not known."
              : "No connection came about: check the base URL, the proxy and the network.",
          sent,
          null);
    }

    /** Puts a fault of the network or of a clock into our own words. */
    private Throwable fault(Throwable error, boolean sent) {
      if (error instanceof Refused || error instanceof BlinkreactorException) {
        return error;
      }
      return new TransportException(
          name() + " failed: " + cause(error) + ".",
          sent,
          sent
              ? "The connection broke after the request was sent."
              : "No byte was sent: check the base URL, the proxy and the network.",
          error);
    }

    /** Waits for the next attempt, or ends the call with the failure. */
    private Mono<Long> next(Throwable failure) {
      if (underWay) {
        return Mono.error(failure);
      }
      if (failure instanceof NoCredential none) {
        return Mono.error(none.reason);
      }
      Throwable reported =
          failure instanceof Refused refused
              ? ApiException.of(refused.call, refused.pause)
              : failure;
      if (lastFailure != null && lastFailure != reported) {
        reported.addSuppressed(lastFailure);
      }
      lastFailure = reported;
      if (failure instanceof Refused refused && renews(refused)) {
        return Mono.just(0L);
      }
      Duration pause = failure instanceof Refused refused ? refused.pause : null;
      Duration wait = pause == null ? backoff(attempts) : spread(pause);
      boolean throttled = reported instanceof RateLimitedException;
      if (throttled) {
        gate.close(shorter(wait, options.maxRetryAfter()));
      }
      if (!repeatable(failure)
          || wait.compareTo(options.maxRetryAfter()) > 0
          || time.since(started).plus(wait).compareTo(callTimeout) >= 0) {
        return Mono.error(reported);
      }
      metrics.retry(call.operation(), reported);
      if (tally != null) {
        tally.retried();
      }
      log.debug("{} attempt {} failed, next in {}", name(), attempts, wait, reported);
      // The gate itself holds a throttled call back.
      return (throttled ? Mono.<Void>empty() : time.delay(wait)).thenReturn(0L);
    }

    private boolean repeatable(Throwable failure) {
      if (call.resend() == ApiCall.Resend.UNSENT_ONLY) {
        return failure instanceof TransportException transport && !transport.requestSent();
      }
      if (failure instanceof Refused refused) {
        return switch (refused.call.status()) {
          // Not 500: it may be how a query is refused, and then trying for minutes helps nobody.
          case 429, 502, 503, 504 -> true;
          default -> refused.retryable;
        };
      }
      return breaksConnection(failure);
    }

    /** A credential that was refused is replaced once; the vendor has not acted on the call. */
    private boolean renews(Refused refused) {
      if (refused.call.status() != 401 || credentialRenewed) {
        return false;
      }
      credentialRenewed = true;
      return refused.credential.refused();
    }

    private Throwable callTimedOut() {
      return new DeadlineException(
          DeadlineException.Clock.CALL,
          callTimeout,
          name() + ", attempt " + attempts,
          "The vendor is slow or holds requests back: raise 'callTimeout' or try again later.",
          attempted,
          lastFailure);
    }

    private String name() {
      return call.method() + " " + call.pathTemplate();
    }
  }

  /** A fault of the network or of a clock, which may pass; not a body that can't be read. */
  private static boolean breaksConnection(Throwable failure) {
    return failure instanceof DeadlineException
        || (failure instanceof TransportException transport
            && transport.getCause() != null
            && !(transport.getCause() instanceof IllegalArgumentException));
  }

  /**
   * Full jitter: anything between nothing and a bound that doubles; the longest bound once the
   * budget is spent.
   */
  private Duration backoff(int attempts) {
    double bound = options.maxBackoff().toNanos();
    if (budget.take()) {
      bound =
          Math.min(bound, options.minBackoff().toNanos() * Math.pow(2, Math.min(attempts, 40) - 1));
      return Duration.ofNanos((long) (random.getAsDouble() * bound));
    }
    return Duration.ofNanos((long) (bound * (0.5 + random.getAsDouble() / 2)));
  }

  /**
   * The pause asked for and up to a tenth more, a second at most, so that callers told the same do
   * not return together.
   */
  private Duration spread(Duration pause) {
    long most = Math.min(pause.toNanos() / 10, Duration.ofSeconds(1).toNanos());
    return pause.plusNanos((long) (random.getAsDouble() * most));
  }

  private @Nullable String cause(Throwable error) {
    String message = redactor.clean(error.getMessage());
    return message == null ? error.getClass().getSimpleName() : message;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /**
   * A credential that could not be had, which ends the call: whoever fetches one has tried more
   * than once already.
   */
  private static final class NoCredential extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Throwable reason;

    NoCredential(Throwable reason) {
      super(null, null, false, false);
      this.reason = reason;
    }
  }

  /** An error status, before it is known whether this was the last attempt. */
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final FailedCall call;
    private final transient @Nullable Duration pause;
    private final boolean retryable;
    private final transient Credential credential;

    Refused(FailedCall call, @Nullable Duration pause, boolean retryable, Credential credential) {
      super(null, null, false, false);
      this.call = call;
      this.pause = pause;
      this.retryable = retryable;
      this.credential = credential;
    }
  }
}
