package io.blinkreactor.examples;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackRoutes;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.callback.ServerLimits;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The receiver as a guest of WebFlux, on the server that WebFlux uses. */
class WebFluxTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators = BlinkOpsEmulatorExtension.create(b -> b.seed(21));

  @SuppressWarnings("NullAway.Init")
  private CallbackRoutes routes;

  @SuppressWarnings("NullAway.Init")
  private DisposableServer server;

  @BeforeEach
  void serve() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    routes =
        requireNonNull(
            CallbackServer.builder()
                .publicUrl("http://127.0.0.1:" + port + "/app")
                .limits(ServerLimits.builder().maxBodyBytes(2000).build())
                .mount()
                .block(PATIENCE));
    WebHandler application =
        exchange ->
            exchange
                .getResponse()
                .writeWith(
                    Mono.just(
                        exchange
                            .getResponse()
                            .bufferFactory()
                            .wrap("the application".getBytes(StandardCharsets.UTF_8))));
    HttpHandler handler =
        WebHttpHandlerBuilder.webHandler(application)
            .filter(new WebFluxExample.Callbacks(routes))
            // Made here, as an application context does: it reads files.
            .codecConfigurer(ServerCodecConfigurer.create())
            .build();
    server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(port)
            .handle(new ReactorHttpHandlerAdapter(handler))
            .bindNow();
  }

  @AfterEach
  void close() {
    server.disposeNow();
    routes.close();
  }

  @Test
  void runsAreAwaitedThroughTheApplicationsPort() {
    BlinkOpsEmulator emulator = emulators.emulator();
    emulator.set(Switch.CALLBACK_FORGED, "0.3");
    BlinkOpsClient client =
        BlinkOpsClient.builder()
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .baseUrl(emulator.baseUrl())
            .build();
    try (Runs runs = client.runs().receiver(routes).reconcileAfter(PATIENCE).build()) {
      List<Completion<ExecutionDetails>> ends =
          requireNonNull(
              Flux.range(0, 20)
                  .flatMap(i -> runs.start("playbook-1", ExecuteRequest.empty()), 20)
                  .flatMap(RunHandle::completion, 20)
                  .collectList()
                  .block(PATIENCE));
      assertThat(ends)
          .hasSize(20)
          .extracting(Completion::source)
          .containsOnly(CompletionSource.CALLBACK);
    } finally {
      client.close();
    }
  }

  @Test
  void strangersAreRefusedAndTheApplicationIsNotDisturbed() throws Exception {
    var unused = routes.attach("team", (id, payload) -> Mono.just(CallbackReceipt.ACCEPTED));
    CallbackTarget target =
        routes.target("team", "AAECAwQFBgcICQoLDA0ODw", Instant.now().plusSeconds(600));
    assertThat(post(target, "x", true)).isEqualTo(202);
    assertThat(post(target, "x", false)).isEqualTo(404);
    assertThat(post(target, "x".repeat(2001), true)).isEqualTo(413);
    assertThat(post(target, "x".repeat(2000), true)).isEqualTo(202);
    HttpRequest other =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/other")).build();
    assertThat(HTTP.send(other, BodyHandlers.ofString()).body()).isEqualTo("the application");
    routes.close();
    assertThat(post(target, "x", true)).isEqualTo(503);
  }

  private static int post(CallbackTarget target, String body, boolean sealed) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target.url()).timeout(PATIENCE).POST(BodyPublishers.ofString(body));
    if (sealed) {
      target.headers().forEach(request::header);
    }
    return HTTP.send(request.build(), BodyHandlers.discarding()).statusCode();
  }
}
