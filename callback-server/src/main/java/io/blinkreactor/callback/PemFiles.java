package io.blinkreactor.callback;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads PEM files whole or not at all: of a file that is being written Netty would take the
 * certificates that are there already. All methods block.
 */
final class PemFiles {

  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----");

  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  /** What a server's certificate may be of; each tells by the key's own bytes whether it is its. */
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

  private PemFiles() {}

  /** The certificates of a file in their order, one at least. */
  static X509Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    // Looked at here, since some of the JDK's versions pass over what is cut off.
    if (CERTIFICATE.matcher(text).replaceAll("").contains("-----")) {
      throw new GeneralSecurityException(
          "there is something else than whole certificates in " + file);
    }
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher each = CERTIFICATE.matcher(text);
    while (each.find()) {
      byte[] pem = each.group().getBytes(StandardCharsets.ISO_8859_1);
      certificates.add(
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(pem)));
    }
    if (certificates.isEmpty()) {
      throw new GeneralSecurityException("there is no certificate in " + file);
    }
    return certificates.toArray(X509Certificate[]::new);
  }

  /** The key of a file. */
  static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    // Each byte is a character: what stands around the key may be in any language.
    Matcher key = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!key.find()) {
      throw noKey(file);
    }
    PKCS8EncodedKeySpec bytes;
    try {
      bytes = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key.group(1)));
    } catch (IllegalArgumentException e) {
      // Without the cause, whose message shows a character of the key.
      throw noKey(file);
    }
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(bytes);
      } catch (InvalidKeySpecException e) {
        // Another's, or nobody's.
      }
    }
    throw noKey(file);
  }

  private static GeneralSecurityException noKey(Path file) {
    return new GeneralSecurityException(
        "there is no key in PKCS #8 without a password in "
            + file
            + "; \"openssl pkcs8 -topk8 -nodes -in key.pem\" makes one of others");
  }
}
