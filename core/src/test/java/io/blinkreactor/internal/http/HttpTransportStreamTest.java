package io.blinkreactor.internal.http;

import static java.time.Duration.ZERO;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.ApiException;
import io.blinkreactor.AuthenticationException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.FailedCall;
import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.internal.http.Authentication.Credential;
import io.blinkreactor.internal.http.ErrorReader.ErrorText;
import io.blinkreactor.testkit.InvariantsExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;
import reactor.util.context.Context;

/** Elements of a body that is still on its way, from a server that plays a script. */
class HttpTransportStreamTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** By which Reactor Netty's client hands connections on. */
  private static final Set<String> HANDOVERS = Set.of("source(MonoCreate)", "retryWhen");

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final Queue<BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>>> script =
      new ConcurrentLinkedQueue<>();
  private final List<HttpHeaders> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger opened = new AtomicInteger();
  private final DisposableServer server =
      HttpServer.create()
          .host("127.0.0.1")
          .port(0)
          .doOnChannelInit(
              (observer, channel, remote) -> {
                connections.incrementAndGet();
                opened.incrementAndGet();
                var unused =
                    channel.closeFuture().addListener(closed -> connections.decrementAndGet());
              })
          .handle(
              (request, response) -> {
                requests.add(request.requestHeaders().copy());
                var next = script.poll();
                return next == null
                    ? whole("z\n").apply(request, response)
                    : next.apply(request, response);
              })
          .bindNow();
  private Authentication authentication = Authentication.of(headers -> {});
  private @Nullable HttpTransport transport;

  @AfterEach
  void close() {
    if (transport != null) {
      transport.closeLater().block(PATIENCE);
    }
    server.disposeNow();
  }

  @Test
  void elementsArriveBeforeTheBodyEnds() {
    Sinks.Many<String> body = Sinks.many().unicast().onBackpressureBuffer();
    script.add(streamed(body.asFlux()));
    StepVerifier.create(lines(quick().build()))
        .then(() -> body.tryEmitNext("a\nb").orThrow())
        .expectNext("a")
        .then(() -> body.tryEmitNext("\nc\n").orThrow())
        .expectNext("b", "c")
        .then(() -> body.tryEmitComplete().orThrow())
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  void beforeTheFirstElementACallIsRetriedAndEachTryHasItsOwnReader() {
    script.addAll(
        List.of(
            status(503),
            status(429),
            reset(),
            cut("half a line"),
            streamed(Flux.concat(Mono.just("still no line"), Mono.error(new IOException()))),
            whole("a\nb\n")));
    StepVerifier.create(lines(quick().build()))
        .expectNext("a", "b")
        .expectComplete()
        .verify(PATIENCE);
    assertThat(requests).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cut", "reset"})
  void afterTheFirstElementAFaultComesAfterTheElementsAndIsNotRetried(String kind) {
    Sinks.Empty<Void> read = Sinks.empty();
    script.add(
        (request, response) ->
            send(
                response,
                Flux.concat(
                    Mono.just("a\nb\nhalf"),
                    read.asMono()
                        .then(Mono.<String>fromRunnable(() -> drop(request, kind.equals("reset"))))
                        .concatWith(Mono.never()))));
    StepVerifier.create(lines(quick().build()), 1)
        .expectNext("a")
        .then(() -> read.tryEmitEmpty().orThrow())
        .then(() -> Awaitility.await().until(() -> connections.get() == 0))
        .thenRequest(1)
        .expectNext("b")
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOfSatisfying(
                        TransportException.class, e -> assertThat(e.requestSent()).isTrue()))
        .verify(PATIENCE);
    assertThat(requests).hasSize(1);
  }

  @Test
  void aFaultAfterTheFirstElementMayBeAskedAboutAndCostsBudget() {
    HttpTransport asked = transport(quick().build(), invariants.scheduler());
    StepVerifier.create(
            asked.pauseAfter(
                "lines", new TransportException("cut", true, "?", new IOException()), 1, ZERO))
        .expectComplete()
        .verify(PATIENCE);
    TransportException unreadable =
        new TransportException("odd", true, "?", new IllegalArgumentException());
    StepVerifier.create(asked.pauseAfter("lines", unreadable, 1, ZERO))
        .expectErrorSatisfies(e -> assertThat(e).isSameAs(unreadable))
        .verify(PATIENCE);
    ApiException refused = ApiException.of(call(404), null);
    StepVerifier.create(asked.pauseAfter("lines", refused, 1, ZERO))
        .expectErrorSatisfies(e -> assertThat(e).isSameAs(refused))
        .verify(PATIENCE);
    asked.close();
    TransportException cut = new TransportException("cut", true, "?", new IOException());
    StepVerifier.create(asked.pauseAfter("lines", cut, 1, ZERO))
        .expectErrorSatisfies(e -> assertThat(e).isSameAs(cut))
        .verify(PATIENCE);
  }

  @Test
  void answersThatBreakOffWithoutProgressEndWithTheCallsClock() {
    Duration limit = Duration.ofSeconds(60);
    HttpTransport asked = transport(quick().callTimeout(limit).build(), invariants.scheduler());
    TransportException cut = new TransportException("cut", true, "?", new IOException());
    StepVerifier.create(asked.pauseAfter("lines", cut, 1_000, limit.minusSeconds(30)))
        .expectComplete()
        .verify(PATIENCE);
    StepVerifier.create(asked.pauseAfter("lines", cut, 12, limit.plusMillis(1)))
        .expectErrorSatisfies(
            e -> {
              assertThat(e)
                  .isInstanceOf(DeadlineException.class)
                  .hasCause(cut)
                  .hasMessageContaining("'lines', whose answers broke off 12 times");
              assertThat(((DeadlineException) e).clock()).isEqualTo(DeadlineException.Clock.CALL);
            })
        .verify(PATIENCE);
  }

  private static FailedCall call(int status) {
    return new FailedCall("GET", "/lines", status, null, null, null, null, 1);
  }

  @Test
  void theCallsClockEndsAtTheFirstElementAndTheStallClockRunsOnDemandAlone() {
    VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
    Sinks.Many<String> body = Sinks.many().unicast().onBackpressureBuffer();
    script.add(streamed(body.asFlux()));
    HttpOptions options =
        quick().callTimeout(Duration.ofMinutes(2)).stallTimeout(Duration.ofSeconds(30)).build();
    StepVerifier.create(lines(options, virtual), 1)
        .then(() -> body.tryEmitNext("a\nb\n").orThrow())
        .expectNext("a")
        .then(() -> virtual.advanceTimeBy(Duration.ofHours(3)))
        .thenRequest(1)
        .expectNext("b")
        .then(() -> virtual.advanceTimeBy(Duration.ofHours(3)))
        .thenRequest(1)
        .then(() -> virtual.advanceTimeBy(Duration.ofSeconds(29)))
        .then(() -> body.tryEmitNext("c\n").orThrow())
        .expectNext("c")
        .thenRequest(1)
        .then(
            () ->
                // The demand may reach the clock late.
                Awaitility.await()
                    .until(
                        () -> {
                          virtual.advanceTimeBy(Duration.ofSeconds(30));
                          return connections.get() == 0;
                        }))
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOfSatisfying(
                        DeadlineException.class,
                        e -> {
                          assertThat(e.clock()).isEqualTo(DeadlineException.Clock.STALL);
                          assertThat(e.requestSent()).isTrue();
                        }))
        .verify(PATIENCE);
    assertThat(requests).hasSize(1);
    Awaitility.await().until(() -> connections.get() == 0);
  }

  /**
   * A server that says something now and then, but nothing whole, does not hold a call for ever.
   */
  @Test
  void theCallsClockRunsUntilTheFirstElement() {
    VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
    Sinks.Many<String> body = Sinks.many().unicast().onBackpressureBuffer();
    script.add(streamed(body.asFlux()));
    HttpOptions options =
        quick()
            .callTimeout(Duration.ofMinutes(2))
            .attemptTimeout(Duration.ofMinutes(5))
            .stallTimeout(Duration.ofMinutes(5))
            .build();
    StepVerifier.create(lines(options, virtual))
        .then(() -> body.tryEmitNext("half").orThrow())
        .then(() -> virtual.advanceTimeBy(Duration.ofSeconds(119)))
        .then(() -> body.tryEmitNext(" a line").orThrow())
        .then(() -> virtual.advanceTimeBy(Duration.ofSeconds(1)))
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOfSatisfying(
                        DeadlineException.class,
                        e -> assertThat(e.clock()).isEqualTo(DeadlineException.Clock.CALL)))
        .verify(PATIENCE);
    Awaitility.await().until(() -> connections.get() == 0);
  }

  @Test
  void aStallBeforeTheFirstElementIsRetried() {
    script.add(streamed(Flux.concat(Mono.just("half"), Mono.never())));
    StepVerifier.create(lines(quick().stallTimeout(Duration.ofMillis(500)).build()))
        .expectNext("z")
        .expectComplete()
        .verify(PATIENCE);
    assertThat(requests).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\nb\n", "half"})
  void cancellingInTheMiddleClosesTheConnection(String sent) {
    script.add(streamed(Flux.concat(Mono.just(sent), Mono.never())));
    int whole = sent.endsWith("\n") ? 2 : 0;
    StepVerifier.create(lines(quick().build()))
        .expectNextCount(whole)
        .then(() -> Awaitility.await().until(() -> connections.get() == 1 && requests.size() == 1))
        .thenCancel()
        .verify(PATIENCE);
    Awaitility.await().until(() -> connections.get() == 0);
    assertThat(requests).hasSize(1);
  }

  /** Where it may be lost. */
  @Test
  void cancellingWhileAConnectionIsHandedOnClosesIt() {
    AtomicInteger left = new AtomicInteger();
    AtomicReference<BaseSubscriber<String>> reading = new AtomicReference<>();
    Hooks.onEachOperator(
        "handover",
        Operators.<Object>lift(
            // Not the server's, which are in this process, too.
            operator -> HANDOVERS.contains(operator.stepName()),
            (operator, actual) ->
                new Handover(
                    actual,
                    () -> {
                      if (left.decrementAndGet() == 0) {
                        requireNonNull(reading.get()).cancel();
                      }
                    })));
    try {
      int steps = 0;
      do {
        steps++;
        left.set(steps);
        connections.set(0);
        Sinks.Empty<Void> ended = Sinks.empty();
        reading.set(
            new BaseSubscriber<>() {
              @Override
              protected void hookFinally(SignalType type) {
                ended.tryEmitEmpty();
              }
            });
        script.add(whole("a\nb\n" + "a line that is not taken\n".repeat(1000)));
        lines(quick().build()).subscribe(requireNonNull(reading.get()));
        ended.asMono().block(PATIENCE);
        HttpTransport used = requireNonNull(transport);
        Awaitility.await("step " + steps)
            .until(() -> connections.get() <= (left.get() > 0 ? 1 : 0));
        used.closeLater().block(PATIENCE);
        script.clear();
      } while (left.get() <= 0);
      assertThat(steps).as("steps, and a reading that was not cancelled").isGreaterThan(3);
    } finally {
      Hooks.resetOnEachOperator("handover");
    }
  }

  /** Acts before a connection goes on to the next operator. */
  private static final class Handover implements CoreSubscriber<Object>, Subscription {
    private final CoreSubscriber<? super Object> actual;
    private final Runnable action;
    private @Nullable Subscription upstream;

    Handover(CoreSubscriber<? super Object> actual, Runnable action) {
      this.actual = actual;
      this.action = action;
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription s) {
      upstream = s;
      actual.onSubscribe(this);
    }

    @Override
    public void onNext(Object value) {
      if (value instanceof Connection) {
        action.run();
      }
      actual.onNext(value);
    }

    @Override
    public void onError(Throwable error) {
      actual.onError(error);
    }

    @Override
    public void onComplete() {
      actual.onComplete();
    }

    @Override
    public void request(long n) {
      requireNonNull(upstream).request(n);
    }

    @Override
    public void cancel() {
      requireNonNull(upstream).cancel();
    }
  }

  @Test
  void aBodyThatIsReadToItsEndLeavesTheConnectionForTheNextCall() {
    HttpTransport kept = transport(quick().build(), invariants.scheduler());
    for (int i = 0; i < 10; i++) {
      script.add(whole("a\nb\n"));
      // As many as there are: the end is seen without further demand.
      StepVerifier.create(kept.stream(get(), Lines::new), 2)
          .expectNext("a", "b")
          .expectComplete()
          .verify(PATIENCE);
    }
    // The end is signalled just before the connection is free, so a call may be too soon for it.
    assertThat(opened).hasValueLessThan(5);
  }

  @Test
  void anUnreadableBodyIsAnErrorAfterTheElementsAndNotRetried() {
    script.add(whole("a\nb\nand no end"));
    StepVerifier.create(lines(quick().build()))
        .expectNext("a", "b")
        .expectErrorSatisfies(
            error -> assertThat(error).hasMessageContaining("the body is not what was agreed"))
        .verify(PATIENCE);
    assertThat(requests).hasSize(1);
  }

  @Test
  void anEmptyBodyHasNoElements() {
    script.add((request, response) -> response.status(204).send());
    StepVerifier.create(lines(quick().build())).expectComplete().verify(PATIENCE);
  }

  /** A credential that counts its refusals, and can be replaced as often as it is told to. */
  private static final class Renewable implements Authentication {
    private final AtomicInteger generation = new AtomicInteger();
    private final int generations;

    Renewable(int generations) {
      this.generations = generations;
    }

    @Override
    public Mono<Credential> current() {
      int mine = generation.get();
      return Mono.just(
          new Credential() {
            @Override
            public void apply(HttpHeaders headers) {
              headers.set("X-Key", "key-" + mine);
            }

            @Override
            public boolean refused() {
              return mine < generations - 1 && generation.compareAndSet(mine, mine + 1);
            }
          });
    }
  }

  @Test
  void aRefusedCredentialIsRenewedOnceWithoutAPause() {
    authentication = new Renewable(5);
    script.addAll(List.of(status(401), whole("a\n")));
    StepVerifier.create(lines(slow())).expectNext("a").expectComplete().verify(PATIENCE);
    assertThat(requests).extracting(h -> h.get("X-Key")).containsExactly("key-0", "key-1");
  }

  @Test
  void aCredentialRefusedTwiceIsAnError() {
    authentication = new Renewable(5);
    script.addAll(List.of(status(401), status(401)));
    StepVerifier.create(lines(slow()))
        .expectErrorSatisfies(
            error ->
                assertThat(error)
                    .isInstanceOfSatisfying(
                        AuthenticationException.class,
                        e -> assertThat(e.call().attempts()).isEqualTo(2)))
        .verify(PATIENCE);
    assertThat(requests).extracting(h -> h.get("X-Key")).containsExactly("key-0", "key-1");
  }

  @Test
  void aCredentialThatCantBeRenewedIsAnErrorAtOnce() {
    authentication = new Renewable(1);
    script.add(status(401));
    StepVerifier.create(lines(slow())).expectError(AuthenticationException.class).verify(PATIENCE);
    assertThat(requests).hasSize(1);
  }

  @Test
  void aRenewedCredentialDoesNotSpendTheRetriesOfOtherFaults() {
    authentication = new Renewable(5);
    script.addAll(List.of(status(503), status(401), reset(), whole("a\n")));
    StepVerifier.create(lines(quick().build())).expectNext("a").expectComplete().verify(PATIENCE);
    assertThat(requests)
        .extracting(h -> h.get("X-Key"))
        .containsExactly("key-0", "key-0", "key-1", "key-1");
  }

  /** Pauses so long that only a retry without one ends in time. */
  private static HttpOptions slow() {
    return HttpOptions.builder().backoff(Duration.ofHours(1), Duration.ofHours(1)).build();
  }

  @Test
  void compressedElementsArriveAsTheyComeAndACutIsNoticed() throws IOException {
    String text = "a\n" + "x".repeat(100_000) + "\nb\n";
    byte[] packed = gzipped(text);
    Sinks.Empty<Void> read = Sinks.empty();
    script.add(
        (request, response) -> {
          assertThat(request.requestHeaders().get("Accept-Encoding")).contains("gzip");
          return response.header("Content-Encoding", "gzip").sendByteArray(Flux.just(packed));
        });
    script.add(
        (request, response) ->
            response
                .header("Content-Encoding", "gzip")
                .send(
                    Flux.concat(
                            Mono.just(Arrays.copyOf(packed, packed.length - 20)),
                            read.asMono()
                                .then(Mono.<byte[]>fromRunnable(() -> drop(request, false)))
                                .concatWith(Mono.never()))
                        .map(Unpooled::wrappedBuffer),
                    buffer -> true));
    HttpTransport both = transport(quick().build(), invariants.scheduler());
    StepVerifier.create(both.stream(get(), Lines::new).map(String::length))
        .expectNext(1, 100_000, 1)
        .expectComplete()
        .verify(PATIENCE);
    StepVerifier.create(both.stream(get(), Lines::new).map(String::length), 1)
        .expectNext(1)
        .then(() -> read.tryEmitEmpty().orThrow())
        .thenRequest(10)
        .thenConsumeWhile(length -> true)
        .expectError(TransportException.class)
        .verify(PATIENCE);
    assertThat(requests).hasSize(2);
  }

  @Test
  void elementsNeverExceedTheDemand() {
    script.add(whole("a\n".repeat(1_000)));
    AtomicLong wanted = new AtomicLong();
    List<String> got = new CopyOnWriteArrayList<>();
    AtomicBoolean ended = new AtomicBoolean();
    BaseSubscriber<String> reader =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription s) {}

          @Override
          protected void hookOnNext(String value) {
            got.add(value);
            assertThat((long) got.size()).isLessThanOrEqualTo(wanted.get());
          }

          @Override
          protected void hookOnComplete() {
            ended.set(true);
          }
        };
    lines(quick().build()).subscribe(reader);
    for (int step : new int[] {1, 7, 300, 692}) {
      wanted.addAndGet(step);
      reader.request(step);
      Awaitility.await().until(() -> got.size() == wanted.get());
      Awaitility.await().during(Duration.ofMillis(20)).until(() -> got.size() == wanted.get());
    }
    Awaitility.await().untilTrue(ended);
  }

  /** A server that writes as fast as its socket takes it, with the socket's buffers small. */
  private static final class Flood implements AutoCloseable {
    static final int LINES = 1_000;
    static final int LINE = 64 * 1024;
    private final ServerSocket listener;
    private final AtomicLong written = new AtomicLong();
    private final Thread thread;

    Flood() throws IOException {
      listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      thread = new Thread(this::serve, "flood");
      thread.setDaemon(true);
      thread.start();
    }

    private void serve() {
      try (Socket socket = listener.accept()) {
        socket.setSendBufferSize(64 * 1024);
        byte[] head = new byte[4096];
        if (socket.getInputStream().read(head) < 0) {
          return;
        }
        OutputStream out = socket.getOutputStream();
        out.write(
            ("HTTP/1.1 200 OK\r\nContent-Length: " + (long) LINES * LINE + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        byte[] line = "x".repeat(LINE - 1).concat("\n").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < LINES; i++) {
          for (int from = 0; from < LINE; from += 8192) {
            out.write(line, from, 8192);
            written.addAndGet(8192);
          }
        }
        out.flush();
        socket.shutdownOutput();
        if (socket.getInputStream().read() >= 0) {
          throw new IllegalStateException("One request was expected.");
        }
      } catch (IOException clientHasGone) {
        // Tests that stop early see that in what was written.
      }
    }

    @Override
    public void close() throws IOException, InterruptedException {
      listener.close();
      thread.join(PATIENCE.toMillis());
    }
  }

  @Test
  void aSubscriberThatPausesStopsTheServersWriting() throws Exception {
    try (Flood flood = new Flood()) {
      HttpTransport small =
          transport(
              quick()
                  .stallTimeout(Duration.ofSeconds(5))
                  .customize(client -> client.option(ChannelOption.SO_RCVBUF, 64 * 1024))
                  .build(),
              invariants.scheduler(),
              flood.listener.getLocalPort());
      StepVerifier.create(small.stream(get(), Lines::new), 1)
          .expectNextCount(1)
          .then(() -> standsStill(flood))
          .then(() -> assertThat(flood.written.get()).isLessThan(3L << 20))
          .thenRequest(20)
          .expectNextCount(20)
          .then(() -> standsStill(flood))
          .then(
              () ->
                  assertThat(flood.written.get())
                      .isBetween(21L * Flood.LINE, (3L << 20) + 21L * Flood.LINE))
          .thenRequest(Long.MAX_VALUE)
          .expectNextCount(Flood.LINES - 21)
          .expectComplete()
          .verify(Duration.ofSeconds(30));
      assertThat(flood.written).hasValue((long) Flood.LINES * Flood.LINE);
      small.closeLater().block(PATIENCE);
    }
  }

  private static void standsStill(Flood flood) {
    long[] last = {-1};
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              long before = last[0];
              last[0] = flood.written.get();
              return before == last[0];
            });
  }

  @Test
  void closingTheClientEndsWhatIsOnItsWay() {
    for (String sent : List.of("", "half", "a\n")) {
      script.add(streamed(Flux.concat(Mono.just(sent), Mono.never())));
      HttpTransport closing = transport(quick().build(), invariants.scheduler());
      int before = requests.size();
      StepVerifier.create(closing.stream(get(), Lines::new))
          .expectNextCount(sent.equals("a\n") ? 1 : 0)
          .then(() -> Awaitility.await().until(() -> requests.size() == before + 1))
          .then(closing::close)
          .expectErrorMessage("The client is closed.")
          .verify(PATIENCE);
      assertThat(requests).as("no further try").hasSize(before + 1);
      Awaitility.await().until(() -> connections.get() == 0);
    }
  }

  @Test
  void closingTheClientEndsAPauseBetweenTwoTries() {
    script.add(status(503));
    HttpTransport closing =
        transport(
            HttpOptions.builder()
                .backoff(Duration.ofHours(1), Duration.ofHours(1))
                .callTimeout(Duration.ofHours(2))
                .maxRetryAfter(Duration.ofHours(1))
                .build(),
            invariants.scheduler());
    StepVerifier.create(closing.stream(get(), Lines::new))
        .then(() -> Awaitility.await().until(() -> requests.size() == 1))
        .then(closing::close)
        .expectErrorMessage("The client is closed.")
        .verify(PATIENCE);
    assertThat(requests).hasSize(1);
  }

  private static HttpOptions.Builder quick() {
    return HttpOptions.builder().backoff(Duration.ofMillis(1), Duration.ofMillis(20));
  }

  private static ApiCall get() {
    return ApiCall.get("lines.list", "/lines").build();
  }

  private static byte[] gzipped(String text) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("Memory can't fail to be written.", e);
    }
    return packed.toByteArray();
  }

  private static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> status(
      int status) {
    return (request, response) -> response.status(status).sendString(Mono.just("no"));
  }

  private static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> whole(
      String body) {
    return (request, response) -> response.sendString(Mono.just(body));
  }

  private static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> streamed(
      Flux<String> body) {
    return (request, response) -> send(response, body);
  }

  private static Publisher<Void> send(HttpServerResponse response, Flux<String> body) {
    return response.send(
        body.map(text -> Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)), buffer -> true);
  }

  /** Promises more than it sends. */
  private static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> cut(
      String sent) {
    return (request, response) ->
        send(
            response.header("Content-Length", "1000"),
            Flux.concat(
                Mono.just(sent),
                Mono.<String>fromRunnable(() -> drop(request, false)).concatWith(Mono.never())));
  }

  private static BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> reset() {
    return (request, response) -> {
      drop(request, true);
      return Mono.never();
    };
  }

  private static void drop(HttpServerRequest request, boolean hard) {
    request.withConnection(
        connection -> {
          if (hard) {
            connection.channel().config().setOption(ChannelOption.SO_LINGER, 0);
          }
          var unused = connection.channel().close();
        });
  }

  private Flux<String> lines(HttpOptions options) {
    return lines(options, invariants.scheduler());
  }

  private Flux<String> lines(HttpOptions options, Scheduler scheduler) {
    return transport(options, scheduler).stream(get(), Lines::new);
  }

  private HttpTransport transport(HttpOptions options, Scheduler scheduler) {
    return transport(options, scheduler, server.port());
  }

  private HttpTransport transport(HttpOptions options, Scheduler scheduler, int port) {
    transport =
        new HttpTransport(
            "the vendor",
            URI.create("http://127.0.0.1:" + port),
            options,
            TimeSource.of(Clock.systemUTC(), scheduler),
            authentication,
            new Redactor(() -> List.of("key")),
            body -> new ErrorText(null, new String(body, StandardCharsets.UTF_8), null),
            new ApiMetrics(null, null),
            () -> 0.5);
    return requireNonNull(transport);
  }
}
