package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Certificates of one test class, with their keys as PEM files and as key stores in a directory.
 */
final class Certificates {

  static final char[] PASSWORD = "changeit".toCharArray();

  private final Path directory;
  private final Map<String, X509Bundle> authorities = new HashMap<>();

  Certificates(Path directory) {
    this.directory = directory;
  }

  /** Creates an authority of its own. */
  void authority(String name) throws Exception {
    X509Bundle authority = builder(name).ecp256().setIsCertificateAuthority(true).buildSelfSigned();
    authorities.put(name, authority);
    write(name, authority.getKeyPair().getPrivate(), authority.getCertificate());
  }

  /** Creates an elliptic key, and a certificate that is valid for this machine. */
  void signed(String name, String issuer) throws Exception {
    signed(name, issuer, keys("EC", 256), builder -> builder);
  }

  /** Creates a certificate with further settings, such as its dates. */
  void signed(String name, String issuer, UnaryOperator<CertificateBuilder> settings)
      throws Exception {
    signed(name, issuer, keys("EC", 256), settings);
  }

  /** Creates a certificate for a key of any kind. */
  void signed(String name, String issuer, KeyPair keys) throws Exception {
    signed(name, issuer, keys, builder -> builder);
  }

  private void signed(
      String name, String issuer, KeyPair keys, UnaryOperator<CertificateBuilder> settings)
      throws Exception {
    X509Bundle authority = requireNonNull(authorities.get(issuer), issuer);
    X509Bundle signed =
        settings
            .apply(builder(name).addSanDnsName("localhost").addSanIpAddress("127.0.0.1"))
            .publicKey(keys.getPublic())
            .buildIssuedBy(authority);
    write(name, keys.getPrivate(), signed.getCertificate(), authority.getCertificate());
  }

  /**
   * Returns a pair of keys.
   *
   * @param bits their size; 0 for the algorithm's own
   */
  static KeyPair keys(String algorithm, int bits) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (algorithm.equals("RSA") && bits >= 2048) {
      // With this seed primes are found at once; without, it takes up to ten times as long.
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(17);
      generator.initialize(bits, random);
    } else if (bits > 0) {
      generator.initialize(bits);
    }
    return generator.generateKeyPair();
  }

  Path chain(String name) {
    return directory.resolve(name + ".pem");
  }

  Path key(String name) {
    return directory.resolve(name + ".key");
  }

  Path store(String name) {
    return directory.resolve(name + ".p12");
  }

  static KeyStore load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(new ByteArrayInputStream(Files.readAllBytes(store)), PASSWORD);
    return keys;
  }

  private static CertificateBuilder builder(String name) {
    return new CertificateBuilder()
        .subject("CN=" + name)
        .notBefore(Instant.now().minus(Duration.ofDays(1)))
        .notAfter(Instant.now().plus(Duration.ofDays(100)));
  }

  private void write(String name, PrivateKey key, X509Certificate... certificates)
      throws IOException, GeneralSecurityException {
    StringBuilder chain = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      chain.append(block("CERTIFICATE", certificate.getEncoded()));
    }
    Files.writeString(chain(name), chain);
    Files.writeString(key(name), block("PRIVATE KEY", key.getEncoded()));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    store.setKeyEntry(name, key, PASSWORD, certificates);
    try (OutputStream out = Files.newOutputStream(store(name))) {
      store.store(out, PASSWORD);
    }
  }

  private static String block(String kind, byte[] bytes) {
    String text =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes);
    return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
  }
}
