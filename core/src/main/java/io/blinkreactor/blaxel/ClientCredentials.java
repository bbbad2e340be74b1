package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.ApiException;
import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.internal.OptionChecks;
import io.blinkreactor.internal.http.ApiCall;
import io.blinkreactor.internal.http.ApiCall.Resend;
import io.blinkreactor.internal.http.Authentication;
import io.blinkreactor.internal.http.HttpTransport;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Exchanges a client's id and secret for tokens, one exchange at a time for any number of calls. A
 * token serves until shortly before its end; from four fifths of its life on a new one is fetched
 * while the old one still serves. The exchange belongs to none of the calls that wait for it, so
 * that cancelling one does not take the token from the others.
 */
final class ClientCredentials implements Authentication {

  /** Documented in prose, for an answer that does not tell. */
  static final Duration ASSUMED_LIFETIME = Duration.ofHours(2);

  /** How long before its end a token is not used any more; half its life if that is shorter. */
  static final Duration MARGIN = Duration.ofMinutes(1);

  /** The pause after a failed exchange while the old token still serves. */
  static final Duration RETRY_PAUSE = Duration.ofSeconds(10);

  private static final Duration LONGEST_LIFETIME = Duration.ofDays(365);

  /** Calls that began with an older token may still be answered with it quoted. */
  private static final int TOKENS_HIDDEN = 8;

  private static final Shape ANSWER = new Shape();
  private static final Shape.Field<String> ACCESS_TOKEN = ANSWER.text("access_token");
  private static final Shape.Field<Long> EXPIRES_IN = ANSWER.integer("expires_in");

  private final TimeSource time;
  private final ApiCall exchange;
  private final List<String> credentials;
  private @Nullable HttpTransport transport;

  // Guarded by this.
  private final Deque<String> tokens = new ArrayDeque<>();
  private @Nullable Token token;
  private Sinks.@Nullable One<Credential> fetching;
  private long refreshAt;

  ClientCredentials(String id, String secret, TimeSource time) {
    this.time = time;
    String basic =
        Base64.getEncoder().encodeToString((id + ":" + secret).getBytes(StandardCharsets.UTF_8));
    this.credentials = List.of(secret, basic);
    this.exchange =
        // A token that is fetched twice does no harm.
        ApiCall.post("oauth.token", Resend.REPEATABLE, "/oauth/token")
            .anonymous()
            .header(HttpHeaderNames.AUTHORIZATION.toString(), "Basic " + basic)
            .body(JsonValue.of(Map.of("grant_type", "client_credentials")))
            .secrets(List.of(id, secret, basic))
            .build();
  }

  /** Sets through what tokens are fetched; called once, before the first call. */
  void exchangeThrough(HttpTransport transport) {
    this.transport = transport;
  }

  /** The secret, and the tokens got last. */
  synchronized List<String> secrets() {
    List<String> all = new ArrayList<>(credentials);
    all.addAll(tokens);
    return all;
  }

  @Override
  public Mono<Credential> current() {
    return Mono.defer(this::haveOrFetch);
  }

  private Mono<Credential> haveOrFetch() {
    Sinks.One<Credential> begun = null;
    Mono<Credential> answer;
    synchronized (this) {
      long now = time.nanos();
      Token usable = token != null && now - token.usableUntil < 0 ? token : null;
      if (fetching == null && (usable == null || now - refreshAt >= 0)) {
        begun = Sinks.one();
        fetching = begun;
      }
      answer = usable == null ? requireNonNull(fetching).asMono() : Mono.just(usable);
    }
    if (begun != null) {
      fetch(begun);
    }
    return answer;
  }

  private void fetch(Sinks.One<Credential> waiters) {
    // Its life is counted from before the request, so never for longer than the vendor counts it.
    long asked = time.nanos();
    requireNonNull(transport)
        .send(exchange, body -> decode(body, asked))
        .subscribe(got -> arrived(got, asked, waiters), error -> failed(error, waiters));
  }

  private void arrived(Token got, long asked, Sinks.One<Credential> waiters) {
    synchronized (this) {
      token = got;
      refreshAt = asked + got.refreshAfter.toNanos();
      fetching = null;
      tokens.addFirst(got.value);
      if (tokens.size() > TOKENS_HIDDEN) {
        tokens.removeLast();
      }
    }
    waiters.tryEmitValue(got).orThrow();
  }

  private void failed(Throwable error, Sinks.One<Credential> waiters) {
    synchronized (this) {
      refreshAt = time.nanos() + RETRY_PAUSE.toNanos();
      fetching = null;
    }
    waiters.tryEmitError(forWhoWaits(error)).orThrow();
  }

  private synchronized void drop(Token refused) {
    if (token == refused) {
      token = null;
    }
  }

  private Token decode(byte[] body, long asked) {
    Document answer;
    try {
      answer = ANSWER.decode(body);
    } catch (IllegalArgumentException e) {
      // Without the cause, which may quote what should have been a token.
      throw new IllegalArgumentException("The answer is not a JSON object.");
    }
    String value = answer.get(ACCESS_TOKEN);
    if (value == null || value.isEmpty() || !OptionChecks.isPrintable(value)) {
      throw new IllegalArgumentException("The member access_token is missing or no token.");
    }
    return new Token(value, lifetime(answer.get(EXPIRES_IN)), asked);
  }

  private static Duration lifetime(@Nullable Long seconds) {
    return seconds == null || seconds <= 0
        ? ASSUMED_LIFETIME
        : Duration.ofSeconds(Math.min(seconds, LONGEST_LIFETIME.toSeconds()));
  }

  /** The waiting call itself was not sent, which its caller must be able to tell. */
  private static Throwable forWhoWaits(Throwable error) {
    if (error instanceof ApiException refused) {
      return switch (refused.status()) {
        case 400, 401, 403 -> ApiException.refusedCredentials(refused.call());
        default -> refused;
      };
    } else if (error instanceof TransportException broken) {
      return new TransportException(
          "The call was not sent, as no access token could be had for it. " + what(broken),
          false,
          broken.advice(),
          broken);
    } else if (error instanceof DeadlineException late) {
      return new DeadlineException(
          late.clock(),
          late.limit(),
          "an access token, without which the call was not sent",
          late.advice(),
          false,
          late);
    }
    return error;
  }

  /** The message without the advice at its end. */
  private static String what(BlinkreactorException error) {
    String message = String.valueOf(error.getMessage());
    return message.substring(0, message.length() - error.advice().length()).strip();
  }

  /** One token; equal to none but itself, so that a refused one is not taken for its successor. */
  private final class Token implements Credential {

    private final String value;
    private final long usableUntil;
    private final Duration refreshAfter;

    Token(String value, Duration lifetime, long asked) {
      this.value = value;
      Duration half = lifetime.dividedBy(2);
      Duration usable = lifetime.minus(half.compareTo(MARGIN) < 0 ? half : MARGIN);
      Duration fourFifths = lifetime.multipliedBy(4).dividedBy(5);
      this.usableUntil = asked + usable.toNanos();
      this.refreshAfter = fourFifths.compareTo(usable) < 0 ? fourFifths : usable;
    }

    @Override
    public void apply(HttpHeaders headers) {
      headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + value);
    }

    @Override
    public boolean refused() {
      drop(this);
      return true;
    }
  }
}
