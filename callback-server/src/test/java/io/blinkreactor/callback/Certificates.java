package io.blinkreactor.callback;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Certificates made with the JDK's own keytool, in a directory of the test. */
final class Certificates {

  static final char[] PASSWORD = "changeit".toCharArray();

  private final Path directory;

  Certificates(Path directory) {
    this.directory = directory;
  }

  /** An authority of its own. */
  Path authority(String name) throws Exception {
    Path store = pair(name, "CN=" + name, "-ext", "bc:c");
    pem(store, name);
    return store;
  }

  /**
   * A key with a certificate, and the chain of it.
   *
   * @param issuer the authority's name
   * @param options of keytool for the certificate, such as its dates
   */
  Path signed(String name, String issuer, String... options) throws Exception {
    Path store = pair(name, "CN=" + name);
    Path request = directory.resolve(name + ".csr");
    Path answer = directory.resolve(name + ".crt");
    keytool("-certreq", "-alias", name, "-keystore", store.toString(), "-file", request.toString());
    List<String> sign =
        new ArrayList<>(
            List.of(
                "-gencert",
                "-alias",
                issuer,
                "-keystore",
                directory.resolve(issuer + ".p12").toString(),
                "-infile",
                request.toString(),
                "-outfile",
                answer.toString(),
                "-ext",
                "san=dns:localhost,ip:127.0.0.1"));
    sign.addAll(List.of(options));
    keytool(sign.toArray(String[]::new));
    KeyStore keys = load(store);
    Certificate root = load(directory.resolve(issuer + ".p12")).getCertificate(issuer);
    try (InputStream in = Files.newInputStream(answer)) {
      Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(in);
      keys.setKeyEntry(name, keys.getKey(name, PASSWORD), PASSWORD, new Certificate[] {own, root});
    }
    try (OutputStream out = Files.newOutputStream(store)) {
      keys.store(out, PASSWORD);
    }
    pem(store, name);
    return store;
  }

  /**
   * A key with a certificate that nobody else signed.
   *
   * @param options of keytool for the key
   */
  Path selfSigned(String name, String... options) throws Exception {
    Path store = pair(name, "CN=" + name, options);
    pem(store, name);
    return store;
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

  private Path pair(String name, String subject, String... options) throws Exception {
    Path store = store(name);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                subject,
                "-validity",
                "3650",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString()));
    arguments.addAll(List.of(options));
    if (!arguments.contains("-keyalg")) {
      arguments.addAll(List.of("-keyalg", "EC"));
    }
    keytool(arguments.toArray(String[]::new));
    return store;
  }

  private void pem(Path store, String name) throws IOException, GeneralSecurityException {
    KeyStore keys = load(store);
    StringBuilder chain = new StringBuilder();
    for (Certificate certificate : keys.getCertificateChain(name)) {
      chain.append(block("CERTIFICATE", certificate.getEncoded()));
    }
    Files.writeString(chain(name), chain);
    Files.writeString(key(name), block("PRIVATE KEY", keys.getKey(name, PASSWORD).getEncoded()));
  }

  private static String block(String kind, byte[] bytes) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
  }

  private static void keytool(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storepass", new String(PASSWORD)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }
}
