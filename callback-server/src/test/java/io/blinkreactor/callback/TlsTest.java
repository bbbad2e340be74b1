package io.blinkreactor.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in over TLS, and with which certificate (T16). */
class TlsTest extends TlsSupport {

  @BeforeAll
  static void makeClients() throws Exception {
    certificates.authority("other-ca");
    certificates.authority("self");
    certificates.signed("client", "ca", CertificateBuilder::addExtendedKeyUsageClientAuth);
    certificates.signed("no-client", "ca", CertificateBuilder::addExtendedKeyUsageServerAuth);
    certificates.signed("stranger", "other-ca");
    certificates.signed("future", "ca", valid(10, 20));
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

  private static void skipHeader(SSLSocket socket) throws IOException {
    StringBuilder header = new StringBuilder();
    while (header.indexOf("\r\n\r\n") < 0) {
      header.append((char) socket.getInputStream().read());
    }
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
