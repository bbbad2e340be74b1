package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.testkit.InvariantsExtension;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Clients that others wrote deliver callbacks. It needs {@code curl} and {@code node}. */
class RealClientsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String BODY = "{\"state\":\"Completed\",\"text\":\"\u00e9\"}";

  @TempDir static Path directory = Path.of("");

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();

  @SuppressWarnings("NullAway.Init")
  private CallbackServer server;

  @BeforeAll
  static void certificate() throws Exception {
    Certificates certificates = new Certificates(directory);
    certificates.authority("ca");
    certificates.signed("server", "ca");
  }

  @AfterEach
  void close() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "https"})
  void curlDelivers(String scheme) throws Exception {
    CallbackTarget target = open(scheme);
    List<String> command =
        new ArrayList<>(List.of("curl", "-sS", "--cacert", directory.resolve("ca.pem").toString()));
    target.headers().forEach((name, value) -> command.addAll(List.of("-H", name + ": " + value)));
    command.addAll(List.of("-H", "Content-Type: application/json", "--data-binary", BODY));
    command.addAll(List.of("-w", "%{http_code}", target.url().toString()));
    assertThat(Programs.run(command, Map.of())).isEqualTo("202");
    assertDelivered(1);
    command.addAll(List.of("-H", "Expect: 100-continue", "--http2"));
    assertThat(Programs.run(command, Map.of())).isEqualTo("202");
    assertDelivered(2);
    command.set(command.indexOf(target.url().toString()), target.url() + "x");
    assertThat(Programs.run(command, Map.of())).isEqualTo("404");
    assertDelivered(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "https"})
  void nodesFetchDelivers(String scheme) throws Exception {
    CallbackTarget target = open(scheme);
    StringBuilder headers = new StringBuilder("'content-type':'application/json'");
    target.headers().forEach((name, value) -> headers.append(",'" + name + "':'" + value + "'"));
    String program =
        "const one = (path) => fetch('%s' + path, {method:'POST',headers:{%s},body:process.env.BODY})"
                .formatted(target.url(), headers)
            + ".then(r => r.status);"
            + "(async () => console.log([await one(''), await one(''), await one('x'), await one('')].join()))()";
    String said =
        Programs.run(
            List.of("node", "-e", program),
            Map.of("NODE_EXTRA_CA_CERTS", directory.resolve("ca.pem").toString(), "BODY", BODY));
    assertThat(said.strip()).isEqualTo("202,202,404,202");
    assertDelivered(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "https"})
  void theJdksClientDelivers(String scheme) throws Exception {
    CallbackTarget target = open(scheme);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(
        "ca", Certificates.load(directory.resolve("ca.p12")).getCertificate("ca"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    // Its default asks to upgrade to HTTP/2, which must do no harm.
    HttpClient client = HttpClient.newBuilder().sslContext(tls).connectTimeout(PATIENCE).build();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target.url())
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(BODY));
    target.headers().forEach(request::header);
    for (int i = 1; i <= 3; i++) {
      assertThat(client.send(request.build(), BodyHandlers.discarding()).statusCode())
          .isEqualTo(202);
      assertDelivered(i);
    }
  }

  private CallbackTarget open(String scheme) {
    CallbackServer.Builder options = CallbackServer.builder();
    if (scheme.equals("https")) {
      options.tls(ServerTls.pem(directory.resolve("server.pem"), directory.resolve("server.key")));
    }
    server = requireNonNull(options.bind().block(PATIENCE));
    Disposable unused = server.attach(Proven.SCOPE, sink);
    assertThat(server.publicUrl()).startsWith(scheme + "://");
    return Proven.target(server);
  }

  private void assertDelivered(int count) {
    assertThat(sink.calls)
        .hasSize(count)
        .allMatch(
            call ->
                call.payload().text().equals(BODY)
                    && "application/json".equals(call.payload().contentType()));
  }
}
