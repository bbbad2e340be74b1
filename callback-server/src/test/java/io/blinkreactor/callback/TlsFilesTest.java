package io.blinkreactor.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which certificates and keys a server takes, at its start and when their files change. */
class TlsFilesTest extends TlsSupport {

  @BeforeAll
  static void makeNext() throws Exception {
    certificates.signed("next", "ca");
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

  private static void assertRefused(CallbackServer server, String sentence) throws Exception {
    assertThatThrownBy(() -> server.reloadTls().block(PATIENCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(sentence)
        .satisfies(e -> assertThat(e.toString()).doesNotContain("secret"));
    assertThat(subject(server)).as("the one from before stays").isEqualTo("CN=server");
  }

  private static void copy(String name, Path chain, Path key) throws IOException {
    Files.copy(certificates.key(name), key, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(certificates.chain(name), chain, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String subject(CallbackServer server) throws Exception {
    try (SSLSocket socket = connect(server, null, "TLSv1.3", "ca")) {
      socket.startHandshake();
      X509Certificate own = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return own.getSubjectX500Principal().getName();
    }
  }
}
