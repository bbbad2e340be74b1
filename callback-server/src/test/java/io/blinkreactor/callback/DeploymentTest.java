package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.testkit.InvariantsExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;

/**
 * SECURITY.md's settings of nginx and haproxy, as they stand there but for addresses, ports and the
 * certificate's files, before a server with the options that stand beside them.
 */
class DeploymentTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** The senders' address, which is not the proxy's; Linux has all of 127.0.0.0/8. */
  private static final String SENDER = "127.0.0.2";

  /** A check of haproxy's that takes longer fails unless told otherwise. */
  private static final Duration LATER_THAN_INTER = Duration.ofMillis(1500);

  private static final String STRANGER = "127.0.0.3";

  /** What a settings file has around a server's own part. */
  private static final String AROUND_NGINX =
      """
      daemon off;
      master_process off;
      pid %1$s/nginx.pid;
      error_log %1$s/error.log;
      events {}
      http {
        client_body_temp_path %1$s/b; proxy_temp_path %1$s/p; fastcgi_temp_path %1$s/f;
        uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
      %2$s
      }
      """;

  @TempDir Path directory = Path.of("");

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();
  private @Nullable CallbackServer opened;
  private @Nullable Process proxy;
  private int port;

  @BeforeEach
  void certificate() throws Exception {
    Certificates certificates = new Certificates(directory);
    certificates.authority("ca");
    certificates.signed("server", "ca");
    port = Programs.freePort();
  }

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

  @Test
  void nginxAsInSecurityMd() throws Exception {
    CallbackServer server = open(b -> b.trustedProxies("127.0.0.1"));
    String settings = snippet("nginx");
    settings = with(settings, "listen 443 ssl", "listen 127.0.0.1:" + port + " ssl");
    settings = with(settings, "/etc/nginx/chain.pem", directory.resolve("server.pem").toString());
    settings = with(settings, "/etc/nginx/key.pem", directory.resolve("server.key").toString());
    settings = with(settings, "10.0.0.5:8080", "127.0.0.1:" + server.port());
    proxy = Programs.proxy("nginx", AROUND_NGINX.formatted(directory, settings), port, directory);
    assertItIsWhatItShouldBe(server);
  }

  @Test
  void haproxyAsInSecurityMd() throws Exception {
    CallbackServer server =
        open(
            b ->
                b.trustedProxies("127.0.0.1")
                    .proxyProtocol(true)
                    .deregistrationDelay(Duration.ofSeconds(5)));
    String settings = haproxy(server);
    proxy = Programs.proxy("haproxy", settings, port, directory);
    assertItIsWhatItShouldBe(server);
    // The health check has seen that it is ready, and sees in time that it leaves.
    Disposable closing = server.closeLater().subscribe();
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(said()).contains("one is DOWN"));
    assertThat(said()).contains("Layer7 wrong status, code: 503");
    assertThat(send(server, SENDER)).as("haproxy itself, as there is no other").isEqualTo("503");
    assertThat(Programs.read(directory.resolve("answer"))).contains("No server is available");
    closing.dispose();
  }

  @Test
  void haproxyWithoutTheProxyProtocol() throws Exception {
    CallbackServer server = open(b -> b.trustedProxies("127.0.0.1"));
    String settings = with(haproxy(server), " send-proxy-v2", "");
    settings = with(settings, "  option httpchk", "  option forwardfor\n  option httpchk");
    proxy = Programs.proxy("haproxy", settings, port, directory);
    assertItIsWhatItShouldBe(server);
  }

  @Test
  void haproxyBearsAFirstCheckThatIsLate() throws Exception {
    CallbackServer server = open(b -> b.trustedProxies("127.0.0.1"));
    AtomicInteger checks = new AtomicInteger();
    DisposableServer busy =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    checks.incrementAndGet() > 1
                        ? response.send()
                        : Mono.delay(LATER_THAN_INTER).then(response.send().then()))
            .bindNow();
    try {
      String settings = with(haproxy(server), " send-proxy-v2", "");
      settings = with(settings, "port " + server.managementPort(), "port " + busy.port());
      settings = with(settings, "  option httpchk", "  option forwardfor\n  option httpchk");
      proxy = Programs.proxy("haproxy", settings, port, directory);
      Awaitility.await().atMost(PATIENCE).until(() -> checks.get() >= 2);
      assertThat(send(server, SENDER)).isEqualTo("202");
      assertThat(said()).doesNotContain("DOWN");
    } finally {
      busy.disposeNow();
    }
  }

  @Test
  void haproxyTriesAnotherServerWhenOneBreaksOffOrLeaves() throws Exception {
    CallbackServer server = open(b -> b.trustedProxies("127.0.0.1"));
    AtomicInteger met = new AtomicInteger();
    DisposableServer other =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    met.incrementAndGet() % 2 == 0
                        ? response.status(503).send()
                        : breakOff(response))
            .bindNow();
    try {
      String settings = with(haproxy(server), " send-proxy-v2", "");
      settings = with(settings, "  option httpchk", "  option forwardfor\n  option httpchk");
      settings += "  server other 127.0.0.1:" + other.port() + "\n";
      proxy = Programs.proxy("haproxy", settings, port, directory);
      for (int i = 0; i < 8; i++) {
        assertThat(send(server, SENDER)).as("%d, after %d", i, met.get()).isEqualTo("202");
      }
      assertThat(met).hasValueGreaterThan(2);
    } finally {
      other.disposeNow();
    }
  }

  private static HttpServerResponse breakOff(HttpServerResponse response) {
    return response.withConnection(
        connection -> {
          var unused = connection.channel().close();
        });
  }

  private void assertItIsWhatItShouldBe(CallbackServer server) throws Exception {
    // What the proxy answers before it is ready reaches no sink, or the count below would be wrong.
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(send(server, SENDER)).as(this::said).isEqualTo("202"));
    assertThat(send(server, SENDER, "-H", "X-Forwarded-For: 203.0.113.7")).isEqualTo("202");
    assertThat(send(server, STRANGER)).isEqualTo("404");
    assertThat(send(server, STRANGER, "-H", "X-Forwarded-For: " + SENDER)).isEqualTo("404");
    String url = "https://127.0.0.1:" + port;
    for (String path : List.of("/", "/readyz", "/metrics", "/callbacks/v1/x")) {
      assertThat(curl(SENDER, url + path)).as(path).isEqualTo("404");
    }
    Path most = Files.write(directory.resolve("most"), new byte[64 * 1024]);
    assertThat(send(server, SENDER, "--data-binary", "@" + most)).isEqualTo("202");
    Path more = Files.write(directory.resolve("more"), new byte[64 * 1024 + 1]);
    // Asks first: who is still writing when the answer comes may see a reset instead of it.
    assertThat(send(server, SENDER, "-H", "Expect: 100-continue", "--data-binary", "@" + more))
        .isEqualTo("413");
    assertThat(sink.calls).hasSize(3);
    assertThat(said().lines())
        .as("complaints about the settings")
        .allMatch(
            line -> line.contains("Server blinkreactor/one is") || line.contains("no server"));
  }

  private String haproxy(CallbackServer server) throws IOException {
    Path both =
        Files.writeString(
            directory.resolve("hooks.pem"),
            Programs.read(directory.resolve("server.pem"))
                + Programs.read(directory.resolve("server.key")));
    String settings = snippet("haproxy");
    settings = with(settings, "bind :443", "bind 127.0.0.1:" + port);
    settings = with(settings, "/etc/haproxy/hooks.pem", both.toString());
    settings = with(settings, "10.0.0.5:8080", "127.0.0.1:" + server.port());
    return with(settings, "port 8081", "port " + server.managementPort());
  }

  private CallbackServer open(UnaryOperator<CallbackServer.Builder> options) {
    CallbackServer server =
        requireNonNull(
            options
                .apply(
                    CallbackServer.builder()
                        .publicUrl("https://127.0.0.1:" + port)
                        .allow(SENDER)
                        .deregistrationDelay(Duration.ZERO)
                        .management("127.0.0.1", 0))
                .bind()
                .block(PATIENCE));
    opened = server;
    Disposable unused = server.attach(Proven.SCOPE, sink);
    return server;
  }

  /** The text of a fenced block of SECURITY.md. */
  private static String snippet(String language) {
    Matcher block =
        Pattern.compile("(?s)```" + language + "\n(.*?)```")
            .matcher(Programs.read(Path.of("..", "SECURITY.md")));
    assertThat(block.find()).as(language).isTrue();
    return block.group(1);
  }

  private static String with(String settings, String words, String others) {
    assertThat(settings).containsOnlyOnce(words);
    return settings.replace(words, others);
  }

  private String said() {
    return Programs.read(Programs.said(directory));
  }

  private String send(CallbackServer server, String from, String... options)
      throws InterruptedException {
    CallbackTarget target = Proven.target(server);
    List<String> all = new ArrayList<>(List.of("-X", "POST"));
    target.headers().forEach((name, value) -> all.addAll(List.of("-H", name + ": " + value)));
    all.addAll(List.of(options));
    return curl(from, target.url().toString(), all.toArray(String[]::new));
  }

  private String curl(String from, String url, String... options) throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "-sS",
                "--cacert",
                directory.resolve("ca.pem").toString(),
                "--interface",
                from,
                "-o",
                directory.resolve("answer").toString(),
                "-w",
                "%{http_code}"));
    command.addAll(List.of(options));
    command.add(url);
    return Programs.run(command, Map.of());
  }
}
