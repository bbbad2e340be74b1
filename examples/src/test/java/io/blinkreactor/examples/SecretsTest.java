package io.blinkreactor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.CreateJobExecution;
import io.blinkreactor.blaxel.JobRuns;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.Rql;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlaxelSwitch;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/**
 * Everything runs with every logger at TRACE, faults included, and then all that was said is
 * searched for the key and the tokens.
 */
class SecretsTest {

  private static final String KEY = "blink-secret-key-5d41402abc4b2a76";

  /** A run whose start broke may never have begun, and is searched for that long. */
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Level before = root.getLevel();
  private final Collector log = new Collector();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<Throwable> errors = new ArrayList<>();

  @BeforeEach
  void listen() {
    log.setContext(root.getLoggerContext());
    log.start();
    root.detachAppender("CONSOLE");
    root.addAppender(log);
    root.setLevel(Level.TRACE);
  }

  @AfterEach
  void stop() {
    root.setLevel(before);
    root.detachAppender(log);
  }

  @Test
  void noSecretIsEverSaid() {
    Set<String> secrets = ConcurrentHashMap.newKeySet();
    secrets.add(KEY);
    try (BlinkOpsEmulator emulator =
            BlinkOpsEmulator.builder()
                .apiKey(KEY)
                .history(50)
                .set(Switch.CALLBACK_FORGED, "0.5")
                .set(Switch.CALLBACK_DOUBLED, "0.5")
                .set(Switch.CALLBACK_EARLY, "0.3")
                .set(Switch.FAULT_503, "0.1")
                .set(Switch.FAULT_RESET, "0.1")
                .set(Switch.FAULT_429, "0.05")
                .set(Switch.AUTH_BODY, "text")
                .start();
        CallbackServer server =
            Objects.requireNonNull(
                CallbackServer.builder().meterRegistry(meters).bind().block(PATIENCE));
        BlinkOpsClient client = client(emulator.baseUrl(), emulator.workspace(), KEY);
        BlinkOpsClient stranger = client(emulator.baseUrl(), emulator.workspace(), KEY + "-wrong");
        Runs runs =
            client
                .runs()
                .receiver(new Spy(server, secrets))
                .reconcileAfter(Duration.ofSeconds(1))
                .timeout(TIMEOUT)
                .build()) {
      Flux.range(0, 100)
          .flatMap(
              i ->
                  runs.start("p", ExecuteRequest.empty())
                      .flatMap(RunHandle::completion)
                      .doOnNext(end -> log.say(end + " " + end.execution()))
                      .doOnError(errors::add)
                      .onErrorResume(e -> Mono.empty()),
              20)
          .blockLast(PATIENCE);
      client.executions().find(Rql.all()).items().collectList().block(PATIENCE);
      stranger.executions().get("x").doOnError(errors::add).onErrorComplete().block(PATIENCE);
      client.executions().get("nowhere").doOnError(errors::add).onErrorComplete().block(PATIENCE);
      log.say(client + " " + stranger + " " + server + " " + runs);
      secrets.add(KEY + "-wrong");
    }
    meters.getMeters().forEach(meter -> log.say(meter.getId().toString()));
    assertThat(secrets).as("tokens that were given out").hasSizeGreaterThan(100);
    assertThat(errors).as("faults that reached the user").isNotEmpty();
    assertNothingSaid(secrets, 1_000);
  }

