package io.blinkreactor.internal.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blinkreactor.ApiException;
import io.blinkreactor.AuthenticationException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.RateLimitedException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.internal.http.ApiCall.Resend;
import io.blinkreactor.internal.http.ErrorReader.ErrorText;
import io.blinkreactor.testkit.InvariantsExtension;
import io.netty.channel.ChannelOption;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** The transport against a server that plays a script: one answer for each request. */
class HttpTransportTest {

  private static final String KEY = "test-key-hush-hush";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final Queue<BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>>> script =
      new ArrayDeque<>();
  private final List<Long> arrivals = new CopyOnWriteArrayList<>();

  /** How often the transport asked for a random number. */
  private final AtomicInteger draws = new AtomicInteger();

  private final DisposableServer server =
      HttpServer.create()
          .host("127.0.0.1")
          .port(0)
          .handle(
              (request, response) -> {
                arrivals.add(System.nanoTime());
                var next = script.poll();
                return next == null
                    ? answer(200, "{}").apply(request, response)
                    : next.apply(request, response);
              })
          .bindNow();
  private Authentication authentication =
      Authentication.of(headers -> headers.set("BLINK-API-KEY", KEY));
  private @Nullable HttpTransport transport;

  @AfterEach
  void close() {
    if (transport != null) {
      transport.closeLater().block(PATIENCE);
    }
    server.disposeNow();
  }

  @Test
  void aSuccessIsReadWhole() {
    script.add(
        (req, res) -> res.header("X-Request-Id", "r-1").sendString(Flux.just("{\"a\":", "1}")));
    assertThat(send(options().build(), get())).isEqualTo("{\"a\":1}");
  }

  @Test
  void overloadAndFaultsAreRetriedUntilTheAnswerComes() {
    script.addAll(
        List.of(answer(503, ""), answer(502, ""), answer(504, ""), reset(), answer(200, "{}")));
    assertThat(send(options().build(), get())).isEqualTo("{}");
    assertThat(arrivals).hasSize(5);
    assertThat(draws).as("each pause has jitter").hasValue(4);
  }

  @Test
  void aRefusalIsNotRetriedAndTellsEverything() {
    script.add(
        (req, res) ->
            res.status(401)
                .header("X-Request-Id", "r-2")
                .sendString(Mono.just("no " + KEY + " here")));
    AuthenticationException error = fail(AuthenticationException.class, options().build(), get());
    assertThat(arrivals).hasSize(1);
    assertThat(error.status()).isEqualTo(401);
    assertThat(error.requestId()).isEqualTo("r-2");
    assertThat(error.call().vendorMessage()).isEqualTo("no [redacted] here");
    assertThat(error.call().method()).isEqualTo("GET");
    assertThat(error.call().pathTemplate()).isEqualTo("/things/{id}");
    assertThat(error)
        .hasMessageContaining("/things/{id} was answered 401")
        .hasMessageContaining("request id r-2")
        .hasMessageContaining("make a new one");
  }

  @Test
  void aRequestedPauseIsKeptAndHoldsBackEveryCall() {
    script.add((req, res) -> res.status(429).header("Retry-After", "2").send());
    HttpTransport transport = transport(options().build());
    Mono.when(
            transport.send(get()),
            Mono.delay(Duration.ofSeconds(1)).then(Mono.defer(() -> transport.send(get()))))
        .block(PATIENCE);
    assertThat(arrivals).hasSize(3);
    assertThat(arrivals.get(1) - arrivals.get(0)).isGreaterThan(1_990_000_000L);
    assertThat(arrivals.get(2) - arrivals.get(0)).isGreaterThan(1_990_000_000L);
  }

  @Test
  void aPauseRequestedOfAStartHoldsBackEveryCallToo() {
    script.add((req, res) -> res.status(429).header("Retry-After", "1").send());
    HttpTransport transport = transport(options().build());
    transport.send(start()).onErrorComplete(ApiException.class).block(PATIENCE);
    transport.send(get()).block(PATIENCE);
    assertThat(arrivals).hasSize(2);
    assertThat(arrivals.get(1) - arrivals.get(0)).isGreaterThan(990_000_000L);
  }

  @Test
  void aPauseThatIsTooLongFailsAtOnceAndSaysHowLong() {
    script.add((req, res) -> res.status(429).header("Retry-After", "3600").send());
    RateLimitedException error = fail(RateLimitedException.class, options().build(), get());
    assertThat(error.retryAfter()).isEqualTo(Duration.ofHours(1));
    assertThat(error).hasMessageContaining("3600 s");
    assertThat(arrivals).hasSize(1);
  }

