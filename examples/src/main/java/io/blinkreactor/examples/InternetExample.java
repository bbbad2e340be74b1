package io.blinkreactor.examples;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.callback.ServerLimits;
import io.blinkreactor.callback.ServerTls;
import io.blinkreactor.completion.PendingStore;
import java.nio.file.Path;
import java.time.Duration;

/** A callback server that strangers can reach. */
public final class InternetExample {

  private InternetExample() {}

  static CallbackServer open(PendingStore store, String publicUrl, int port, Path tls) {
    // readme: internet
    CallbackServer callbacks =
        requireNonNull(
            CallbackServer.builder()
                .host("0.0.0.0")
                .port(port)
                .publicUrl(publicUrl)
                .tls(ServerTls.pem(tls.resolve("chain.pem"), tls.resolve("key.pem")))
                .limits(ServerLimits.builder().maxBodyBytes(256 * 1024).build())
                .managementPort(8081) // /livez, /readyz, /metrics, on loopback
                .drain(Duration.ofSeconds(20))
                .store(store)
                .bind()
                .block());
    // readme: end
    return callbacks;
  }
}
