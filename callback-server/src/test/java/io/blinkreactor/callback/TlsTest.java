package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.blinkreactor.testkit.InvariantsExtension;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

/** Who gets in over TLS, with which certificate, and how the server's own is changed (T16). */
class TlsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir static Path directory = Path.of("");

  private static Certificates certificates = new Certificates(directory);

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();
  private @Nullable CallbackServer opened;

  @BeforeAll
  static void make() throws Exception {
    certificates = new Certificates(directory);
    certificates.authority("ca");
    certificates.authority("other-ca");
    certificates.signed("server", "ca");
    certificates.signed("next", "ca");
    certificates.signed("stranger", "other-ca");
    certificates.signed("client", "ca", CertificateBuilder::addExtendedKeyUsageClientAuth);
    certificates.signed("expired", "ca", valid(-20, -10));
    certificates.signed("future", "ca", valid(10, 20));
    certificates.signed("no-client", "ca", CertificateBuilder::addExtendedKeyUsageServerAuth);
    certificates.authority("self");
  }

  private static UnaryOperator<CertificateBuilder> valid(int fromDays, int toDays) {
    Instant now = Instant.now();
    return builder ->
        builder
            .notBefore(now.plus(Duration.ofDays(fromDays)))
            .notAfter(now.plus(Duration.ofDays(toDays)));
  }

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  @ParameterizedTest(name = "{0} over {1} with the authority {2}: {3}")
  @CsvSource(
      nullValues = "nothing",
      value = {
        "client, TLSv1.3, ca, 202",
        "client, TLSv1.2, ca, 202",
        "nothing, TLSv1.3, ca, refused",
        "nothing, TLSv1.2, ca, refused",
        "stranger, TLSv1.3, ca, refused",
        "stranger, TLSv1.2, ca, refused",
        "self, TLSv1.3, ca, refused",
        "expired, TLSv1.3, ca, refused",
        "expired, TLSv1.2, ca, refused",
        "future, TLSv1.3, ca, refused",
        "no-client, TLSv1.3, ca, refused",
        "client, TLSv1.3, other-ca, refused",
      })
  void t16OnlyAClientWithACertificateOfTheAuthorityGetsIn(
      @Nullable String client, String protocol, String trusted, String outcome) {
    ServerTls tls = pem("server").clients(certificates.chain("ca"));
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      CallbackServer server = open(tls, ServerLimits.defaults());
      assertThat(ask(server, client, protocol, trusted)).isEqualTo(outcome);
      assertThat(log.all()).as("a stranger fills no log").isEmpty();
    }
    assertThat(sink.calls).hasSize(outcome.equals("202") ? 1 : 0);
  }

  @Test
  void t16PlainHttpAndOldTlsGetNoAnswer() throws Exception {
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      CallbackServer server = open(pem("server"), ServerLimits.defaults());
      try (RawConnection client = new RawConnection(server.port())) {
        client.trySend(Proven.request(server, "", "x").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(client.readToEnd()).doesNotContain("HTTP");
      }
      for (int minor = 0; minor <= 2; minor++) {
        try (RawConnection client = new RawConnection(server.port())) {
          client.send(oldHello(minor));
          // An alert, fatal: protocol_version or handshake_failure; or nothing at all.
          assertThat(client.readToEnd()).matches("(?s)(\u0015.{4}\u0002.)?");
        }
      }
      assertThat(log.all()).isEmpty();
    }
    assertThat(sink.calls).isEmpty();
  }

  /** In TLS 1.2 a client may ask for as many handshakes as it likes, each dear for the server. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void t16NoSecondHandshakeIsMade(boolean afterARequest) throws Exception {
    CallbackServer server = open(pem("server"), ServerLimits.defaults());
    try (SSLSocket socket = connect(server, null, "TLSv1.2", "ca")) {
      socket.startHandshake();
      if (afterARequest) {
        assertThat(status(socket, Proven.request(server, "", "x"))).isEqualTo("202");
        skipHeader(socket);
      }
      sink.calls.clear();
      socket.startHandshake();
      assertThat(statusOrRefused(socket, Proven.request(server, "", "x"))).isEqualTo("refused");
      assertThat(sink.calls).isEmpty();
    }
    assertThat(ask(server, null, "TLSv1.2", "ca")).isEqualTo("202");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", // LUCKY13 is about these
        "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
      })
  void t16WeakerCiphersAreRefused(String cipher) throws Exception {
    CallbackServer server = open(pem("server"), ServerLimits.defaults());
    try (SSLSocket socket = connect(server, null, "TLSv1.2", "ca")) {
      socket.setEnabledCipherSuites(new String[] {cipher});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aKeyStoreWillDoToo() {
    CallbackServer server =
        open(
            ServerTls.keyStore(certificates.store("server"), Certificates.PASSWORD),
            ServerLimits.defaults());
    assertThat(server.publicUrl()).isEqualTo("https://127.0.0.1:" + server.port());
    assertThat(ask(server, null, "TLSv1.3", "ca")).isEqualTo("202");
  }

  @Test
  void aCertificateThatCannotBeReadKeepsTheServerFromListening() throws Exception {
    Path broken = Files.writeString(directory.resolve("broken.pem"), "nothing");
    for (ServerTls tls :
        new ServerTls[] {
          ServerTls.pem(directory.resolve("nowhere.pem"), certificates.key("server")),
          ServerTls.pem(certificates.chain("server"), broken),
          ServerTls.pem(broken, certificates.key("server")),
          ServerTls.keyStore(certificates.store("server"), "wrong-word".toCharArray()),
          ServerTls.keyStore(broken, Certificates.PASSWORD),
          pem("server").clients(broken)
        }) {
      assertThatThrownBy(() -> open(tls, ServerLimits.defaults()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("could not be read")
          .hasMessageContaining(directory.toString())
          .satisfies(e -> assertThat(e.toString()).doesNotContain("wrong-word", "changeit"));
    }
  }

  @Test
  void aChangedCertificateIsTakenAndABrokenOneIsNot() throws Exception {
    Path chain = directory.resolve("live.pem");
    Path key = directory.resolve("live.key");
    copy("server", chain, key);
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      CallbackServer server =
          open(
              ServerTls.pem(chain, key).reloadEvery(Duration.ofMillis(50)),
              ServerLimits.defaults());
      assertThat(subject(server)).isEqualTo("CN=server");
      try (SSLSocket before = connect(server, null, "TLSv1.3", "ca")) {
        before.startHandshake();
        copy("next", chain, key);
        Awaitility.await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(subject(server)).isEqualTo("CN=next"));
        assertThat(status(before, Proven.request(server, "", "x")))
            .as("an open connection stays")
            .isEqualTo("202");
      }
      Files.writeString(key, "nothing");
      Awaitility.await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(log.atLeast(Level.WARN))
                      .filteredOn(line -> line.contains("there is no key in PKCS #8"))
                      .singleElement()
                      .asString()
                      .contains("could not be read", "live.key", "stays"));
      assertThat(subject(server)).isEqualTo("CN=next");
      assertThatThrownBy(() -> server.reloadTls().block(PATIENCE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("live.key");
      copy("server", chain, key);
      server.reloadTls().block(PATIENCE);
      assertThat(subject(server)).as("at once, when asked").isEqualTo("CN=server");
    }
  }

  /** As they are found between two writes, or when one of them failed. */
  @Test
  void filesThatDoNotBelongTogetherAreNotTaken() throws Exception {
    Path chain = directory.resolve("odd.pem");
    Path key = directory.resolve("odd.key");
    copy("server", chain, key);
    CallbackServer server = open(ServerTls.pem(chain, key), ServerLimits.defaults());
    String whole = Files.readString(certificates.chain("next"));
    copy("next", chain, key);
    for (int length :
        new int[] {whole.length() - 2, whole.length() - 40, whole.lastIndexOf("BEGIN") + 3}) {
      Files.writeString(chain, whole.substring(0, length));
      assertRefused(server, "odd.pem");
    }
    Files.writeString(chain, whole + whole);
    assertRefused(server, "comes first, and behind each the one that signed it");
    Files.copy(certificates.chain("server"), chain, StandardCopyOption.REPLACE_EXISTING);
    assertRefused(server, "the key is not the certificate's");
    Files.writeString(key, Files.readString(key).replace("PRIVATE KEY", "RSA PRIVATE KEY"));
    assertRefused(server, "openssl pkcs8 -topk8 -nodes");
    Files.writeString(key, "-----BEGIN PRIVATE KEY-----\n*secret*\n-----END PRIVATE KEY-----\n");
    assertRefused(server, "there is no key");
    copy("next", chain, key);
    server.reloadTls().block(PATIENCE);
    assertThat(subject(server)).isEqualTo("CN=next");
  }

  /** As with rights that are given after the file. */
  @Test
  void filesThatWouldNotDoAreTriedAgain() throws Exception {
    Path chain = directory.resolve("again.pem");
    Path key = directory.resolve("again.key");
    copy("server", chain, key);
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      CallbackServer server =
          open(
              ServerTls.pem(chain, key).reloadEvery(Duration.ofMillis(20)),
              ServerLimits.defaults());
      String next = Files.readString(certificates.key("next"));
      FileTime time = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
      Files.writeString(key, next.replace("BEGIN", "begin"));
      Files.setLastModifiedTime(key, time);
      Files.copy(certificates.chain("next"), chain, StandardCopyOption.REPLACE_EXISTING);
      Awaitility.await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(log.all()).anyMatch(l -> l.contains("there is no key")));
      Awaitility.await()
          .pollDelay(Duration.ofMillis(200))
          .untilAsserted(
              () ->
                  assertThat(log.all())
                      .filteredOn(l -> l.contains("there is no key"))
                      .as("told once")
                      .hasSize(1));
      try (FileChannel file = FileChannel.open(key, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(next.getBytes(StandardCharsets.US_ASCII)));
      }
      Files.setLastModifiedTime(key, time);
      Awaitility.await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(subject(server)).isEqualTo("CN=next"));
    }
  }

  @Test
  void aCertificateOutOfItsTimeIsTold() throws Exception {
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      open(pem("expired"), ServerLimits.defaults());
      assertThat(log.atLeast(Level.WARN))
          .singleElement()
          .asString()
          .contains("expired.pem", "is good");
    }
  }

  @Test
  void aKeyOfAnotherPairIsRefusedWhateverItsKind() throws Exception {
    for (String algorithm : List.of("RSASSA-PSS", "RSA", "EC", "Ed25519")) {
      int bits = algorithm.startsWith("RSA") ? 1024 : 0; // which is quick to make
      certificates.signed("one" + algorithm, "ca", Certificates.keys(algorithm, bits));
      certificates.signed("two" + algorithm, "ca", Certificates.keys(algorithm, bits));
      ServerTls mixed =
          ServerTls.pem(certificates.chain("one" + algorithm), certificates.key("two" + algorithm));
      assertThatThrownBy(() -> open(mixed, ServerLimits.defaults()))
          .as(algorithm)
          .hasMessageContaining("the key is not the certificate's");
    }
    certificates.signed("ed448", "ca", Certificates.keys("Ed448", 0));
    ServerTls curves = ServerTls.pem(certificates.chain("ed448"), certificates.key("oneEd25519"));
    assertThatThrownBy(() -> open(curves, ServerLimits.defaults()))
        .hasMessageContaining("the key is not the certificate's");
    Path combined = directory.resolve("combined.pem");
    Files.writeString(
        combined,
        Files.readString(certificates.key("server"))
            + Files.readString(certificates.chain("server")));
    assertThatThrownBy(
            () ->
                open(ServerTls.pem(combined, certificates.key("server")), ServerLimits.defaults()))
        .hasMessageContaining("something else than whole certificates");
  }

  private static void assertRefused(CallbackServer server, String sentence) throws Exception {
    assertThatThrownBy(() -> server.reloadTls().block(PATIENCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(sentence)
        .satisfies(e -> assertThat(e.toString()).doesNotContain("secret"));
    assertThat(subject(server)).as("the one from before stays").isEqualTo("CN=server");
  }

  @ParameterizedTest
  @CsvSource({"RSA,2048", "EC,256", "EC,384"})
  void theKeysOfPublicAuthoritiesFit(String algorithm, int size) throws Exception {
    String name = algorithm + size;
    certificates.signed(name, "ca", Certificates.keys(algorithm, size));
    for (ServerTls tls :
        List.of(pem(name), ServerTls.keyStore(certificates.store(name), Certificates.PASSWORD))) {
      CallbackServer server = open(tls, ServerLimits.defaults());
      assertThat(subject(server)).isEqualTo("CN=" + name);
      server.close();
    }
  }

  @Test
  void t11AHandshakeThatTricklesInIsClosedOn() throws Exception {
    CallbackServer server =
        open(
            pem("server"), ServerLimits.builder().handshakeTimeout(Duration.ofMillis(300)).build());
    byte[] hello = oldHello(3);
    try (RawConnection client = new RawConnection(server.port())) {
      long start = System.nanoTime();
      int sent = 0;
      while (sent < hello.length - 1 && client.silentFor(Duration.ofMillis(20))) {
        client.trySend(new byte[] {hello[sent++]});
      }
      assertThat(client.readToEnd()).doesNotContain("HTTP");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(250));
    }
    try (RawConnection client = new RawConnection(server.port())) {
      assertThat(client.readToEnd()).as("silence").isEmpty();
    }
    // A machine that stands still may take as long for a handshake that is in order.
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> ask(server, null, "TLSv1.3", "ca"), "202"::equals);
  }

  private static void copy(String name, Path chain, Path key) throws IOException {
    Files.copy(certificates.key(name), key, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(certificates.chain(name), chain, StandardCopyOption.REPLACE_EXISTING);
  }

  private static ServerTls pem(String name) {
    return ServerTls.pem(certificates.chain(name), certificates.key(name));
  }

  private CallbackServer open(ServerTls tls, ServerLimits limits) {
    CallbackServer server =
        requireNonNull(CallbackServer.builder().tls(tls).limits(limits).bind().block(PATIENCE));
    opened = server;
    Disposable unused = server.attach(Proven.SCOPE, sink);
    return server;
  }

  /** The status of a proven callback, or "refused". */
  private static String ask(
      CallbackServer server, @Nullable String client, String protocol, String trusted) {
    try (SSLSocket socket = connect(server, client, protocol, trusted)) {
      return statusOrRefused(socket, Proven.request(server, "", "x"));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static String statusOrRefused(SSLSocket socket, String request) {
    try {
      return status(socket, request);
    } catch (IOException e) {
      return "refused";
    }
  }

  private static String status(SSLSocket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    byte[] start = socket.getInputStream().readNBytes(12);
    return start.length < 12
        ? "refused"
        : new String(start, StandardCharsets.ISO_8859_1).substring(9);
  }

  private static void skipHeader(SSLSocket socket) throws IOException {
    StringBuilder header = new StringBuilder();
    while (header.indexOf("\r\n\r\n") < 0) {
      header.append((char) socket.getInputStream().read());
    }
  }

  private static String subject(CallbackServer server) throws Exception {
    try (SSLSocket socket = connect(server, null, "TLSv1.3", "ca")) {
      socket.startHandshake();
      X509Certificate own = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return own.getSubjectX500Principal().getName();
    }
  }

  private static SSLSocket connect(
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

  /** The first message of a client that can do TLS 1.x at most. */
  private static byte[] oldHello(int minor) {
    byte[] hello = new byte[5 + 4 + 2 + 32 + 1 + 2 + 4 + 2];
    hello[0] = 0x16;
    hello[1] = 3;
    hello[2] = 1;
    hello[4] = (byte) (hello.length - 5);
    hello[5] = 1;
    hello[8] = (byte) (hello.length - 9);
    hello[9] = 3;
    hello[10] = (byte) minor;
    int at = 9 + 2 + 32;
    hello[at] = 0; // no session
    hello[at + 2] = 4;
    hello[at + 4] = 0x2f; // TLS_RSA_WITH_AES_128_CBC_SHA
    hello[at + 5] = (byte) 0xc0;
    hello[at + 6] = 0x09; // TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
    hello[at + 7] = 1;
    return hello;
  }
}
