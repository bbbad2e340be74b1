package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.reflect.Constructor;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** A server on a class path that has none of the optional artifacts, as users have it at first. */
class OptionalPartsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void withoutPrometheusThereIsHealthAndMetricsSayWhatToAdd() throws Exception {
    assertThat(without(Managed.class).call())
        .startsWith("202 200 404 ")
        .contains("add io.micrometer:micrometer-registry-prometheus");
  }

  @Test
  void withoutNettysCodecTheProxyProtocolSaysWhatToAdd() throws Exception {
    Callable<String> balanced = without(Balanced.class);
    assertThatThrownBy(balanced::call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs io.netty:netty-codec-haproxy");
  }

  /** Serves, and tells what its pages say. */
  static final class Managed implements Callable<String> {
    @Override
    public String call() throws Exception {
      try (CallbackServer server =
          requireNonNull(
              CallbackServer.builder()
                  .managementPort(0)
                  .deregistrationDelay(Duration.ZERO)
                  .bind()
                  .block(PATIENCE))) {
        var unused = server.attach(Proven.SCOPE, new RecordingSink());
        var target = Proven.target(server);
        HttpRequest.Builder callback =
            HttpRequest.newBuilder(target.url()).POST(HttpRequest.BodyPublishers.ofString("{}"));
        target.headers().forEach(callback::header);
        HttpResponse<String> metrics = page(server, "/metrics");
        return HttpClient.newHttpClient()
                .send(callback.build(), BodyHandlers.discarding())
                .statusCode()
            + " "
            + page(server, "/readyz").statusCode()
            + " "
            + metrics.statusCode()
            + " "
            + metrics.body();
      }
    }

    private static HttpResponse<String> page(CallbackServer server, String path) throws Exception {
      URI url = URI.create("http://127.0.0.1:" + server.managementPort() + path);
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
    }
  }

  /** Asks for the PROXY protocol. */
  static final class Balanced implements Callable<String> {
    @Override
    public String call() {
      return String.valueOf(
          CallbackServer.builder().trustedProxies("10.0.0.0/8").proxyProtocol(true).bind().block());
    }
  }

  /** One of these, of classes that are loaded anew and find none of the optional artifacts. */
  @SuppressWarnings("unchecked")
  private static Callable<String> without(Class<? extends Callable<String>> type) throws Exception {
    URL[] places =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(place -> !place.contains("prometheus") && !place.contains("codec-haproxy"))
            .map(OptionalPartsTest::url)
            .toArray(URL[]::new);
    ClassLoader loader = new URLClassLoader(places, ClassLoader.getPlatformClassLoader());
    Constructor<?> made = loader.loadClass(type.getName()).getDeclaredConstructor();
    made.setAccessible(true);
    return (Callable<String>) made.newInstance();
  }

  private static URL url(String place) {
    try {
      return Path.of(place).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