  @Test
  void noSecretThatAServerRepeatsIsEverSaid() {
    DisposableServer server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) ->
                    response
                        .status(400)
                        .header("Content-Type", "application/json")
                        .sendString(
                            Mono.just(
                                "{\"error\":\"invalid\",\"message\":\"sent was "
                                    + request.requestHeaders().entries()
                                    + "\"}")))
            .bindNow();
    String url = "http://127.0.0.1:" + server.port();
    try (BlinkOpsClient blink = client(url, "workspace-1", KEY);
        BlaxelClient blaxel = blaxel(server).apiKey(KEY).build()) {
      blink.executions().get("x").doOnError(errors::add).onErrorComplete().block(PATIENCE);
      blaxel.job("j").get("x").doOnError(errors::add).onErrorComplete().block(PATIENCE);
    } finally {
      server.disposeNow();
    }
    assertThat(errors)
        .hasSize(2)
        .allSatisfy(error -> assertThat(error).hasMessageContaining("sent was"));
    assertNothingSaid(Set.of(KEY), 10);
  }

  private void assertNothingSaid(Set<String> secrets, int lines) {
    for (Throwable error : errors) {
      log.say(stackTrace(error));
    }
    assertThat(log.lines).hasSizeGreaterThan(lines);
    for (String secret : secrets) {
      assertThat(log.lines.stream().filter(line -> line.contains(secret)).limit(3))
          .as("lines with a secret")
          .isEmpty();
    }
  }

  @Test
  void noSecretOfBlaxelIsEverSaid() {
    String secret = "client-secret-098f6bcd4621d373";
    Set<String> secrets = ConcurrentHashMap.newKeySet();
    secrets.addAll(List.of(KEY, secret, base64("client-1:" + secret), "hush-variable"));
    try (BlaxelEmulator emulator =
        BlaxelEmulator.builder()
            .apiKey(KEY)
            .clientId("client-1")
            .clientSecret(secret)
            .history(20)
            .set(BlaxelSwitch.TOKEN_LIFETIME, "100ms")
            .set(BlaxelSwitch.TOKEN_EXPIRES_IN, "absent")
            .set(BlaxelSwitch.FAULT_503, "0.1")
            .set(BlaxelSwitch.FAULT_RESET, "0.1")
            .set(BlaxelSwitch.FAULT_GARBAGE, "0.05")
            .start()) {
      DisposableServer spy = spyingProxy(emulator, secrets);
      try (BlaxelClient client = blaxel(spy).clientCredentials("client-1", secret).build();
          BlaxelClient keyed = blaxel(spy).apiKey(KEY).build();
          BlaxelClient stranger =
              blaxel(spy).clientCredentials("client-1", "wrong-secret").build();
          JobRuns runs =
              client.runs().firstLookAfter(Duration.ofMillis(20)).timeout(TIMEOUT).build()) {
        secrets.add("wrong-secret");
        CreateJobExecution request =
            CreateJobExecution.builder().env(Map.of("TOKEN", "hush-variable")).build();
        Flux.range(0, 40)
            .flatMap(
                i ->
                    runs.start(emulator.job(), request)
                        .flatMap(RunHandle::completion)
                        .doOnNext(end -> log.say(end + " " + end.execution()))
                        .doOnError(errors::add)
                        .onErrorResume(e -> Mono.empty()),
                10)
            .blockLast(PATIENCE);
        for (BlaxelClient any : List.of(client, keyed, stranger)) {
          any.job(emulator.job())
              .get("nowhere")
              .doOnError(errors::add)
              .onErrorComplete()
              .block(PATIENCE);
        }
        log.say(client + " " + keyed + " " + stranger + " " + runs + " " + request);
      } finally {
        spy.disposeNow();
      }
    }
    meters.getMeters().forEach(meter -> log.say(meter.getId().toString()));
    assertThat(secrets).as("with tokens that were given out").hasSizeGreaterThan(8);
    assertThat(errors).as("faults that reached the user").hasSizeGreaterThan(3);
    assertNothingSaid(secrets, 1_000);
  }

  private BlaxelClient.Builder blaxel(DisposableServer server) {
    return BlaxelClient.builder()
        .baseUrl("http://127.0.0.1:" + server.port() + "/v0")
        .meterRegistry(meters)
        .http(HttpOptions.builder().backoff(Duration.ofMillis(1), Duration.ofMillis(20)).build());
  }

  /** Notes the tokens that the emulator gives out. */
  private static DisposableServer spyingProxy(BlaxelEmulator emulator, Set<String> secrets) {
    HttpClient direct = HttpClient.newConnection();
    return HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .handle(
            (req, res) -> {
              String credential = req.requestHeaders().get("Authorization", "");
              secrets.add(credential.substring(credential.indexOf(' ') + 1));
              return direct
                  .headers(h -> h.set(req.requestHeaders()).remove("Accept-Encoding"))
                  .request(req.method())
                  .uri(emulator.baseUrl() + req.uri())
                  .send(req.receive().retain())
                  .responseSingle(
                      (answer, body) ->
                          body.asString()
                              .defaultIfEmpty("")
                              .flatMap(
                                  text ->
                                      res.status(answer.status())
                                          .header("Content-Type", "application/json")
                                          .sendString(Mono.just(text))
                                          .then()));
            })
        .bindNow();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static BlinkOpsClient client(String baseUrl, String workspace, String key) {
    return BlinkOpsClient.builder()
        .baseUrl(baseUrl)
        .apiKey(key)
        .workspace(workspace)
        .http(HttpOptions.builder().backoff(Duration.ofMillis(1), Duration.ofMillis(20)).build())
        .build();
  }

  private static String stackTrace(Throwable error) {
    StringWriter text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  /** Notes the tokens that the server gives out. */
  private record Spy(CallbackServer server, Set<String> secrets) implements CallbackReceiver {
    @Override
    public CallbackTarget target(String scope, String correlationId, Instant expiry) {
      CallbackTarget target = server.target(scope, correlationId, expiry);
      secrets.addAll(target.headers().values());
      return target;
    }

    @Override
    public Disposable attach(String scope, CallbackSink sink) {
      return server.attach(scope, sink);
    }
  }

  private static final class Collector extends AppenderBase<ILoggingEvent> {
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      say(event.getFormattedMessage());
      if (event.getThrowableProxy() != null) {
        say(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
    }

    void say(String text) {
      lines.add(text);
    }
  }
}
