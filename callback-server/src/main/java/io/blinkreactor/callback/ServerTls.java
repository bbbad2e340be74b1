package io.blinkreactor.callback;

import static io.blinkreactor.internal.OptionChecks.positive;
import static java.util.Objects.requireNonNull;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of a callback server, TLS 1.2 or newer with ciphers that have forward secrecy.
 * The files are looked at every minute, and taken anew when one has changed; connections that are
 * open stay as they are. Files that can't be read then, or that don't belong together, are reported
 * in the log, and the certificate from before stays.
 *
 * <pre>{@code
 * ServerTls tls = ServerTls.pem(Path.of("chain.pem"), Path.of("key.pem"));
 * }</pre>
 */
public final class ServerTls {

  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

  /**
   * Those of TLS 1.3, and of TLS 1.2 those with authenticated encryption and a key of the
   * connection's own, which every client of the last ten years has (RFC 9325, section 4.2).
   */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private static final byte[] PROBE = {1};

  private final Path certificate;
  private final @Nullable Path key;
  private final char @Nullable [] password;
  private final @Nullable Path clients;
  private final Duration reloadEvery;

  private ServerTls(
      Path certificate,
      @Nullable Path key,
      char @Nullable [] password,
      @Nullable Path clients,
      Duration reloadEvery) {
    this.certificate = certificate;
    this.key = key;
    this.password = password;
    this.clients = clients;
    this.reloadEvery = reloadEvery;
  }

  /**
   * Takes the certificate from PEM files.
   *
   * @param chain the certificate, and after it those that lead to its root
   * @param key its key in PKCS #8, not encrypted: {@code -----BEGIN PRIVATE KEY-----}
   * @return what the server's builder takes
   */
  public static ServerTls pem(Path chain, Path key) {
    return new ServerTls(
        requireNonNull(chain, "chain"),
        requireNonNull(key, "key"),
        null,
        null,
        Duration.ofMinutes(1));
  }

  /**
   * Takes the certificate from a key store.
   *
   * @param file a PKCS #12 or JKS file with one key
   * @param password of the store and of the key in it; copied
   * @return what the server's builder takes
   */
  public static ServerTls keyStore(Path file, char[] password) {
    return new ServerTls(
        requireNonNull(file, "file"), null, password.clone(), null, Duration.ofMinutes(1));
  }

  /**
   * Lets in only clients with a certificate (mTLS).
   *
   * @param authorities a PEM file of the authorities that a client's certificate must lead to
   * @return the same with that
   */
  public ServerTls clients(Path authorities) {
    return new ServerTls(
        certificate, key, password, requireNonNull(authorities, "authorities"), reloadEvery);
  }

  /**
   * Sets how often the files are looked at.
   *
   * @param value more than zero; one minute by default
   * @return the same with that
   */
  public ServerTls reloadEvery(Duration value) {
    return new ServerTls(certificate, key, password, clients, positive("reloadEvery", value));
  }

  Duration reloadEvery() {
    return reloadEvery;
  }

  /** Reads the files, and sees that certificate and key belong together; blocks. */
  SslContext load() throws IOException, GeneralSecurityException {
    char[] secret = password == null ? new char[0] : password;
    KeyStore store = key == null ? KeyStore.getInstance(certificate.toFile(), secret) : pem(key);
    checkPairs(store, secret);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, secret);
    SslContextBuilder context =
        SslContextBuilder.forServer(keys)
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3", "TLSv1.2")
            .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
    return clients == null
        ? context.build()
        : context
            .trustManager(PemFiles.certificates(clients))
            .clientAuth(ClientAuth.REQUIRE)
            .build();
  }

  /** The same as a key store; one with a chain that is none is refused by the store. */
  private KeyStore pem(Path key) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    PrivateKey own = PemFiles.key(key);
    X509Certificate[] chain = PemFiles.certificates(certificate);
    try {
      store.setKeyEntry("key", own, new char[0], chain);
    } catch (KeyStoreException e) {
      throw new GeneralSecurityException(
          "the server's own certificate comes first, and behind each the one that signed it", e);
    }
    return store;
  }

  /** Of files that are replaced one after the other, the new one does not fit the old one. */
  private void checkPairs(KeyStore store, char[] secret) throws GeneralSecurityException {
    int pairs = 0;
    for (String alias : Collections.list(store.aliases())) {
      if (store.getKey(alias, secret) instanceof PrivateKey key) {
        if (!(store.getCertificate(alias) instanceof X509Certificate own)) {
          continue;
        }
        pairs++;
        if (!fit(key, own.getPublicKey())) {
          throw new GeneralSecurityException("the key is not the certificate's");
        }
        warnOfItsTime(own);
      }
    }
    if (pairs == 0) {
      throw new GeneralSecurityException("there is no key with a certificate");
    }
  }

  private void warnOfItsTime(X509Certificate own) {
    try {
      own.checkValidity();
    } catch (CertificateException outsideOfItsTime) {
      log.warn(
          "The certificate in {} is good from {} to {} alone: whoever checks it does not call back now",
          certificate,
          own.getNotBefore().toInstant(),
          own.getNotAfter().toInstant());
    }
  }

  private static boolean fit(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
    if (key instanceof RSAPrivateKey own && certified instanceof RSAPublicKey other) {
      return own.getModulus().equals(other.getModulus());
    } else if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
      return false;
    }
    String signature =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "EdDSA" -> "EdDSA";
          default ->
              throw new GeneralSecurityException(
                  "no cipher here takes a key of " + key.getAlgorithm());
        };
    Signature made = Signature.getInstance(signature);
    made.initSign(key);
    made.update(PROBE);
    try {
      Signature checked = Signature.getInstance(signature);
      checked.initVerify(certified);
      checked.update(PROBE);
      return checked.verify(made.sign());
    } catch (SignatureException ofAnotherLength) {
      return false;
    }
  }

  /** What changes when a file does; blocks. */
  List<Object> stamp() throws IOException {
    List<Object> stamp = new ArrayList<>();
    for (Path file : files()) {
      stamp.add(Files.getLastModifiedTime(file));
      stamp.add(Files.size(file));
      Object identity = Files.getAttribute(file, "basic:fileKey");
      stamp.add(identity == null ? "" : identity);
    }
    return stamp;
  }

  private List<Path> files() {
    List<Path> files = new ArrayList<>();
    files.add(certificate);
    if (key != null) {
      files.add(key);
    }
    if (clients != null) {
      files.add(clients);
    }
    return files;
  }

  /** {@return the files' names} */
  @Override
  public String toString() {
    return "ServerTls" + files();
  }
}