  @Test
  void aPauseBeyondTheCallsTimeFailsAtOnce() {
    script.add((req, res) -> res.status(503).header("Retry-After", "60").send());
    fail(ApiException.class, options().callTimeout(Duration.ofSeconds(5)).build(), get());
    assertThat(arrivals).hasSize(1);
  }

  @Test
  void aStartIsSentOnceOnly() {
    for (var answer : List.of(answer(503, ""), answer(429, ""), reset())) {
      arrivals.clear();
      script.add(answer);
      Throwable error =
          catchThrowableOfType(RuntimeException.class, () -> send(options().build(), start()));
      assertThat(arrivals).hasSize(1);
      if (error instanceof TransportException transport) {
        assertThat(transport.requestSent()).isTrue();
      } else {
        assertThat(error).isInstanceOf(ApiException.class);
      }
      closeTransport();
    }
  }

  @Test
  void aStartThatNeverLeftIsTriedAgain() {
    server.disposeNow();
    HttpOptions options =
        options()
            .callTimeout(Duration.ofMillis(1500))
            .backoff(Duration.ofMillis(10), Duration.ofMillis(20))
            .build();
    RuntimeException error = fail(RuntimeException.class, options, start());
    Throwable first = error;
    int attempts = 1;
    while (next(first) != null) {
      first = next(first);
      attempts++;
    }
    assertThat(attempts).isGreaterThan(3);
    assertThat(first)
        .isInstanceOfSatisfying(
            TransportException.class, e -> assertThat(e.requestSent()).isFalse());
  }

  private static @Nullable Throwable next(@Nullable Throwable error) {
    if (error instanceof DeadlineException deadline && deadline.getCause() != null) {
      return deadline.getCause();
    }
    return error != null
            && error.getSuppressed().length > 0
            && error.getSuppressed()[0] instanceof TransportException t
        ? t
        : null;
  }

  @Test
  void eachClockIsNamed() {
    script.add((req, res) -> res.sendHeaders().then(Mono.never()));
    assertThat(
            fail(
                    DeadlineException.class,
                    options().stallTimeout(Duration.ofMillis(100)).build(),
                    start())
                .clock())
        .isEqualTo(DeadlineException.Clock.STALL);
    closeTransport();
    script.add((req, res) -> Mono.never());
    assertThat(
            fail(
                    DeadlineException.class,
                    options().attemptTimeout(Duration.ofMillis(100)).build(),
                    start())
                .clock())
        .isEqualTo(DeadlineException.Clock.ATTEMPT);
    closeTransport();
    script.add((req, res) -> Mono.never());
    DeadlineException call =
        fail(
            DeadlineException.class,
            options()
                .attemptTimeout(Duration.ofSeconds(5))
                .callTimeout(Duration.ofMillis(100))
                .build(),
            get());
    assertThat(call.clock()).isEqualTo(DeadlineException.Clock.CALL);
    assertThat(call)
        .hasMessageContaining("callTimeout of 100 ms")
        .hasMessageContaining("attempt 1");
  }

  @Test
  void aLateHeaderIsTriedAgain() {
    script.add((req, res) -> Mono.never());
    assertThat(send(options().attemptTimeout(Duration.ofSeconds(1)).build(), get()))
        .isEqualTo("{}");
    assertThat(arrivals).hasSize(2);
  }

  @Test
  void aBodyBeyondTheLimitIsAnErrorThatIsNotRetried() {
    script.add(answer(200, "x".repeat(2000)));
    TransportException error =
        fail(TransportException.class, options().maxResponseBytes(1000).build(), get());
    assertThat(error)
        .hasMessageContaining("larger than 1000 bytes")
        .hasMessageContaining("maxResponseBytes");
    assertThat(arrivals).hasSize(1);
  }

  @Test
  void anEmptyBudgetSlowsButDoesNotFail() {
    script.addAll(List.of(answer(503, ""), answer(503, ""), answer(503, "")));
    HttpOptions options =
        options().retryBudget(1).backoff(Duration.ofMillis(1), Duration.ofMillis(800)).build();
    assertThat(send(options, get())).isNotEmpty();
    assertThat(arrivals.get(1) - arrivals.get(0)).isLessThan(390_000_000L);
    assertThat(arrivals.get(2) - arrivals.get(1)).isGreaterThan(390_000_000L);
    assertThat(arrivals.get(3) - arrivals.get(2)).isGreaterThan(390_000_000L);
  }

