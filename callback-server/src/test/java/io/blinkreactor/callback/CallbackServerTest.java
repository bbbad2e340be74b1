package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import io.blinkreactor.StoreException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.callback.RawConnection.Answer;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.testkit.InvariantsExtension;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The server over real sockets: a polite client for the plain cases, bytes for the odd ones. */
class CallbackServerTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String ID = "AAECAwQFBgcICQoLDA0ODw";
  private static final String SCOPE = "workspace-1";
  private static final String BARE_404 =
      "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final SettableClock clock = new SettableClock(Instant.parse("2026-03-04T05:30:00Z"));
  private final RecordingSink sink = new RecordingSink();
  private @Nullable CallbackServer opened;

  @BeforeEach
  void watchThreads() {
    invariants.watch("server threads", CallbackServerTest::serverThreads);
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  // What is proven is taken.

  @Test
  void aProvenCallbackReachesTheSinkAndIsAccepted() throws Exception {
    CallbackServer server = open(b -> b);
    HttpResponse<String> answer = post(target(server), "{\"a\":\"\u00e9\"}");
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.body()).isEmpty();
    assertThat(sink.calls)
        .singleElement()
        .satisfies(
            call -> {
              assertThat(call.correlationId()).isEqualTo(ID);
              assertThat(call.payload().text()).isEqualTo("{\"a\":\"\u00e9\"}");
              assertThat(call.payload().contentType()).isEqualTo("application/json");
            });
  }

  @Test
  void successSaysWhatBecameOfIt() throws Exception {
    CallbackServer server = open(b -> b);
    Map<CallbackReceipt, Integer> statuses =
        Map.of(
            CallbackReceipt.ACCEPTED,
            202,
            CallbackReceipt.DUPLICATE,
            200,
            CallbackReceipt.ORPHAN,
            202);
    for (CallbackReceipt receipt : CallbackReceipt.values()) {
      sink.answer = () -> Mono.just(receipt);
      assertThat(post(target(server), "").statusCode()).isEqualTo(statuses.get(receipt));
    }
  }

  @Test
  void successIsToldOnlyAfterTheSinkHasIt() throws Exception {
    CallbackServer server = open(b -> b);
    Sinks.One<CallbackReceipt> receipt = Sinks.one();
    sink.answer = receipt::asMono;
    try (RawConnection client = connect(server)) {
      client.send(request(target(server), "x"));
      awaitCalls(1);
      assertThat(client.silentFor(Duration.ofMillis(200))).isTrue();
      receipt.tryEmitValue(CallbackReceipt.ACCEPTED).orThrow();
      assertThat(client.read().status()).isEqualTo(202);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FROB"})
  void anyMethodWillDoSinceNobodyKnowsWhatTheVendorSends(String method) throws Exception {
    CallbackServer server = open(b -> b);
    try (RawConnection client = connect(server)) {
      client.send(request(target(server), "x").replaceFirst("POST", method));
      assertThat(client.read().status()).isEqualTo(202);
    }
    assertThat(sink.calls).singleElement().matches(call -> call.payload().text().equals("x"));
  }

  @Test
  void aGetWithoutABodyIsTakenAsAnEmptyOne() throws Exception {
    CallbackServer server = open(b -> b);
    CallbackTarget target = target(server);
    try (RawConnection client = connect(server)) {
      client.send(
          "GET " + target.url().getPath() + " HTTP/1.1\r\nHost: h\r\n" + sealLine(target) + "\r\n");
      assertThat(client.read().status()).isEqualTo(202);
    }
    assertThat(sink.calls)
        .singleElement()
        .satisfies(
            call -> {
              assertThat(call.payload().bytes()).isEmpty();
              assertThat(call.payload().contentType()).isNull();
            });
  }

  @Test
  void aChunkedBodyIsPutTogether() throws Exception {
    CallbackServer server = open(b -> b);
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Transfer-Encoding: chunked") + "3\r\nabc\r\n");
      client.send("2;x=y\r\nde\r\n").send("0\r\nTrailer: t\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(202);
    }
    assertThat(sink.calls).singleElement().matches(call -> call.payload().text().equals("abcde"));
  }

  @Test
  void aBodyOfExactlyTheBoundIsTaken() throws Exception {
    CallbackServer server = open(b -> b.limits(ServerLimits.builder().maxBodyBytes(1000).build()));
    assertThat(post(target(server), "x".repeat(1000)).statusCode()).isEqualTo(202);
    assertThat(sink.calls).singleElement().matches(call -> call.payload().bytes().length == 1000);
  }

  @Test
  void thePublicPathMayBeStrippedOrKeptAndAQueryAdded() throws Exception {
    CallbackServer server = open(b -> b.publicUrl("https://hooks.example.com/a/b/"));
    CallbackTarget target = target(server);
    assertThat(target.url().toString())
        .startsWith("https://hooks.example.com/a/b/callbacks/v1/")
        .doesNotContain("?");
    assertThat(server.publicUrl()).isEqualTo("https://hooks.example.com/a/b");
    String kept = target.url().getPath();
    String stripped = kept.substring("/a/b".length());
    String odd = "/callbacks/v1/x" + stripped;
    for (String path :
        List.of(
            kept, stripped, odd, kept + "?x=y", stripped + "?", stripped + "?/callbacks/v1/z")) {
      assertThat(send(server, request(path, sealLine(target), "")).status())
          .as(path)
          .isEqualTo(202);
    }
    assertThat(send(server, request("http://other" + kept, sealLine(target), "")).status())
        .as("as proxies are asked")
        .isEqualTo(202);
    assertThat(send(server, request(kept + "/", sealLine(target), "")).status())
        .as("but nothing else is another spelling of a ticket")
        .isEqualTo(404);
  }

  @Test
  void aPublicUrlMayEndInSlashes() {
    CallbackServer server = open(b -> b.publicUrl("https://hooks.example.com/"));
    assertThat(target(server).url().toString())
        .startsWith("https://hooks.example.com/callbacks/v1/");
  }

  @Test
  void aTargetNamesNoSecretInItsUrlAndHoldsTheSealInAHeader() {
    CallbackServer server = open(b -> b);
    CallbackTarget target = target(server);
    assertThat(target.method()).isEqualTo("POST");
    assertThat(target.headers()).containsOnlyKeys(SealPlaces.HEADER);
    assertThat(target.url().toString()).startsWith("http://127.0.0.1:" + server.port() + "/");
    assertThat(target.url().toString()).doesNotContain(seal(target).substring(3));
    assertThat(target.toString()).doesNotContain(seal(target)).doesNotContain(ticket(target));
    assertThat(server.toString()).contains(String.valueOf(server.port()));
  }

  @Test
  void theHeadersNameIsReadInAnyCase() throws Exception {
    CallbackServer server = open(b -> b);
    CallbackTarget target = target(server);
    String request = request(target, "").replace("X-Callback-Auth", "x-cALLBACK-aUTH");
    assertThat(send(server, request).status()).isEqualTo(202);
  }

  @Test
  void aProvenConnectionIsKeptAlive() throws Exception {
    CallbackServer server = open(b -> b);
    try (RawConnection client = connect(server)) {
      for (int i = 1; i <= 5; i++) {
        Answer answer = client.send(request(target(server), "x" + i)).read();
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.closes()).isFalse();
      }
    }
    assertThat(sink.calls)
        .extracting(call -> call.payload().text())
        .containsExactly("x1", "x2", "x3", "x4", "x5");
  }

  @Test
  void twoRequestsSentAtOnceAreBothAnswered() throws Exception {
    CallbackServer server = open(b -> b);
    try (RawConnection client = connect(server)) {
      client.send(request(target(server), "one") + request(target(server), "two"));
      assertThat(client.read().status()).isEqualTo(202);
      assertThat(client.read().status()).isEqualTo(202);
    }
    assertThat(sink.calls).extracting(call -> call.payload().text()).containsExactly("one", "two");
  }

  @Test
  void whatFollowsARefusedRequestOnItsConnectionIsNotLookedAt() throws Exception {
    CallbackServer server = open(b -> b);
    CallbackTarget target = target(server);
    try (RawConnection client = connect(server)) {
      client.send(request("/nowhere", "", "") + request(target, "smuggled"));
      assertThat(client.readToEnd()).isEqualTo(BARE_404);
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void aBodyThatWaitsForPermissionGetsItOnceItsSenderIsProven() throws Exception {
    CallbackServer server = open(b -> b);
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Expect: 100-continue\r\nContent-Length: 4"));
      assertThat(client.read().status()).isEqualTo(100);
      client.send("body");
      assertThat(client.read().status()).isEqualTo(202);
    }
    assertThat(sink.calls).singleElement().matches(call -> call.payload().text().equals("body"));
  }

  @Test
  void manyConnectionsOfManyRequestsEach() throws Exception {
    int requests = 50;
    CallbackServer server = open(b -> b);
    ExecutorService clients = Executors.newFixedThreadPool(20);
    try {
      List<Future<Integer>> accepted = new ArrayList<>();
      for (int c = 0; c < 20; c++) {
        int name = c;
        accepted.add(
            clients.submit(
                () -> {
                  int count = 0;
                  try (RawConnection client = connect(server)) {
                    for (int i = 0; i < requests; i++) {
                      client.send(request(target(server), name + "-" + i));
                      count += client.read().status() == 202 ? 1 : 0;
                    }
                  }
                  return count;
                }));
      }
      for (Future<Integer> count : accepted) {
        assertThat(count.get(30, TimeUnit.SECONDS)).isEqualTo(requests);
      }
    } finally {
      clients.shutdownNow();
    }
    assertThat(sink.calls).hasSize(20 * requests);
    assertThat(sink.calls).extracting(call -> call.payload().text()).doesNotHaveDuplicates();
  }

  // What is not proven is refused, and looks the same whatever is wrong.

  @Test
  void everyRefusalIsTheSameBare404AndCloses() throws Exception {
    CallbackServer server = open(b -> b);
    Disposable other = server.attach("workspace-2", sink);
    CallbackTarget target = target(server);
    CallbackTarget otherRun = server.target(SCOPE, "BAECAwQFBgcICQoLDA0ODw", soon());
    CallbackTarget otherScope = server.target("workspace-2", ID, soon());
    CallbackTarget nobodys = server.target("workspace-3", ID, soon());
    CallbackTarget expired = server.target(SCOPE, ID, clock.instant().minusSeconds(7200));
    String path = target.url().getPath();
    Map<String, String> causes = new LinkedHashMap<>();
    causes.put("no seal", request(path, "", "x"));
    causes.put("empty seal", request(path, "X-Callback-Auth:\r\n", "x"));
    causes.put("wrong seal", request(path, "X-Callback-Auth: v1.AAAA\r\n", "x"));
    causes.put("another run's seal", request(path, sealLine(otherRun), "x"));
    causes.put("another scope's seal", request(path, sealLine(otherScope), "x"));
    causes.put(
        "another scope's ticket", request(otherScope.url().getPath(), sealLine(target), "x"));
    causes.put("a scope without a sink", request(nobodys, "x"));
    causes.put("expired", request(expired, "x"));
    causes.put("no path", request("/", sealLine(target), "x"));
    causes.put("wrong path", request("/callbacks/v2/" + ticket(target), sealLine(target), "x"));
    causes.put("no ticket", request("/callbacks/v1/", sealLine(target), "x"));
    causes.put("broken ticket", request(path + "A", sealLine(target), "x"));
    causes.put("not a path", request("*", sealLine(target), "x"));
    causes.put("seal in the query", request(path + "?X-Callback-Auth=" + seal(target), "", "x"));
    causes.put("seal as a cookie", request(path, "Cookie: " + sealLine(target), "x"));
    causes.put("GET", request(path, "", "x").replaceFirst("POST", "GET"));
    causes.put("HEAD", request(path, "", "x").replaceFirst("POST", "HEAD"));
    causes.put("FROB", request(path, "", "x").replaceFirst("POST", "FROB"));
    causes.put("no body", request(path, "", ""));
    causes.put("a large body", request(path, "", "x".repeat(200_000)));
    causes.put("keep-alive", request(path, "Connection: keep-alive\r\n", "x"));
    causes.put(
        "asks for permission",
        "POST "
            + path
            + " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    causes.put(
        "wants to upgrade",
        request(
            path,
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            ""));
    causes.put(
        "wants a websocket",
        request(
            path,
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            ""));
    for (Map.Entry<String, String> cause : causes.entrySet()) {
      try (RawConnection client = connect(server)) {
        client.trySend(cause.getValue().getBytes(StandardCharsets.ISO_8859_1));
        assertThat(client.readToEnd()).as(cause.getKey()).isEqualTo(BARE_404);
      }
    }
    assertThat(sink.calls).isEmpty();
    other.dispose();
  }

  @Test
  void anOldClientGetsTheSameRefusalInItsOwnVersion() throws Exception {
    CallbackServer server = open(b -> b);
    String old = request(target(server).url().getPath(), "Connection: keep-alive\r\n", "x");
    try (RawConnection client = connect(server)) {
      client.send(old.replaceFirst("HTTP/1.1", "HTTP/1.0"));
      assertThat(client.readToEnd())
          .isEqualTo("HTTP/1.0 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void aRefusedBodyIsNeitherWaitedForNorRead() throws Exception {
    CallbackServer server = open(b -> b);
    String start = "POST /callbacks/v1/x HTTP/1.1\r\nHost: h\r\n";
    try (RawConnection client = connect(server)) {
      client.send(start + "Content-Length: 1000000000\r\n\r\n");
      assertThat(client.readToEnd()).isEqualTo(BARE_404);
    }
    try (RawConnection client = connect(server)) {
      client.send(start + "Transfer-Encoding: chunked\r\n\r\n");
      byte[] chunk =
          ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
      int sent = 0;
      while (sent < 1000 && client.trySend(chunk)) {
        sent++;
      }
      assertThat(sent).as("pieces of 64 KiB that went before the connection broke").isLessThan(500);
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void aPoliteClientSeesTheRefusalToo() throws Exception {
    CallbackServer server = open(b -> b);
    HttpRequest request =
        HttpRequest.newBuilder(target(server).url())
            .timeout(PATIENCE)
            .POST(BodyPublishers.noBody())
            .build();
    HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.headers().map()).containsOnlyKeys("connection", "content-length");
  }

  @Test
  void ofTwoSealsTheFirstCounts() throws Exception {
    CallbackServer server = open(b -> b);
    CallbackTarget target = target(server);
    String path = target.url().getPath();
    String wrong = "X-Callback-Auth: v1.AAAA\r\n";
    assertThat(send(server, request(path, wrong + sealLine(target), "")).status()).isEqualTo(404);
    assertThat(sink.calls).isEmpty();
  }

  // What is too much is cut off.

  @Test
  void aBodyBeyondTheBoundIsAnswered413WhileItIsRead() throws Exception {
    CallbackServer server = open(b -> b.limits(ServerLimits.builder().maxBodyBytes(1000).build()));
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Content-Length: 1001")).send("x".repeat(1001));
      assertClosedWith(413, client);
    }
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Content-Length: 1000000000")).send("x".repeat(1001));
      assertClosedWith(413, client);
    }
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Transfer-Encoding: chunked"));
      client.send("1f4\r\n" + "x".repeat(500) + "\r\n").send("1f5\r\n" + "x".repeat(501) + "\r\n");
      assertClosedWith(413, client);
    }
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Transfer-Encoding: chunked") + "40000000\r\n");
      client.send("x".repeat(1001));
      assertClosedWith(413, client);
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void aBodyWithoutEndIsNotTakenInLongAfterTheBound() throws Exception {
    CallbackServer server = open(b -> b.limits(ServerLimits.builder().maxBodyBytes(1000).build()));
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Transfer-Encoding: chunked"));
      byte[] chunk =
          ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
      int sent = 0;
      while (sent < 1000 && client.trySend(chunk)) {
        sent++;
      }
      assertThat(sent).as("pieces of 64 KiB that went before the connection broke").isLessThan(500);
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void noBodyAtAllMayBeAllowed() throws Exception {
    CallbackServer server = open(b -> b.limits(ServerLimits.builder().maxBodyBytes(0).build()));
    assertThat(send(server, request(target(server), "")).status()).isEqualTo(202);
    assertThat(send(server, request(target(server), "x")).status()).isEqualTo(413);
    assertThat(sink.calls).hasSize(1);
  }

  @Test
  void aBodyLongerThanItSaysIsCutThereAndTheRestIsNoRequest() throws Exception {
    CallbackServer server = open(b -> b);
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Content-Length: 2") + "hello\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(202);
      assertThat(client.readToEnd()).matches("(?s)(HTTP/1.1 4.*)?");
    }
    assertThat(sink.calls).singleElement().matches(call -> call.payload().text().equals("he"));
  }

  @Test
  void aBodyShorterThanItSaysIsNeverTaken() throws Exception {
    CallbackServer server = open(b -> b);
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Content-Length: 10") + "hello");
    }
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Transfer-Encoding: chunked") + "5\r\nhello\r\n");
    }
    assertThat(send(server, request(target(server), "whole")).status()).isEqualTo(202);
    server.close();
    assertThat(sink.calls).singleElement().matches(call -> call.payload().text().equals("whole"));
  }

  @Test
  void aMessageOfTwoReadingsIsRefusedByTheDecoder() throws Exception {
    CallbackServer server = open(b -> b);
    for (String lengths :
        List.of(
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            "Content-Length: 4\r\nContent-Length: 5",
            "Content-Length: +5",
            "Content-Length: -1",
            "Content-Length: 4, 5",
            "Content-Length: 99999999999999999999",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding: chunked, xchunked")) {
      try (RawConnection client = connect(server)) {
        client.send(head(target(server), lengths) + "0\r\n\r\n");
        assertClosedWith(400, client);
      }
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void tooMuchBeforeTheBodyIsRefusedByTheDecoder() throws Exception {
    CallbackServer server = open(b -> b);
    CallbackTarget target = target(server);
    String path = target.url().getPath();
    Map<String, String> requests = new LinkedHashMap<>();
    requests.put("long line", request("/" + "x".repeat(3000), sealLine(target), ""));
    requests.put("long query", request(path + "?" + "x".repeat(3000), sealLine(target), ""));
    requests.put(
        "long header",
        request(path, "X-Long: " + "x".repeat(9000) + "\r\n" + sealLine(target), ""));
    requests.put(
        "many headers", request(path, "X-Many: xxxxxxxxxx\r\n".repeat(600) + sealLine(target), ""));
    requests.put("no HTTP", "HELO there\r\n\r\n");
    requests.put("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    requests.put(
        "TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n");
    requests.put("a zero byte in a name", request(path, "X\u0000Y: z\r\n" + sealLine(target), ""));
    requests.put("a bad escape", request("/%zz%" + path, "", ""));
    requests.put("odd characters", request("/[]{}|\\^`<>\"" + path, "", ""));
    requests.put("bad host", request("http://[::", "", ""));
    requests.put("CONNECT", request("host:443", "", "").replaceFirst("POST", "CONNECT"));
    for (Map.Entry<String, String> request : requests.entrySet()) {
      try (RawConnection client = connect(server)) {
        client.trySend(request.getValue().getBytes(StandardCharsets.ISO_8859_1));
        assertThat(client.readToEnd())
            .as(request.getKey())
            .matches("(?s)HTTP/1\\.1 4\\d\\d [^\\r]*\\r\\n.*")
            .containsIgnoringCase("connection: close\r\n");
      }
    }
    assertThat(sink.calls).isEmpty();
  }

  // What is too slow is cut off.

  @Test
  void aGapInTheBodyIsAnswered408() throws Exception {
    CallbackServer server =
        open(b -> b.limits(ServerLimits.builder().readTimeout(Duration.ofMillis(150)).build()));
    try (RawConnection client = connect(server)) {
      long start = System.nanoTime();
      client.send(head(target(server), "Content-Length: 10") + "abc");
      assertClosedWith(408, client);
      assertThat(since(start)).isGreaterThan(Duration.ofMillis(140));
    }
    try (RawConnection client = connect(server)) {
      client.send(head(target(server), "Content-Length: 10"));
      assertClosedWith(408, client);
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void aBodyThatTakesTooLongAsAWholeIsAnswered408() throws Exception {
    CallbackServer server =
        open(
            b ->
                b.limits(
                    ServerLimits.builder()
                        .readTimeout(Duration.ofSeconds(5))
                        .requestTimeout(Duration.ofMillis(400))
                        .build()));
    try (RawConnection client = connect(server)) {
      long start = System.nanoTime();
      client.send(head(target(server), "Content-Length: 60000"));
      while (client.silentFor(Duration.ofMillis(30))) {
        client.trySend(new byte[] {'x'});
      }
      assertClosedWith(408, client);
      assertThat(since(start)).isGreaterThan(Duration.ofMillis(390));
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void aHeaderThatTricklesInIsClosedOn() throws Exception {
    CallbackServer server =
        open(b -> b.limits(ServerLimits.builder().idleTimeout(Duration.ofMillis(300)).build()));
    String request = request(target(server), "");
    try (RawConnection client = connect(server)) {
      long start = System.nanoTime();
      int sent = 0;
      while (sent < request.length() && client.silentFor(Duration.ofMillis(20))) {
        client.trySend(new byte[] {(byte) request.charAt(sent++)});
      }
      assertThat(client.readToEnd()).isEmpty();
      assertThat(since(start)).isGreaterThan(Duration.ofMillis(250));
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void aConnectionThatSaysNothingIsClosed() throws Exception {
    CallbackServer server =
        open(b -> b.limits(ServerLimits.builder().idleTimeout(Duration.ofMillis(500)).build()));
    try (RawConnection client = connect(server)) {
      assertThat(client.readToEnd()).isEmpty();
    }
    try (RawConnection client = connect(server)) {
      assertThat(client.send(request(target(server), "")).read().status()).isEqualTo(202);
      assertThat(client.readToEnd()).as("after a request").isEmpty();
    }
  }

  @Test
  void aSlowSinkIsNotASilentClient() throws Exception {
    CallbackServer server =
        open(
            b ->
                b.limits(
                    ServerLimits.builder()
                        .idleTimeout(Duration.ofMillis(500))
                        .readTimeout(Duration.ofMillis(500))
                        .requestTimeout(Duration.ofMillis(500))
                        .build()));
    sink.answer = () -> Mono.delay(Duration.ofMillis(1500)).thenReturn(CallbackReceipt.ACCEPTED);
    assertThat(send(server, request(target(server), "x")).status()).isEqualTo(202);
  }

  // The key lives as long as the store.

  @Test
  void aServerOnTheSameStoreTakesTheCallbacksOfTheOneBefore(@TempDir Path directory)
      throws Exception {
    CallbackTarget target;
    try (PendingStore store = PendingStore.file(directory.resolve("one"))) {
      CallbackServer server = open(b -> b.store(store));
      target = target(server);
      assertThat(server.toString()).doesNotContain("key", "store");
      server.close();
    }
    try (PendingStore store = PendingStore.file(directory.resolve("one"))) {
      CallbackServer server = open(b -> b.store(store));
      assertThat(send(server, request(target, "again")).status()).isEqualTo(202);
      assertThat(ticket(target(server))).as("the same key").isEqualTo(ticket(target));
      server.close();
    }
    assertThat(sink.calls).singleElement().matches(call -> call.payload().text().equals("again"));
    try (PendingStore store = PendingStore.file(directory.resolve("other"))) {
      CallbackServer server = open(b -> b.store(store));
      assertThat(send(server, request(target, "x")).status()).isEqualTo(404);
      server.close();
    }
    CallbackServer server = open(b -> b);
    assertThat(send(server, request(target, "x")).status()).isEqualTo(404);
    assertThat(sink.calls).hasSize(1);
  }

  @Test
  void aStoreThatCannotTellTheKeyKeepsTheServerFromListening(@TempDir Path directory) {
    PendingStore store = PendingStore.file(directory);
    store.close();
    assertThatThrownBy(() -> open(b -> b.store(store)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("closed");
  }

  // What the sink can't keep is not called kept.

  @Test
  void t22ASinkThatFailsIsA503() throws Exception {
    CallbackServer server = open(b -> b);
    Map<String, RuntimeException> failures = new LinkedHashMap<>();
    failures.put("any", new IllegalStateException("store down"));
    failures.put("null", new NullPointerException());
    failures.put("nested", new RuntimeException(new TimeoutException()));
    for (Map.Entry<String, RuntimeException> failure : failures.entrySet()) {
      sink.answer = () -> Mono.error(failure.getValue());
      assertClosedWith(503, server, request(target(server), "x"));
      sink.answer =
          () -> {
            throw failure.getValue();
          };
      assertClosedWith(503, server, request(target(server), "x"));
    }
  }

  @Test
  void aSinkThatGoesOnFailingIsToldOfOnce() throws Exception {
    CallbackServer server = open(b -> b);
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      for (int round = 1; round <= 2; round++) {
        sink.answer = () -> Mono.error(new IllegalStateException("store down"));
        for (int i = 0; i < 5; i++) {
          assertClosedWith(503, server, request(target(server), "x"));
        }
        assertThat(log.all())
            .hasSize(round)
            .last()
            .asString()
            .contains("could not be taken", "store down");
        sink.answer = () -> Mono.just(CallbackReceipt.ACCEPTED);
        assertThat(post(target(server), "x").statusCode()).isEqualTo(202);
      }
    }
  }

  @Test
  void aSenderIsToldWhenToComeBackToASinkThatFailed() throws Exception {
    CallbackServer server = open(b -> b);
    sink.answer = () -> Mono.error(new IllegalStateException("store down"));
    HttpResponse<String> answer = post(target(server), "x");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValueAsLong("Retry-After")).hasValue(10);
    sink.answer = () -> Mono.just(CallbackReceipt.ACCEPTED);
    assertThat(post(target(server), "x").headers().firstValue("Retry-After")).isEmpty();
  }

  @Test
  void aStoreThatTimesOutIsNotTheSendersFault() throws Exception {
    CallbackServer server = open(b -> b);
    sink.answer = () -> Mono.error(new TimeoutException("store"));
    assertClosedWith(503, server, request(target(server), "x"));
  }

  @Test
  void aSinkThatSaysNothingHasNotKeptIt() throws Exception {
    CallbackServer server = open(b -> b);
    sink.answer = Mono::empty;
    assertClosedWith(503, server, request(target(server), "x"));
  }

  @Test
  void aSinkThatBreaksItsPromiseIsA503() throws Exception {
    CallbackServer server = open(b -> b);
    sink.answer = CallbackServerTest::nothing;
    assertClosedWith(503, server, request(target(server), "x"));
  }

  @Test
  void aClientThatGivesUpEndsTheSinksWork() throws Exception {
    CallbackServer server = open(b -> b);
    CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
    sink.answer = () -> Mono.<CallbackReceipt>never().doOnCancel(() -> cancelled.complete(true));
    try (RawConnection client = connect(server)) {
      client.send(request(target(server), "x"));
      awaitCalls(1);
    }
    assertThat(cancelled.get(5, TimeUnit.SECONDS)).isTrue();
  }

  // Sinks come and go.

  @Test
  void aScopeHasOneSinkAtATime() throws Exception {
    CallbackServer server = bind(b -> b);
    Disposable first = server.attach(SCOPE, sink);
    assertThatThrownBy(() -> server.attach(SCOPE, sink))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(SCOPE)
        .hasMessageContaining("close the other first");
    assertThat(send(server, request(target(server), "")).status()).isEqualTo(202);
    first.dispose();
    HttpResponse<String> left = post(target(server), "");
    assertThat(left.statusCode()).as("proven, and to come again").isEqualTo(503);
    assertThat(left.headers().firstValueAsLong("Retry-After")).hasValue(10);
    assertClosedWith(
        404, server, request(target(server), "").replaceFirst("v1\\.[\\w-]{43}", "v1.forged"));
    assertThat(sink.calls).hasSize(1);
    RecordingSink next = new RecordingSink();
    Disposable second = server.attach(SCOPE, next);
    first.dispose();
    assertThat(send(server, request(target(server), "")).status()).isEqualTo(202);
    assertThat(next.calls).as("the first one's end does not end the second").hasSize(1);
    second.dispose();
  }

  @Test
  void eachScopeHasItsOwnSink() throws Exception {
    CallbackServer server = open(b -> b);
    RecordingSink other = new RecordingSink();
    Disposable unused = server.attach("workspace-2", other);
    CallbackTarget target = server.target("workspace-2", ID, soon());
    assertThat(send(server, request(target, "")).status()).isEqualTo(202);
    assertThat(sink.calls).isEmpty();
    assertThat(other.calls).hasSize(1);
  }

  @Test
  void aServerMadeAnewKnowsNoOldTarget() throws Exception {
    CallbackServer before = bind(b -> b);
    CallbackTarget target = target(before);
    before.close();
    assertThat(send(open(b -> b), request(target, "")).status()).isEqualTo(404);
  }

  // Closing.

  @Test
  void closingWaitsForTheRequestThatIsBeingAnswered() throws Exception {
    CallbackServer server = open(b -> b.drain(PATIENCE));
    Sinks.One<CallbackReceipt> receipt = Sinks.one();
    sink.answer = receipt::asMono;
    try (RawConnection client = connect(server)) {
      client.send(request(target(server), "x"));
      awaitCalls(1);
      CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
      awaitRefusedConnections(server);
      CompletableFuture<Void> closingToo = CompletableFuture.runAsync(server::close);
      assertThat(client.silentFor(Duration.ofMillis(200))).as("neither answered nor cut").isTrue();
      assertThat(closing).isNotDone();
      assertThat(closingToo).isNotDone();
      receipt.tryEmitValue(CallbackReceipt.ACCEPTED).orThrow();
      closing.get(5, TimeUnit.SECONDS);
      closingToo.get(5, TimeUnit.SECONDS);
      assertThat(client.read().status()).isEqualTo(202);
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void closingDoesNotWaitForIdleConnections() throws Exception {
    CallbackServer server = open(b -> b.drain(Duration.ofHours(1)));
    try (RawConnection used = connect(server);
        RawConnection unused = connect(server)) {
      assertThat(used.send(request(target(server), "")).read().status()).isEqualTo(202);
      server.closeLater().block(PATIENCE);
      assertThat(used.readToEnd()).isEmpty();
      assertThat(unused.readToEnd()).isEmpty();
    }
  }

  @Test
  void closingGivesUpAfterTheDrainTimeAndThenNothingWasAcknowledged() throws Exception {
    CallbackServer server = open(b -> b.drain(Duration.ofMillis(300)));
    sink.answer = Mono::never;
    try (RawConnection client = connect(server)) {
      client.send(request(target(server), "x"));
      awaitCalls(1);
      long start = System.nanoTime();
      server.close();
      assertThat(since(start)).isGreaterThan(Duration.ofMillis(280));
      assertThat(client.readToEnd()).doesNotContain(" 2");
    }
  }

  @Test
  void closingAtOnceWaitsForNothing() throws Exception {
    CallbackServer server = open(b -> b.drain(Duration.ZERO));
    sink.answer = Mono::never;
    try (RawConnection client = connect(server)) {
      client.send(request(target(server), "x"));
      awaitCalls(1);
      long start = System.nanoTime();
      server.close();
      assertThat(since(start)).isLessThan(PATIENCE.dividedBy(2));
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  @Test
  void closingAgainIsHarmless() {
    CallbackServer server = open(b -> b);
    int port = server.port();
    server.close();
    assertThatCode(server::close).doesNotThrowAnyException();
    assertThatCode(() -> server.closeLater().block(PATIENCE)).doesNotThrowAnyException();
    assertThat(server.toString()).contains(String.valueOf(port));
    assertThat(server.port()).isEqualTo(port);
    assertThat(catchThrowable(() -> connect(server))).isInstanceOf(ConnectException.class);
  }

  @Test
  void closingFreesThePort() {
    CallbackServer first = bind(b -> b);
    first.close();
    CallbackServer second = open(b -> b.port(first.port()));
    assertThat(second.port()).isEqualTo(first.port());
  }

  // Opening.

  @Test
  void aPortInUseIsToldAndNothingIsLeft() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Throwable error = catchThrowable(() -> open(b -> b.port(taken.getLocalPort())));
      assertThat(error).hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
      assertThat(error.getMessage()).containsIgnoringCase("bind");
    }
    Awaitility.await().atMost(PATIENCE).until(() -> serverThreads() == 0);
  }

  @Test
  void eachSubscriptionOpensAServerOfItsOwn() {
    Mono<CallbackServer> bind = CallbackServer.builder().bind();
    assertThat(serverThreads()).as("nothing before").isZero();
    CallbackServer first = requireNonNull(bind.block(PATIENCE));
    CallbackServer second = requireNonNull(bind.block(PATIENCE));
    try {
      assertThat(first.port()).isNotEqualTo(second.port());
    } finally {
      first.close();
      second.close();
    }
  }

  @Test
  void onLoopbackNoPublicUrlIsNeeded() {
    for (String host : List.of("127.0.0.1", "localhost", "::1")) {
      CallbackServer server =
          requireNonNull(CallbackServer.builder().host(host).bind().block(PATIENCE));
      try {
        URI url = target(server).url();
        assertThat(url.getPort()).as(host).isEqualTo(server.port());
        assertThat(url.getHost()).as(host).contains(host);
      } finally {
        server.close();
      }
    }
  }

  @Test
  void t17TheBuilderSaysWhatToSet() {
    refuses("No public URL", b -> b.host("0.0.0.0"));
    refuses("without TLS", b -> b.host("0.0.0.0").publicUrl("https://hooks.example.com"));
    refuses("trustedProxies", b -> b.host("::").publicUrl("https://hooks.example.com"));
    refuses("trustedProxies", b -> b.proxyProtocol(true));
    refuses("'trustedProxies': \"proxy\" is not a network", b -> b.trustedProxies("proxy"));
    refuses("'allow': \"10.0.0.0/33\" is not a network", b -> b.allow("10.0.0.0/33"));
    refuses("'managementPort' must be 0 to 65535", b -> b.managementPort(70000));
    refuses(
        "'deregistrationDelay' must be zero or more",
        b -> b.deregistrationDelay(Duration.ofMillis(-1)));
    refuses("https://hooks.example.com", b -> b.host("0.0.0.0"));
    refuses("in the clear", b -> b.publicUrl("http://hooks.example.com"));
    refuses("allowPlainHttp", b -> b.publicUrl("http://hooks.example.com"));
    refuses("not an http or https URL", b -> b.publicUrl("ftp://hooks.example.com"));
    refuses("not an http or https URL", b -> b.publicUrl("hooks.example.com"));
    refuses("not an http or https URL", b -> b.publicUrl(""));
    refuses("not a URL", b -> b.publicUrl("https://hooks example.com"));
    refuses("a query or a fragment", b -> b.publicUrl("https://hooks.example.com/?a=b"));
    refuses("//...@hooks", b -> b.publicUrl("https://user:hush@hooks.example.com"));
    refuses("'port' must be 0 to 65535, not 65536.", b -> b.port(65536));
    refuses("'port' must be 0 to 65535, not -1.", b -> b.port(-1));
    refuses(
        "'maxBodyBytes' must be 0 or more",
        b -> b.limits(ServerLimits.builder().maxBodyBytes(-1).build()));
    refuses(
        "'idleTimeout' must be more than zero",
        b -> b.limits(ServerLimits.builder().idleTimeout(Duration.ZERO).build()));
    refuses(
        "'readTimeout' must be more than zero",
        b -> b.limits(ServerLimits.builder().readTimeout(Duration.ZERO).build()));
    refuses(
        "'requestTimeout' must be more than zero",
        b -> b.limits(ServerLimits.builder().requestTimeout(Duration.ofMillis(-1)).build()));
    refuses("'drain' must be zero or more", b -> b.drain(Duration.ofMillis(-1)));
    refuses(
        "'handshakeTimeout' must be a millisecond or more",
        b -> b.limits(ServerLimits.builder().handshakeTimeout(Duration.ofNanos(1)).build()));
    refuses("'allow' names no network", b -> b.allow());
    refuses("has a port beyond 65535", b -> b.publicUrl("https://hooks.example.com:99999"));
    refuses(
        "The public URL has 2025 characters",
        b -> b.publicUrl("https://hooks.example.com" + "/long".repeat(400)));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> CallbackServer.builder().publicUrl("https://user:hush@hooks.example.com").bind())
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hush"));
  }

  @Test
  void plainHttpMayBeAllowed() {
    CallbackServer server = open(b -> b.publicUrl("http://hooks.example.com").allowPlainHttp(true));
    assertThat(target(server).url().toString()).startsWith("http://hooks.example.com/");
  }

  @Test
  void whatTheBuilderIsToldLaterIsForTheNextServer() throws Exception {
    CallbackServer.Builder builder = CallbackServer.builder().drain(PATIENCE);
    opened = requireNonNull(builder.bind().block(PATIENCE));
    CallbackServer server = opened;
    Disposable unused = server.attach(SCOPE, sink);
    builder.drain(Duration.ZERO);
    Sinks.One<CallbackReceipt> receipt = Sinks.one();
    sink.answer = receipt::asMono;
    try (RawConnection client = connect(server)) {
      client.send(request(server.target(SCOPE, ID, Instant.now().plusSeconds(60)), "x"));
      awaitCalls(1);
      CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
      awaitRefusedConnections(server);
      assertThat(client.silentFor(Duration.ofMillis(200))).isTrue();
      receipt.tryEmitValue(CallbackReceipt.ACCEPTED).orThrow();
      assertThat(client.read().status()).isEqualTo(202);
      closing.get(5, TimeUnit.SECONDS);
    }
  }

  private static void refuses(String sentence, UnaryOperator<CallbackServer.Builder> options) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.apply(CallbackServer.builder()).bind())
        .withMessageContaining(sentence);
  }

  /** A server on the tracked scheduler, with the sink attached; closed after the test. */
  private CallbackServer open(UnaryOperator<CallbackServer.Builder> options) {
    CallbackServer server = bind(options);
    opened = server;
    Disposable unused = server.attach(SCOPE, sink);
    return server;
  }

  private CallbackServer bind(UnaryOperator<CallbackServer.Builder> options) {
    TimeSource time = TimeSource.of(clock, invariants.scheduler());
    CallbackServer server =
        requireNonNull(options.apply(CallbackServer.builder().time(time)).bind().block(PATIENCE));
    opened = server;
    return server;
  }

  private Instant soon() {
    return clock.instant().plus(Duration.ofDays(15));
  }

  private CallbackTarget target(CallbackServer server) {
    return server.target(SCOPE, ID, soon());
  }

  private static String seal(CallbackTarget target) {
    return requireNonNull(target.headers().get(SealPlaces.HEADER));
  }

  private static String sealLine(CallbackTarget target) {
    return SealPlaces.HEADER + ": " + seal(target) + "\r\n";
  }

  private static String ticket(CallbackTarget target) {
    String path = target.url().getPath();
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static HttpResponse<String> post(CallbackTarget target, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target.url())
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    target.headers().forEach(request::header);
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  private static RawConnection connect(CallbackServer server) throws IOException {
    return new RawConnection(server.port());
  }

  private static Answer send(CallbackServer server, String request) throws IOException {
    try (RawConnection client = connect(server)) {
      return client.send(request).read();
    }
  }

  private static String request(CallbackTarget target, String body) {
    return request(target.url().getPath(), sealLine(target), body);
  }

  private static String request(String path, String headerLines, String body) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: h\r\n"
        + headerLines
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  /** The head of a proven request whose length is told by the test. */
  private static String head(CallbackTarget target, String headerLines) {
    return "POST "
        + target.url().getPath()
        + " HTTP/1.1\r\nHost: h\r\n"
        + sealLine(target)
        + headerLines
        + "\r\n\r\n";
  }

  private static void assertClosedWith(int status, CallbackServer server, String request)
      throws IOException {
    try (RawConnection client = connect(server)) {
      client.send(request);
      assertClosedWith(status, client);
    }
  }

  private static void assertClosedWith(int status, RawConnection client) throws IOException {
    Answer answer = client.read();
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.closes()).isTrue();
    assertThat(client.readToEnd()).isEmpty();
  }

  private void awaitCalls(int count) {
    Awaitility.await().atMost(PATIENCE).until(() -> sink.calls.size() == count);
  }

  private static void awaitRefusedConnections(CallbackServer server) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> catchThrowable(() -> connect(server).close()) instanceof ConnectException);
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @SuppressWarnings("NullAway") // A sink that breaks its promise is the point.
  private static Mono<CallbackReceipt> nothing() {
    return null;
  }

  private static int serverThreads() {
    return (int)
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("blinkreactor-callback"))
            .count();
  }
}
