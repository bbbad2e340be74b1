package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.blinkreactor.callback.RawConnection.Answer;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunsHealth;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.testkit.InvariantsExtension;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.ProxyProtocolSupportType;

/**
 * The server's life beside its callbacks: connections, senders, health, drain, and being a guest.
 */
class LifeTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();
  private @Nullable CallbackServer opened;

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  // Connections and time.

  @Test
  void t11SilentConnectionsMakeRoomForTheOneThatComes() throws Exception {
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      CallbackServer server = open(b -> b.limits(limits().maxConnections(5).build()));
      try (RawConnection busy = connect(server)) {
        assertThat(busy.send(Proven.request(server, "", "x")).read().status()).isEqualTo(202);
        List<RawConnection> silent = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
          silent.add(connect(server));
        }
        assertThat(silent.get(0).readToEnd()).as("the one that waited longest").isEmpty();
        assertThat(post(server, "")).isEqualTo(202);
        assertThat(busy.send(Proven.request(server, "", "x")).read().status())
            .as("who was proven stays")
            .isEqualTo(202);
        for (RawConnection connection : silent) {
          connection.close();
        }
      }
      assertThat(log.all()).as("a stranger fills no log").isEmpty();
    }
    assertThat(sink.calls).hasSize(3);
  }

  /** Or what he sends would be held, without bound, since it is no request's turn. */
  @Test
  void t12WhoSendsAnotherRequestBeforeAnAnswerIsKeptWaiting() throws Exception {
    Sinks.One<CallbackReceipt> answer = Sinks.one();
    sink.answer = answer::asMono;
    CallbackServer server = open(b -> b);
    ByteBuffer sent = ByteBuffer.allocate(64 << 20);
    sent.put(ascii(Proven.request(server, "", "x")));
    sent.put(ascii(Proven.head(server, "Transfer-Encoding: chunked\r\n")));
    byte[] piece = ascii("1000\r\n" + "x".repeat(0x1000) + "\r\n");
    while (sent.remaining() >= piece.length) {
      sent.put(piece);
    }
    sent.flip();
    try (SocketChannel client =
        SocketChannel.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))) {
      client.configureBlocking(false);
      int[] before = {-1};
      Awaitility.await()
          .pollInterval(Duration.ofMillis(300))
          .until(
              () -> {
                int written = sent.position();
                client.write(sent);
                boolean stands = written == before[0] && written == sent.position();
                before[0] = written;
                return stands;
              });
      assertThat(sink.calls).hasSize(1);
      assertThat(sent.position())
          .as("what the buffers of two sockets hold, of %d bytes", sent.limit())
          .isLessThan(sent.limit() / 2);

      answer.tryEmitValue(CallbackReceipt.ACCEPTED).orThrow();
      ByteBuffer answers = ByteBuffer.allocate(10_000);
      Awaitility.await()
          .until(
              () -> {
                client.read(answers);
                return RawCorpus.statuses(text(answers)).equals(List.of(202, 413));
              });
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(ByteBuffer read) {
    return StandardCharsets.US_ASCII.decode(read.duplicate().flip()).toString();
  }

  @Test
  void whenMostAreProvenTheOneThatWasLongestAgoMakesRoom() throws Exception {
    CallbackServer server = open(b -> b.limits(limits().maxConnections(3).build()));
    try (RawConnection one = connect(server);
        RawConnection two = connect(server);
        RawConnection three = connect(server)) {
      for (RawConnection each : List.of(one, two, three, one)) {
        assertThat(each.send(Proven.request(server, "", "x")).read().status()).isEqualTo(202);
      }
      // Each leaves before the next comes, as two event loops take connections in any order.
      try (RawConnection four = connect(server)) {
        assertThat(two.readToEnd()).isEmpty();
        try (RawConnection five = connect(server)) {
          assertThat(three.readToEnd()).isEmpty();
          try (RawConnection six = connect(server)) {
            assertThat(four.readToEnd()).as("few are proven now: a stranger").isEmpty();
            for (RawConnection each : List.of(one, five, six)) {
              assertThat(each.send(Proven.request(server, "", "x")).read().status()).isEqualTo(202);
            }
          }
        }
      }
    }
  }

  @Test
  void t11BodiesThatAreWaitedForKeepNobodyOut() throws Exception {
    CallbackServer server = open(b -> b.limits(limits().maxConnections(4).build()));
    List<RawConnection> slow = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      // Of somebody who has seen a seal.
      RawConnection connection = connect(server);
      connection.send(Proven.head(server, "Expect: 100-continue\r\nContent-Length: 9\r\n"));
      assertThat(connection.read().status()).as("waits for the body").isEqualTo(100);
      slow.add(connection);
    }
    assertThat(post(server, "")).isEqualTo(202);
    for (RawConnection connection : slow) {
      connection.close();
    }
    assertThat(sink.calls).hasSize(1);
  }

  @Test
  void aSinkThatNeverAnswersIsA503InTheEnd() throws Exception {
    CallbackServer server =
        open(b -> b.limits(limits().answerTimeout(Duration.ofMillis(200)).build()));
    CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    sink.answer = () -> Mono.<CallbackReceipt>never().doOnCancel(() -> cancelled.complete(true));
    try (RawConnection client = connect(server)) {
      Answer answer = client.send(Proven.request(server, "", "x")).read();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.closes()).isTrue();
      assertThat(answer.head()).contains("retry-after: 10\r\n");
      assertThat(client.readToEnd()).isEmpty();
    }
    assertThat(cancelled.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(sink.calls).as("who waits here was told").hasSize(1);
  }

  // Senders.

  @Test
  void t15OnlyAllowedSendersGetIn() throws Exception {
    CallbackServer server = open(b -> b.allow("203.0.113.0/24"));
    String bare404 = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for (String spoof :
        List.of(
            "",
            "X-Forwarded-For: 203.0.113.7\r\n",
            "Forwarded: for=203.0.113.7\r\n",
            "X-Real-IP: 203.0.113.7\r\n",
            "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-For: 203.0.113.7\r\n")) {
      try (RawConnection client = connect(server)) {
        client.send(Proven.request(server, spoof, "x"));
        assertThat(client.readToEnd()).as(spoof).isEqualTo(bare404);
      }
    }
    assertThat(sink.calls).isEmpty();
    server.close();
    assertThat(post(open(b -> b.allow("127.0.0.0/8", "::1")), "")).isEqualTo(202);
  }

  @Test
  void t15ANamedProxysWordCounts() throws Exception {
    CallbackServer server = open(b -> b.allow("203.0.113.0/24").trustedProxies("127.0.0.1"));
    assertThat(post(server, "X-Forwarded-For: 203.0.113.7\r\n")).isEqualTo(202);
    assertThat(post(server, "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n")).isEqualTo(202);
    assertThat(post(server, "X-Forwarded-For: 203.0.113.7, 198.51.100.1\r\n")).isEqualTo(404);
    assertThat(post(server, "X-Forwarded-For: 203.0.113.7, x\r\n")).isEqualTo(404);
    assertThat(post(server, "X-Forwarded-For: 203.0.113.7, ::ffff:7f00:1\r\n")).isEqualTo(202);
    assertThat(post(server, "Forwarded: for=203.0.113.7\r\n")).isEqualTo(404);
    assertThat(post(server, "")).isEqualTo(404);
  }

  @Test
  void t15TheProxyProtocolIsTakenFromNamedProxiesAndMustBeThere() throws Exception {
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      CallbackServer server =
          open(
              b ->
                  b.allow("203.0.113.0/24")
                      .trustedProxies("127.0.0.0/8")
                      .proxyProtocol(true)
                      .limits(limits().idleTimeout(Duration.ofSeconds(1)).build()));
      String request = Proven.request(server, "Connection: close\r\n", "x");
      assertThat(balanced(server, "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n" + request))
          .startsWith("HTTP/1.1 202");
      assertThat(balanced(server, version2((byte) 203, (byte) 0, (byte) 113, (byte) 7) + request))
          .startsWith("HTTP/1.1 202");
      assertThat(balanced(server, "PROXY TCP4 198.51.100.1 192.0.2.1 4711 443\r\n" + request))
          .startsWith("HTTP/1.1 404");
      assertThat(balanced(server, "PROXY TCP6 ::ffff:203.0.113.7 ::1 4711 443\r\n" + request))
          .startsWith("HTTP/1.1 202");
      // Who the balancer does not name is nobody, whatever he says of himself.
      String claim = Proven.request(server, "X-Forwarded-For: 203.0.113.7\r\n", "x");
      for (String unnamed : List.of("PROXY UNKNOWN\r\n", local())) {
        assertThat(balanced(server, unnamed + claim)).startsWith("HTTP/1.1 404");
      }
      for (String broken :
          List.of(
              "",
              "PROXY UNKNOWN\r\nPROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n",
              "PROXY TCP4 203.0.113.7\r\n",
              "PROXY TCP4 nobody 192.0.2.1 4711 443\r\n",
              "PROXY " + "x".repeat(200) + "\r\n",
              "\r\n\r\n\u0000\r\nQUIT\n!\u0011\uffff\uffff")) {
        assertThat(balanced(server, broken + request)).as(broken).doesNotContain(" 202 ");
      }
      assertThat(sink.calls).hasSize(3);
      server.close();
      CallbackServer strict = open(b -> b.trustedProxies("192.0.2.0/24").proxyProtocol(true));
      assertThat(
              balanced(
                  strict,
                  "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n"
                      + Proven.request(strict, "", "x")))
          .as("a stranger who writes one")
          .isEmpty();
      assertThat(log.all()).isEmpty();
    }
    assertThat(sink.calls).hasSize(3);
  }

  // Health and metrics.

  @Test
  void healthSaysWhatIsTheMatter(@TempDir Path directory) throws Exception {
    PendingStore store = PendingStore.file(directory);
    CallbackServer server =
        bind(b -> b.managementPort(0).store(store).deregistrationDelay(Duration.ZERO));
    Disposable attached = server.attach("team \"a\"\n", new Busy());
    assertThat(page(server, "GET", "/livez")).startsWith("HTTP/1.1 200").contains("alive");
    assertThat(page(server, "GET", "/readyz?x=y"))
        .startsWith("HTTP/1.1 200")
        .contains("content-type: application/json")
        .endsWith(
            "{\"status\":\"ready\",\"draining\":false,\"store\":\"ok\",\"connections\":0,\"runs\":[{\"scope\":\"team \\u0022a\\u0022\\u000a\",\"pending\":7,\"callbackShare\":0.5,\"paused\":false}]}\n");
    store.close();
    assertThat(page(server, "GET", "/readyz"))
        .startsWith("HTTP/1.1 503")
        .contains("\"status\":\"not ready\"", "\"store\":\"failing\"");
    assertThat(page(server, "GET", "/livez"))
        .as("whatever the store does")
        .startsWith("HTTP/1.1 200");
    attached.dispose();
    assertThat(page(server, "GET", "/readyz")).contains("\"runs\":[]");
    for (String path : List.of("/", "/x", "//", "/livez/", "/[", "*", "/%2e", "http://[::")) {
      assertThat(page(server, "GET", path)).as(path).startsWith("HTTP/1.1 404");
    }
    assertThat(page(server, "HEAD", "/livez")).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
    try (RawConnection client = new RawConnection(server.managementPort())) {
      client.send("POST /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
      assertThat(client.readToEnd()).as("nobody reads that").startsWith("HTTP/1.1 405");
    }
    assertThat(page(server, "GET", "/\u0000")).startsWith("HTTP/1.1 4");
  }

  @Test
  void aManagementPortInUseIsToldAndNothingIsLeft() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> bind(b -> b.port(port).managementPort(taken.getLocalPort())))
          .hasMessageContaining(":" + taken.getLocalPort());
    }
    assertThat(post(open(b -> b.port(port)), ""))
        .as("the port of callbacks is free")
        .isEqualTo(202);
  }

  @Test
  void metricsAreInTheTextOfPrometheus() throws Exception {
    CallbackServer server = open(b -> b.managementPort(0).deregistrationDelay(Duration.ZERO));
    assertThat(post(server, "")).isEqualTo(202);
    assertThat(page(server, "GET", "/metrics"))
        .startsWith("HTTP/1.1 200")
        .contains(
            "text/plain; version=0.0.4", "blinkreactor_callbacks_total{result=\"accepted\"} 1.0")
        .contains("blinkreactor_callback_connections{port=\"");
    server.close();
    PrometheusMeterRegistry own = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    CompositeMeterRegistry all = new CompositeMeterRegistry();
    all.add(new SimpleMeterRegistry()).add(own);
    own.counter("mine").increment();
    List<String> threads = new CopyOnWriteArrayList<>();
    own.gauge(
        "slow",
        threads,
        list -> {
          list.add(Thread.currentThread().getName());
          return 1;
        });
    server = open(b -> b.managementPort(0).meterRegistry(all).deregistrationDelay(Duration.ZERO));
    assertThat(page(server, "GET", "/metrics")).contains("mine_total 1.0");
    assertThat(threads)
        .as("an application's gauge may block, and the threads of callbacks must not be")
        .isNotEmpty()
        .allMatch(name -> name.startsWith("blinkreactor-background"));
    server.close();
    server =
        open(
            b ->
                b.managementPort(0)
                    .meterRegistry(new SimpleMeterRegistry())
                    .deregistrationDelay(Duration.ZERO));
    assertThat(page(server, "GET", "/metrics"))
        .startsWith("HTTP/1.1 404")
        .contains("PrometheusMeterRegistry");
  }

  @Test
  void t20StrangersCantMakeNewMeters() throws Exception {
    CallbackServer server = open(b -> b.managementPort(0).deregistrationDelay(Duration.ZERO));
    assertThat(post(server, "")).isEqualTo(202);
    try (RawConnection client = connect(server)) {
      assertThat(client.send("X\r\n\r\n").read().status()).isEqualTo(400);
    }
    long before = -1;
    for (int i = 0; i < 500; i++) {
      page(server, "M" + i, "/p" + i);
      try (RawConnection client = connect(server)) {
        String request = "M" + i + " /p" + i + "?q=" + i + " HTTP/1.1\r\nH" + i + ": v\r\n\r\n";
        assertThat(client.send(request).read().status()).isEqualTo(404);
      }
      if (i == 0) {
        before = page(server, "GET", "/metrics").lines().count();
      }
    }
    assertThat(page(server, "GET", "/metrics").lines().count()).isEqualTo(before);
  }

  // The end.

  @Test
  void aServerThatIsClosedServesUntilItIsNoLongerAsked() throws Exception {
    Sinks.One<CallbackReceipt> receipt = Sinks.one();
    CallbackServer server =
        open(b -> b.managementPort(0).deregistrationDelay(Duration.ofSeconds(3)).drain(PATIENCE));
    try (RawConnection kept = connect(server);
        RawConnection idle = connect(server);
        RawConnection held = connect(server);
        RawConnection last = connect(server)) {
      assertThat(kept.send(Proven.request(server, "", "x")).read().closes()).isFalse();
      assertThat(idle.send(Proven.request(server, "", "x")).read().closes()).isFalse();
      CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
      Awaitility.await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(page(server, "GET", "/readyz"))
                      .startsWith("HTTP/1.1 503")
                      .contains("\"draining\":true"));
      Answer served = kept.send(Proven.request(server, "", "x")).read();
      assertThat(served.status()).as("served meanwhile").isEqualTo(202);
      assertThat(served.closes()).isTrue();
      assertThat(post(server, "")).as("on new connections too").isEqualTo(202);
      sink.answer = receipt::asMono;
      held.send(Proven.request(server, "", "x"));
      Awaitility.await().atMost(PATIENCE).until(() -> sink.calls.size() == 5);
      sink.answer = () -> Mono.just(CallbackReceipt.ACCEPTED);
      Awaitility.await().atMost(PATIENCE).until(() -> tryPost(server) == 0);
      Answer late = idle.send(Proven.request(server, "", "late")).read();
      assertThat(late.status()).as("too late").isEqualTo(503);
      assertThat(late.closes()).isTrue();
      assertThat(late.head()).contains("retry-after: ");
      assertThat(sink.calls.get(sink.calls.size() - 1).payload().text())
          .as("but who waits here is woken")
          .isEqualTo("late");
      Sinks.One<CallbackReceipt> lastReceipt = Sinks.one();
      sink.answer = lastReceipt::asMono;
      int before = sink.calls.size();
      last.send(Proven.request(server, "", "last"));
      Awaitility.await().atMost(PATIENCE).until(() -> sink.calls.size() == before + 1);
      assertThat(page(server, "GET", "/livez")).startsWith("HTTP/1.1 200");
      receipt.tryEmitValue(CallbackReceipt.ACCEPTED).orThrow();
      assertThat(held.read().status()).as("what was begun is finished").isEqualTo(202);
      assertThat(last.silentFor(Duration.ofMillis(300))).isTrue();
      assertThat(closing).isNotDone();
      lastReceipt.tryEmitValue(CallbackReceipt.ACCEPTED).orThrow();
      assertThat(last.read().status()).as("what came meanwhile is answered").isEqualTo(503);
      closing.get(5, TimeUnit.SECONDS);
    }
  }

  // A guest in another server.

  @Test
  void theRoutesWorkInAServerOfTheApplications() throws Exception {
    CallbackRoutes routes =
        requireNonNull(
            CallbackServer.builder()
                .publicUrl("https://app.example.com/a")
                .limits(limits().maxBodyBytes(10).build())
                .mount()
                .block(PATIENCE));
    Disposable unused = routes.attach(Proven.SCOPE, sink);
    DisposableServer host =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .route(
                r -> {
                  routes.routes().accept(r);
                  r.get(
                      "/mine/callbacks/v1/{x}",
                      (request, response) -> response.sendString(Mono.just("mine")));
                  r.get("/mine", (request, response) -> response.sendString(Mono.just("mine")));
                })
            .bindNow();
    try {
      assertThat(exchange(host.port(), "GET /mine HTTP/1.1\r\nHost: h\r\n\r\n").body())
          .isIn("mine", "");
      assertThat(
              exchange(host.port(), "GET /mine?next=/callbacks/v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
                  .status())
          .as("the application's own, whatever its query says")
          .isEqualTo(200);
      assertThat(exchange(host.port(), Proven.request(routes, "", "x")).status()).isEqualTo(202);
      assertThat(exchange(host.port(), Proven.request(routes, "", "x".repeat(11))).status())
          .isEqualTo(413);
      assertThat(
              exchange(host.port(), "GET /mine/callbacks/v1/x HTTP/1.1\r\nHost: h\r\n\r\n")
                  .status())
          .as("the application's own, since that is no ticket")
          .isEqualTo(200);
      String forged = Proven.request(routes, "", "x").replaceFirst("(?i)v1\\.[\\w-]{43}", "forged");
      Answer refused = exchange(host.port(), forged);
      assertThat(refused.status()).isEqualTo(404);
      assertThat(refused.closes()).isTrue();
      assertThat(routes.toString()).contains("https://app.example.com/a");
      routes.close();
      assertThat(exchange(host.port(), Proven.request(routes, "", "y")).status()).isEqualTo(503);
    } finally {
      host.disposeNow();
    }
    assertThat(sink.calls).extracting(call -> call.payload().text()).containsExactly("x", "y");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CallbackServer.builder().mount())
        .withMessageContaining("No public URL");
  }

  @Test
  void t15AHostsOwnWordForTheSenderCounts() throws Exception {
    CallbackRoutes routes =
        requireNonNull(
            CallbackServer.builder()
                .publicUrl("https://app.example.com")
                .allow("203.0.113.0/24")
                .trustedProxies("127.0.0.0/8")
                .mount()
                .block(PATIENCE));
    Disposable unused = routes.attach(Proven.SCOPE, sink);
    DisposableServer host =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .proxyProtocol(ProxyProtocolSupportType.ON)
            .route(routes.routes())
            .bindNow();
    try {
      String claim = Proven.request(routes, "X-Forwarded-For: 203.0.113.9\r\n", "x");
      String plain = Proven.request(routes, "", "x");
      assertThat(
              exchange(host.port(), "PROXY TCP4 198.51.100.1 192.0.2.1 4711 443\r\n" + claim)
                  .status())
          .isEqualTo(404);
      assertThat(
              exchange(host.port(), "PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n" + plain)
                  .status())
          .isEqualTo(202);
    } finally {
      host.disposeNow();
    }
  }

  private static final class Busy implements CallbackSink {
    @Override
    public Mono<CallbackReceipt> accept(String correlationId, UntrustedPayload payload) {
      return Mono.just(CallbackReceipt.ACCEPTED);
    }

    @Override
    public RunsHealth health() {
      return new RunsHealth(7, 0.5, false);
    }
  }

  private static ServerLimits.Builder limits() {
    return ServerLimits.builder();
  }

  private CallbackServer open(UnaryOperator<CallbackServer.Builder> options) {
    CallbackServer server = bind(options);
    Disposable unused = server.attach(Proven.SCOPE, sink);
    return server;
  }

  private CallbackServer bind(UnaryOperator<CallbackServer.Builder> options) {
    CallbackServer server =
        requireNonNull(options.apply(CallbackServer.builder()).bind().block(PATIENCE));
    opened = server;
    return server;
  }

  private static RawConnection connect(CallbackServer server) throws IOException {
    return new RawConnection(server.port());
  }

  private static int post(CallbackServer server, String lines) throws IOException {
    return exchange(server.port(), Proven.request(server, lines, "x")).status();
  }

  /** The status, or 0 if there was none. */
  private static int tryPost(CallbackServer server) {
    try {
      return post(server, "");
    } catch (IOException | AssertionError e) {
      return 0;
    }
  }

  private static Answer exchange(int port, String request) throws IOException {
    try (RawConnection client = new RawConnection(port)) {
      return client.send(request).read();
    }
  }

  private static String page(CallbackServer server, String method, String path) throws IOException {
    try (RawConnection client = new RawConnection(server.managementPort())) {
      client.send(method + " " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      return client.readToEnd();
    }
  }

  private static String balanced(CallbackServer server, String bytes) throws IOException {
    try (RawConnection client = connect(server)) {
      client.trySend(bytes.getBytes(StandardCharsets.ISO_8859_1));
      return client.readToEnd();
    }
  }

  /** A block of version 2 for TCP over IPv4. */
  /** That the balancer speaks for itself, as in its checks. */
  private static String local() {
    return new String(
        new byte[] {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, 0x20, 0, 0, 0},
        StandardCharsets.ISO_8859_1);
  }

  private static String version2(byte... source) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(
        new byte[] {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10, 0x21, 0x11, 0, 12});
    block.writeBytes(source);
    block.writeBytes(new byte[] {(byte) 192, 0, 2, 1, 0x12, 0x34, 1, (byte) 0xbb});
    return block.toString(StandardCharsets.ISO_8859_1);
  }
}