  @Test
  void cancellingReachesTheConnection() {
    Mono<Void> closed =
        Mono.create(
            sink ->
                script.add(
                    (req, res) -> {
                      req.withConnection(c -> c.onDispose(sink::success));
                      return Mono.never();
                    }));
    var waiting = closed.toFuture();
    var call = transport(options().build()).send(get()).subscribe();
    Awaitility.await().until(() -> !arrivals.isEmpty());
    call.dispose();
    assertThat(waiting).succeedsWithin(PATIENCE);
  }

  @Test
  void aCallCancelledAtTheGateLeavesNoTimerBehind() {
    script.add((req, res) -> res.status(429).header("Retry-After", "60").send());
    var call = transport(options().build()).send(get()).subscribe();
    Awaitility.await().until(() -> arrivals.size() == 1 && invariants.liveTasks() > 1);
    call.dispose();
    // The extension fails the test if a timer is left.
    Awaitility.await().until(() -> invariants.liveTasks() == 0);
  }

  @Test
  void earlierFailuresStayOnTheLastOne() {
    script.addAll(List.of(answer(503, "one"), answer(401, "two")));
    AuthenticationException error = fail(AuthenticationException.class, options().build(), get());
    assertThat(error.getSuppressed()[0]).hasMessageContaining("503");
    assertThat(error.call().attempts()).isEqualTo(2);
  }

  @Test
  void aReadIsRepeatedIfTheVendorSaysSoWhateverTheStatusButAStartIsNot() {
    script.addAll(List.of(answer(404, "later"), answer(404, "later"), answer(200, "{}")));
    assertThat(send(options().build(), get())).isEqualTo("{}");
    assertThat(arrivals).hasSize(3);
    closeTransport();
    script.add(answer(404, "later"));
    fail(NotFoundException.class, options().build(), start());
    assertThat(arrivals).hasSize(4);
  }

  @Test
  void withoutACredentialNothingIsSentAndNothingRepeated() {
    List<String> asked = new ArrayList<>();
    TransportException none = new TransportException("None.", false, "Later.", new Error("x"));
    authentication = () -> Mono.fromRunnable(() -> asked.add("")).then(Mono.error(none));
    for (ApiCall call : List.of(get(), start())) {
      assertThat(fail(TransportException.class, options().build(), call)).isSameAs(none);
      closeTransport();
    }
    assertThat(asked).hasSize(2);
    assertThat(arrivals).isEmpty();
  }

  private static HttpOptions.Builder options() {
    return HttpOptions.builder().backoff(Duration.ofMillis(1), Duration.ofMillis(20));
  }

  private static ApiCall get() {
    return ApiCall.get("things.get", "/things/{id}", "1").build();
  }

  private static ApiCall start() {
    return ApiCall.post("things.start", Resend.UNSENT_ONLY, "/things/{id}/start", "1")
        .body(JsonValue.parse("{}"))
        .build();
  }

  private static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> answer(
      int status, String body) {
    return (req, res) -> res.status(status).sendString(Mono.just(body));
  }

  private static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> reset() {
    return (req, res) -> {
      req.withConnection(c -> c.channel().config().setOption(ChannelOption.SO_LINGER, 0));
      req.withConnection(c -> c.dispose());
      return Mono.never();
    };
  }

  private HttpTransport transport(HttpOptions options) {
    transport =
        new HttpTransport(
            "the vendor",
            URI.create("http://127.0.0.1:" + server.port()),
            options,
            TimeSource.of(Clock.systemUTC(), invariants.scheduler()),
            authentication,
            Redactor.of(() -> KEY),
            HttpTransportTest::read,
            new ApiMetrics(null, null),
            () -> {
              draws.incrementAndGet();
              return 0.5;
            });
    return transport;
  }

  private static ErrorText read(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    return new ErrorText(null, text, null, text.startsWith("later"));
  }

  private void closeTransport() {
    if (transport != null) {
      transport.closeLater().block(PATIENCE);
    }
  }

  private String send(HttpOptions options, ApiCall call) {
    byte[] body = requireNonNull(transport(options).send(call).block(PATIENCE));
    return new String(body, StandardCharsets.UTF_8);
  }

  private <E extends RuntimeException> E fail(Class<E> type, HttpOptions options, ApiCall call) {
    E error =
        catchThrowableOfType(
            type,
            () -> {
              try {
                transport(options).send(call).block(PATIENCE);
              } catch (RuntimeException e) {
                throw Exceptions.unwrap(e) instanceof RuntimeException r ? r : e;
              }
            });
    assertThat(error).isNotNull();
    return error;
  }
}
