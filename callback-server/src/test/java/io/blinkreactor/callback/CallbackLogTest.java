package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.InvariantsExtension;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** With every logger at its most talkative, no line holds a secret. */
class CallbackLogTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final byte[] KEY = CallbackKeys.randomBytes();
  private static final byte[] OLDER_KEY = CallbackKeys.randomBytes();
  private static final CallbackKeys KEYS = CallbackKeys.of(KEY, OLDER_KEY);

  @RegisterExtension
  @Order(1)
  final BlinkOpsEmulatorExtension emulators = BlinkOpsEmulatorExtension.create(b -> b.seed(11));

  @RegisterExtension
  @Order(2)
  final InvariantsExtension invariants = new InvariantsExtension();

  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level before = requireNonNull(root.getLevel());
  private final Lines lines = new Lines();

  @BeforeEach
  void listen() {
    lines.setContext(root.getLoggerContext());
    lines.start();
    // What the console shows at this level would be tens of thousands of lines.
    requireNonNull(root.getAppender("CONSOLE")).addFilter(new AboveDebug());
    root.addAppender(lines);
    root.setLevel(Level.TRACE);
  }

  @AfterEach
  void stopListening() {
    root.setLevel(before);
    root.detachAppender(lines);
    requireNonNull(root.getAppender("CONSOLE")).clearAllFilters();
  }

  private static final Pattern EMULATORS_CLIENT =
      Pattern.compile(
          "reactor\\.netty\\.(http\\.client|resources\\.DefaultPooledConnectionProvider)");

  static List<Set<SealPlacement>> placements() {
    return List.of(Set.of(SealPlacement.HEADER), EnumSet.allOf(SealPlacement.class));
  }

  /** T5, also where the seal stands in the URL and in the body. */
  @ParameterizedTest
  @MethodSource("placements")
  void t5NothingSaidHoldsTheApiKeyASealOrTheServersKey(Set<SealPlacement> placement)
      throws Exception {
    boolean everywhere = placement.size() > 1;
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    List<String> said = new CopyOnWriteArrayList<>();
    BlinkOpsEmulator emulator = emulators.emulator();
    emulator.set(Switch.CALLBACK_EARLY, "0.2");
    emulator.set(Switch.CALLBACK_DOUBLED, "0.3");
    // Its forger knows the URL.
    emulator.set(Switch.CALLBACK_FORGED, everywhere ? "0" : "0.5");
    emulator.set(Switch.CALLBACK_LOST, "0.1");
    emulator.set(Switch.FAULT_503, "0.1");
    emulator.set(Switch.FAULT_RESET, "0.05");
    emulator.set(Switch.FAULT_OPERATIONS, "GET");
    CallbackServer server =
        requireNonNull(
            CallbackServer.builder()
                .keys(KEYS)
                .placement(SealPlacement.HEADER, placement.toArray(new SealPlacement[0]))
                .meterRegistry(meters)
                .observationRegistry(observations(said))
                .limits(
                    ServerLimits.builder()
                        .maxBodyBytes(2000)
                        .readTimeout(Duration.ofMillis(100))
                        .build())
                .bind()
                .block(PATIENCE));
    RecordingReceiver receiver = new RecordingReceiver(server);
    BlinkOpsClient client =
        BlinkOpsClient.builder()
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .baseUrl(emulator.baseUrl())
            .meterRegistry(meters)
            .build();
    try (Runs runs =
        client.runs().receiver(receiver).reconcileAfter(Duration.ofMillis(800)).build()) {
      Flux.range(0, 40)
          .flatMap(i -> runs.start("playbook-1", ExecuteRequest.empty()))
          .doOnNext(run -> said.add(run.toString()))
          .flatMap(RunHandle::completion)
          .doOnNext(end -> said.add(end + " " + end.payload()))
          .doOnNext(end -> said.add(end.payload() == null ? "" : end.payload().text()))
          .blockLast(PATIENCE);
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> emulator.runs().stream().allMatch(RecordedRun::settled));
      provoke(server, receiver);
      said.add(
          server + " " + client + " " + runs + " " + KEYS + " " + receiver.made.get(0).target());
    } finally {
      server.close();
      client.closeLater().block(PATIENCE);
    }

    for (Meter meter : meters.getMeters()) {
      said.add(meter.getId().toString());
    }
    assertThat(said).anyMatch(text -> text.contains("blinkreactor.callbacks"));
    List<String> logged = new ArrayList<>(lines.lines);
    // The emulator's client, which knows whom it calls.
    logged.removeIf(line -> everywhere && EMULATORS_CLIENT.matcher(line).lookingAt());
    logged.addAll(said);
    assertThat(logged).as("something was listened to").hasSizeGreaterThan(500);
    assertThat(logged).anyMatch(line -> line.contains("A callback could not be taken"));
    assertThat(logged).anyMatch(line -> line.contains("could not be read"));
    secrets(emulator, receiver)
        .forEach(
            (name, secret) ->
                assertThat(logged.stream().filter(line -> line.contains(secret)).toList())
                    .as("lines with %s", name)
                    .isEmpty());
  }

  private static ObservationRegistry observations(List<String> said) {
    ObservationRegistry registry = ObservationRegistry.create();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<Observation.Context>() {
              @Override
              public void onStop(Observation.Context context) {
                said.add(context.toString());
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    return registry;
  }

  /** Everything that can go wrong with a request that carries a good seal. */
  private static void provoke(CallbackServer server, RecordingReceiver receiver)
      throws IOException {
    RecordingSink sink = new RecordingSink();
    sink.answer = () -> Mono.error(new IllegalStateException("store down"));
    var attached = server.attach("failing", sink);
    CallbackTarget target = receiver.target("failing", "AAECAwQFBgcICQoLDA0ODw", Instant.now());
    String good = RecordingReceiver.request(target, target);
    ask(server, good);
    ask(server, good.replace("Content-Length: 2", "Content-Length: 2001") + "x".repeat(1999));
    ask(server, good.replace("Content-Length: 2", "Content-Length: 20"));
    ask(server, good.replace("Content-Length: 2", "Content-Length: +2"));
    ask(server, good.replace("Host: h", "Host: h\r\nBad Name: x"));
    ask(server, good.replace("Content-Length: 2", "X-Long: " + "x".repeat(9000)));
    ask(server, good.replace("HTTP/1.1", "HTTP/1.1 and more"));
    ask(server, good.replace("X-Callback-Auth: ", "X-Callback-Auth: \u0000"));
    ask(server, good.replace(target.url().getPath(), "/elsewhere"));
    attached.dispose();
    ask(server, good);
  }

  private static void ask(CallbackServer server, String request) throws IOException {
    try (RawConnection client = new RawConnection(server.port())) {
      client.trySend(request.getBytes(StandardCharsets.ISO_8859_1));
      assertThat(client.read().status()).isGreaterThanOrEqualTo(400);
    }
  }

  private static Map<String, String> secrets(
      BlinkOpsEmulator emulator, RecordingReceiver receiver) {
    Map<String, String> secrets = new LinkedHashMap<>();
    secrets.put("the API key", emulator.apiKey());
    for (RecordingReceiver.Made made : receiver.made) {
      String seal = requireNonNull(made.target().headers().get(SealPlaces.HEADER));
      secrets.put("the seal of " + made.correlationId(), seal.substring("v1.".length()));
    }
    add(secrets, "the key", KEY);
    add(secrets, "the older key", OLDER_KEY);
    for (CallbackKeys.Derived derived : KEYS.all()) {
      add(secrets, "what is derived of " + derived, derived.seal().getEncoded());
    }
    return secrets;
  }

  private static void add(Map<String, String> secrets, String name, byte[] key) {
    secrets.put(name + " in hex", HexFormat.of().formatHex(key));
    secrets.put(name + " in capital hex", HexFormat.of().withUpperCase().formatHex(key));
    secrets.put(name + " in base64", Base64.getEncoder().withoutPadding().encodeToString(key));
    secrets.put(
        name + " in URL base64", Base64.getUrlEncoder().withoutPadding().encodeToString(key));
    secrets.put(name + " as a list", Arrays.toString(key));
  }

  /** Formats at once, as an appender that writes would. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      List<String> parts = new ArrayList<>();
      parts.add(event.getLoggerName());
      parts.add(event.getFormattedMessage());
      parts.add(String.valueOf(event.getMDCPropertyMap()));
      if (event.getThrowableProxy() != null) {
        parts.add(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
      lines.add(String.join(" ", parts));
    }
  }

  private static final class AboveDebug extends Filter<ILoggingEvent> {
    @Override
    public FilterReply decide(ILoggingEvent event) {
      return event.getLevel().isGreaterOrEqual(Level.INFO) ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
  }
}
