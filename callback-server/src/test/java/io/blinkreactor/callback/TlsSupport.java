package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.testkit.InvariantsExtension;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** Servers with certificates of one directory, and clients that ask them. */
abstract class TlsSupport {

  static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir static Path directory = Path.of("");

  static Certificates certificates = new Certificates(directory);

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  final RecordingSink sink = new RecordingSink();

  @Nullable CallbackServer opened;

  @BeforeAll
  static void makeServers() throws Exception {
    certificates = new Certificates(directory);
    certificates.authority("ca");
    certificates.signed("server", "ca");
    certificates.signed("expired", "ca", valid(-20, -10));
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  static ServerTls pem(String name) {
    return ServerTls.pem(certificates.chain(name), certificates.key(name));
  }

  CallbackServer open(ServerTls tls, ServerLimits limits) {
    CallbackServer server =
        requireNonNull(CallbackServer.builder().tls(tls).limits(limits).bind().block(PATIENCE));
    opened = server;
    Disposable unused = server.attach(Proven.SCOPE, sink);
    return server;
  }

  /** The status of a proven callback, or "refused". */
  static String ask(
      CallbackServer server, @Nullable String client, String protocol, String trusted) {
    try (SSLSocket socket = connect(server, client, protocol, trusted)) {
      return statusOrRefused(socket, Proven.request(server, "", "x"));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static String statusOrRefused(SSLSocket socket, String request) {
    try {
      return status(socket, request);
    } catch (IOException e) {
      return "refused";
    }
  }

  static String status(SSLSocket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    byte[] start = socket.getInputStream().readNBytes(12);
    return start.length < 12
        ? "refused"
        : new String(start, StandardCharsets.ISO_8859_1).substring(9);
  }

  static SSLSocket connect(
      CallbackServer server, @Nullable String client, String protocol, String trusted)
      throws Exception {
    KeyStore authorities = KeyStore.getInstance("PKCS12");
    authorities.load(null, null);
    authorities.setCertificateEntry(
        "ca", Certificates.load(certificates.store(trusted)).getCertificate(trusted));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(authorities);
    KeyManager[] keys = null;
    if (client != null) {
      KeyManagerFactory own =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      own.init(Certificates.load(certificates.store(client)), Certificates.PASSWORD);
      keys = own.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.setEnabledProtocols(new String[] {protocol});
    return socket;
  }

  static UnaryOperator<CertificateBuilder> valid(int fromDays, int toDays) {
    Instant now = Instant.now();
    return builder ->
        builder
            .notBefore(now.plus(Duration.ofDays(fromDays)))
            .notAfter(now.plus(Duration.ofDays(toDays)));
  }
}
