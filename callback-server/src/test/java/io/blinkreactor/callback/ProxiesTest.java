package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.blinkreactor.testkit.InvariantsExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Behind Debian's nginx and haproxy, where they are installed. */
class ProxiesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  /** Of so many cases one is sent through the proxies. */
  private static final int STEP = Boolean.getBoolean("blinkreactor.full") ? 1 : 12;

  private static final String NGINX =
      """
      daemon off;
      master_process off;
      pid %1$s/nginx.pid;
      error_log %1$s/error.log;
      events {}
      http {
        access_log off;
        client_body_temp_path %1$s/b; proxy_temp_path %1$s/p; fastcgi_temp_path %1$s/f;
        uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
        client_max_body_size 64k;
        client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s; lingering_timeout 1s;
        upstream callbacks { server 127.0.0.1:%3$d; keepalive 4; }
        server {
          listen 127.0.0.1:%2$d;
          location / {
            proxy_pass http://callbacks;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          }
        }
      }
      """;

  private static final String HAPROXY =
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 1s
        timeout server 5s
        timeout http-request 1s
        timeout http-keep-alive 1s
      frontend in
        bind 127.0.0.1:%2$d
        option forwardfor
        default_backend out
      backend out
        http-reuse always
        server one 127.0.0.1:%3$d%4$s
      """;

  @TempDir Path directory = Path.of("");

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();
  private @Nullable CallbackServer opened;
  private @Nullable Process proxy;

  @AfterEach
  void close() throws InterruptedException {
    if (proxy != null) {
      proxy.destroy();
      assertThat(proxy.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    if (opened != null) {
      opened.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy", "haproxy send-proxy", "haproxy send-proxy-v2"})
  void t15TheSendersAddressComesThroughAndNoneThatHeWrites(String kind) throws Exception {
    boolean balanced = kind.contains("send");
    int port =
        start(
            kind,
            b -> b.trustedProxies("127.0.0.1").proxyProtocol(balanced).allow("203.0.113.0/24"));
    // The sender is 127.0.0.1, whom the server takes for a proxy: so what he wrote counts, and
    // what haproxy's or nginx's line adds at the right is skipped.
    assertThat(statuses(port, last("X-Forwarded-For: 203.0.113.7\r\n", "x"))).containsExactly(202);
    assertThat(statuses(port, last("X-Forwarded-For: 198.51.100.7\r\n", "x"))).containsExactly(404);
    assertThat(statuses(port, last("X-Forwarded-For: 203.0.113.7, 198.51.100.7\r\n", "x")))
        .containsExactly(404);
    assertThat(sink.calls).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy"})
  void t14NothingIsSmuggledThrough(String kind) throws Exception {
    int port = start(kind, b -> b.trustedProxies("127.0.0.1"));
    CallbackServer server = requireNonNull(opened);
    String smuggled = last("", "smuggled");
    String stranger = "POST /callbacks/v1/x HTTP/1.1\r\nHost: h\r\n";
    List<String> cases = new ArrayList<>();
    for (String head : List.of(stranger, Proven.head(server, "").replaceAll("\r\n$", ""))) {
      for (Map.Entry<String, String> one :
          Map.ofEntries(
                  Map.entry("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                  Map.entry("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
                  Map.entry("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
                  Map.entry("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
                  Map.entry("Transfer-Encoding: chunked, x\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
                  Map.entry(
                      "Transfer-Encoding:\u000bchunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
                  Map.entry(
                      "X: a\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
                  Map.entry("X: a\r\n Transfer-Encoding: chunked\r\n", ""),
                  Map.entry("Content-Length: 0\r\nContent-Length: 9\r\n", ""),
                  Map.entry("Content-Length: +0\r\n", ""),
                  Map.entry("Content-Length: 0, 9\r\n", ""),
                  Map.entry("Transfer-Encoding: chunked\r\n", "1;a\nb\r\na\r\n0\r\n\r\n"),
                  Map.entry("Transfer-Encoding: chunked\r\n ", "0\n\n"))
              .entrySet()) {
        cases.add(head + one.getKey() + "\r\n" + one.getValue());
      }
    }
    for (String one : cases) {
      int before = sink.calls.size();
      // The rest is no request of the client: its body is what the one before may claim.
      List<Integer> statuses = statuses(port, one + smuggled);
      int taken = sink.calls.size() - before;
      long successes = statuses.stream().filter(s -> s / 100 == 2).count();
      assertThat((long) taken)
          .as("each callback taken was answered to its sender, in: %s", one)
          .isLessThanOrEqualTo(successes);
      assertThat(statuses).as(one).allMatch(s -> s < 500 || s == 501 || s == 502);
      // A connection that is used again must not be out of step: the next one gets its own answer.
      assertThat(statuses(port, last("", "next"))).containsExactly(202);
    }
  }

  /**
   * What a proxy lets through is answered as ever: nothing that does not belong to its sender is
   * taken, and only the proxy itself speaks of 5xx. 502 is its word for an answer that came, with
   * the connection's end, before it had sent everything.
   */
  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy"})
  void t14OddBytesThroughAProxyDoNoHarm(String kind) throws Exception {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    int port =
        start(
            kind,
            b -> b.trustedProxies("127.0.0.1").limits(RawCorpus.LIMITS).meterRegistry(meters));
    CallbackServer server = requireNonNull(opened);
    List<RawCorpus.Case> cases = RawCorpus.of(server);
    int first = new SplittableRandom(SEED).nextInt(STEP);
    int refused = 0;
    try (LoggedLines log = LoggedLines.at(Level.DEBUG)) {
      for (int i = first; i < cases.size(); i += STEP) {
        RawCorpus.Case one = cases.get(i);
        String told = "%s, seed %d".formatted(one.name(), SEED);
        int before = sink.calls.size();
        List<Integer> statuses = statuses(port, one.bytes());
        assertThat((long) sink.calls.size() - before)
            .as("each callback taken was answered to its sender: %s", told)
            .isLessThanOrEqualTo(statuses.stream().filter(s -> s / 100 == 2).count());
        assertThat(statuses)
            .as(told)
            .allMatch(s -> s < 500 || s == 501 || s == 502 || s == 504 || s == 505);
        refused += statuses.stream().anyMatch(s -> s / 100 == 4) ? 1 : 0;
        assertThat(statuses(port, last("", "next"))).as("after %s", told).containsExactly(202);
      }
      assertThat(refused).as("seed %d", SEED).isGreaterThan(cases.size() / STEP / 2);
      assertThat(log.atLeast(Level.INFO)).as("a stranger fills no log").isEmpty();
      assertThat(log.all()).as("bytes as they came").noneMatch(RawCorpus::isUnescaped);
    }
    for (String result : List.of("failed", "draining")) {
      var counter = meters.find("blinkreactor.callbacks").tag("result", result).counter();
      assertThat(counter == null ? 0 : counter.count()).as("5xx of our own").isZero();
    }
  }

  /** A valid request after which the connection is to be closed. */
  private String last(String lines, String body) {
    return Proven.request(requireNonNull(opened), lines + "Connection: close\r\n", body);
  }

  private int start(String kind, UnaryOperator<CallbackServer.Builder> options) throws Exception {
    String[] words = kind.split(" ");
    CallbackServer server =
        requireNonNull(options.apply(CallbackServer.builder()).bind().block(PATIENCE));
    opened = server;
    Disposable unused = server.attach(Proven.SCOPE, sink);
    int port = Programs.freePort();
    String more = words.length > 1 ? " " + words[1] : "";
    String settings =
        (words[0].equals("nginx") ? NGINX : HAPROXY)
            .formatted(directory, port, server.port(), more);
    proxy = Programs.proxy(words[0], settings, port, directory);
    return port;
  }

  /**
   * The statuses of what is answered until the proxy closes the connection: as it was asked to, or
   * when its time for the rest of a request, or for another one, has run out.
   */
  private static List<Integer> statuses(int port, String request) throws IOException {
    try (RawConnection client = new RawConnection(port)) {
      client.trySend(request.getBytes(StandardCharsets.ISO_8859_1));
      return RawCorpus.statuses(client.readToEnd());
    }
  }
}
