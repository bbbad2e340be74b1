package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.blinkreactor.TimeSource;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackTokens.Token;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.InvariantsExtension;
import io.blinkreactor.testkit.Switch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Requests and bodies out of order, made from good ones by a generator with a printed seed. No
 * answer is a 5xx, nothing is logged, and no run's end is lost.
 *
 * <p>Not with a fuzzing engine for JUnit: under one, the extensions that find leaked buffers and
 * dropped signals would not run.
 */
class CallbackFuzzTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern ANSWER = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
  private static final int COUNT = Boolean.getBoolean("blinkreactor.full") ? 100_000 : 1_000;

  /** As a wrong request may take until a timeout, these are fewer. */
  private static final int REQUESTS = Math.max(Math.min(COUNT, 2000), COUNT / 10);

  @RegisterExtension
  @Order(1)
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          b -> b.seed(13).set(Switch.RUN_DURATION, "manual").set(Switch.LIMIT_RUNNING, "400"));

  @RegisterExtension
  @Order(2)
  final InvariantsExtension invariants = new InvariantsExtension();

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final long seed = ThreadLocalRandom.current().nextLong();
  private BlinkOpsEmulator emulator;
  private BlinkOpsClient client;

  @BeforeEach
  void open() {
    System.out.println("CallbackFuzzTest: seed " + seed);
    log.start();
    root.addAppender(log);
    emulator = emulators.emulator();
    client = Clients.of(emulator);
  }

  @AfterEach
  void close() {
    root.detachAppender(log);
    client.closeLater().block(PATIENCE);
  }

  @Test
  void requestsOutOfOrderAreNeitherA5xxNorLoggedNorInTheWay() {
    CallbackServer server =
        requireNonNull(
            CallbackServer.builder()
                .placement(SealPlacement.HEADER, SealPlacement.values())
                .limits(
                    ServerLimits.builder()
                        .maxBodyBytes(5000)
                        .idleTimeout(Duration.ofMillis(100))
                        .readTimeout(Duration.ofMillis(100))
                        .build())
                .bind()
                .block(PATIENCE));
    RecordingReceiver receiver = new RecordingReceiver(server);
    try (server;
        Runs runs = client.runs().receiver(receiver).reconcileAfter(PATIENCE).build()) {
      List<RunHandle<ExecutionDetails>> handles = start(runs, 10);
      List<CallbackTarget> targets =
          receiver.made.stream().map(RecordingReceiver.Made::target).toList();
      int[] statuses = new int[600];
      Flux.range(0, REQUESTS)
          .flatMap(
              i ->
                  Mono.fromRunnable(
                          () -> {
                            Random random = new Random(seed + i);
                            byte[] request = request(random, targets);
                            for (int status : answers(server, request, seed + i)) {
                              synchronized (statuses) {
                                statuses[status]++;
                              }
                            }
                          })
                      .subscribeOn(Schedulers.boundedElastic()),
              16)
          .blockLast(PATIENCE.multipliedBy(20));
      StringBuilder seen = new StringBuilder();
      for (int status = 0; status < statuses.length; status++) {
        if (statuses[status] > 0) {
          seen.append(' ').append(status).append('=').append(statuses[status]);
        }
      }
      System.out.println("CallbackFuzzTest: of " + REQUESTS + " requests" + seen);
      assertThat(statuses[202]).as("some were still good").isPositive();
      assertThat(statuses[404]).isPositive();
      assertThat(statuses[400]).isPositive();
      // The server's limits hold for these too, and a machine that stutters may exceed them.
      emulator.set(Switch.CALLBACK_RETRIES, "5");
      assertEnds(handles);
    }
    assertThat(log.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .filteredOn(event -> !event.getLoggerName().equals(UnsealedWarning.class.getName()))
        .as("seed %d", seed)
        .isEmpty();
  }

  private static List<Integer> answers(CallbackServer server, byte[] request, long seed) {
    try (RawConnection connection = new RawConnection(server.port())) {
      connection.trySend(request);
      List<Integer> statuses = new ArrayList<>();
      Matcher answer = ANSWER.matcher(connection.readToEnd());
      while (answer.find()) {
        int status = Integer.parseInt(answer.group(1));
        if (status >= 500) {
          throw new AssertionError(status + " at seed " + seed + " for " + shown(request));
        }
        statuses.add(status);
      }
      return statuses;
    } catch (IOException | AssertionError e) {
      throw new AssertionError("Seed " + seed + " with " + shown(request), e);
    }
  }

  private static String shown(byte[] request) {
    return Base64.getEncoder().encodeToString(request);
  }

  /** A good request that one to four things were done to, now and then with another behind it. */
  private static byte[] request(Random random, List<CallbackTarget> targets) {
    CallbackTarget target = targets.get(random.nextInt(targets.size()));
    byte[] body = body(random);
    List<String> lines = new ArrayList<>();
    lines.add("POST " + target.url().getPath() + " HTTP/1.1");
    lines.add("Host: h");
    target.headers().forEach((name, value) -> lines.add(name + ": " + value));
    target.cookies().forEach((name, value) -> lines.add("Cookie: " + name + "=" + value));
    lines.add("Content-Type: application/json");
    lines.add("Content-Length: " + body.length);
    int changes = random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      change(random, lines);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String end = random.nextInt(12) == 0 ? "\n" : "\r\n";
    lines.forEach(line -> out.writeBytes((line + end).getBytes(StandardCharsets.ISO_8859_1)));
    out.writeBytes(end.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(body);
    if (random.nextInt(8) == 0) {
      out.writeBytes(request(random, targets));
    }
    byte[] bytes = out.toByteArray();
    switch (random.nextInt(10)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      case 1 -> {
        for (int i = random.nextInt(4); i >= 0; i--) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 2 -> random.nextBytes(bytes);
      default -> {}
    }
    return bytes;
  }

  private static void change(Random random, List<String> lines) {
    int at = random.nextInt(lines.size());
    String line = lines.get(at);
    switch (random.nextInt(14)) {
      case 0 -> lines.remove(lines.size() == 1 ? 0 : at);
      case 1 -> lines.add(at, line);
      case 2 -> lines.add(at, lines.remove(random.nextInt(lines.size())));
      case 3 -> lines.set(at, line + noise(random, random.nextInt(30)));
      case 4 -> lines.set(at, noise(random, random.nextInt(60)));
      case 5 -> lines.add("X-" + noise(random, 5) + ": " + noise(random, random.nextInt(9000)));
      case 6 -> lines.add("Transfer-Encoding: " + pick(random, TRANSFER));
      case 7 -> lines.add("Content-Length: " + pick(random, LENGTHS));
      case 8 -> lines.add(pick(random, ODD));
      case 9 -> lines.set(at, " " + line);
      case 10 -> lines.set(at, line.replace(": ", pick(random, COLONS)));
      case 11 -> lines.set(0, pick(random, METHODS) + line0(lines));
      case 12 -> lines.set(0, lines.get(0).replace("/callbacks", pick(random, PREFIXES)));
      default -> lines.set(0, lines.get(0).replace("HTTP/1.1", pick(random, VERSIONS)));
    }
    if (lines.isEmpty()) {
      lines.add("");
    }
  }

  private static final String[] TRANSFER = {
    "chunked", "chunked, chunked", "identity", "gzip, chunked", "xchunked", "chunked\u000b", ""
  };
  private static final String[] LENGTHS = {
    "0", "1", "-1", "+5", "5000", "5001", "99999999999999999999", "0x5", "5, 5", "5 5", ""
  };
  private static final String[] ODD = {
    "Expect: 100-continue",
    "Expect: something",
    "Connection: close",
    "Connection: upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "Upgrade: websocket",
    "HTTP2-Settings: AAMAAABkAAQAAP__",
    "Content-Encoding: gzip",
    "Cookie: callback_auth",
    "Cookie: ;;==;callback_auth=;\"",
    "Host: a, b",
    "X-Callback-Auth:",
    "Trailer: X",
    "TE: trailers",
    "Range: bytes=0-",
    "If-None-Match: *",
    ": no name",
    "no colon"
  };
  private static final String[] COLONS = {":", " : ", ":\t", "", "=", ":\u0000"};
  private static final String[] METHODS = {
    "GET", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PRI", "get", "P\u00d6ST", ""
  };
  private static final String[] PREFIXES = {
    "http://other/callbacks",
    "//callbacks",
    "/../callbacks",
    "/%63allbacks",
    "/callbacks?/callbacks",
    "*",
    "\\callbacks",
    "/callbacks/v1/callbacks",
    "/" + "x".repeat(3000) + "/callbacks",
    "/callbacks#"
  };
  private static final String[] VERSIONS = {
    "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/9.9", "http/1.1", "", "HTTP/1.1 x"
  };

  private static String line0(List<String> lines) {
    String line = lines.get(0);
    int space = line.indexOf(' ');
    return space < 0 ? line : line.substring(space);
  }

  private static String pick(Random random, String... texts) {
    return texts[random.nextInt(texts.length)];
  }

  private static String noise(Random random, int length) {
    StringBuilder noise = new StringBuilder();
    for (int i = 0; i < length; i++) {
      noise.append((char) random.nextInt(random.nextInt(5) == 0 ? 256 : 128));
    }
    return noise.toString();
  }

  /** T13: what stands in a body, however deep and large, is at most a hint. */
  @Test
  void t13BodiesOutOfOrderAreTakenAndLoseNoRunsEnd() {
    CallbackTokens tokens = new CallbackTokens(CallbackKeys.of(CallbackKeys.randomBytes()));
    SealPlaces places = new SealPlaces(EnumSet.of(SealPlacement.HEADER));
    CallbackHandler handler =
        FakeExchange.handler(tokens, places, TimeSource.system(), new CallbackMetrics(null, null));
    List<Token> made = new ArrayList<>();
    CallbackReceiver receiver =
        new CallbackReceiver() {
          @Override
          public CallbackTarget target(String scope, String correlationId, Instant expiry) {
            Token token = tokens.make(scope, correlationId, expiry);
            made.add(token);
            // The vendor does not get there; this test does.
            return places.target("http://127.0.0.1:1", token);
          }

          @Override
          public Disposable attach(String scope, CallbackSink sink) {
            return handler.attach(scope, sink);
          }
        };
    try (PendingStore store = PendingStore.memory();
        Runs runs =
            client.runs().receiver(receiver).store(store).reconcileAfter(PATIENCE).build()) {
      List<RunHandle<ExecutionDetails>> handles = start(runs, 5);
      List<Token> known = List.copyOf(made);
      Random random = new Random(seed);
      for (int i = 0; i < COUNT; i++) {
        // A hint is looked for where the run's execution is not known.
        byte[] id = new byte[16];
        random.nextBytes(id);
        Token token =
            random.nextInt(4) == 0
                ? known.get(random.nextInt(known.size()))
                : tokens.make(
                    emulator.workspace(),
                    Base64.getUrlEncoder().withoutPadding().encodeToString(id),
                    Instant.now().plusSeconds(7200));
        byte[] body = body(random);
        int status =
            FakeExchange.status(
                handler,
                SealPlaces.PATH + token.ticket(),
                Map.of(SealPlaces.HEADER, token.seal()),
                body);
        if (status != 202) {
          throw new AssertionError(status + " at seed " + seed + " for " + shown(body));
        }
      }
      handles.forEach(run -> emulator.completeRun(requireNonNull(run.executionId()), "Completed"));
      known.forEach(
          token ->
              assertThat(
                      FakeExchange.status(handler, SealPlaces.PATH + token.ticket(), token.seal()))
                  .isIn(200, 202));
      for (RunHandle<ExecutionDetails> run : handles) {
        assertThat(requireNonNull(run.completion().block(PATIENCE)).execution().isFinished())
            .isTrue();
      }
    }
    assertThat(log.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .as("seed %d", seed)
        .isEmpty();
  }

  private static final String[] JSON = {
    "{\"execution_id\":\"a22f642a-f4fc-4c66-b978-6f1d1008e6ae\",\"state\":\"Completed\"}",
    "{\"metadata\":{\"execution_id\":\"x\"},\"body\":{\"a\":[1,2,{\"b\":null}]}}",
    "[{\"id\":\"x\"}]",
    "{\"execution_id\":1e999999999}",
    "{\"execution_id\":" + "9".repeat(3000) + "}",
    "{\"execution_id\":\"" + "x".repeat(3000) + "\"}",
    "{\"execution_id\":null,\"id\":{}}",
    "{\"execution_id\":\"a\",\"execution_id\":\"b\"}",
    "{\"execution_id\":\"\\ud800\"}",
    "{\"execution_id\":\"../../x\\u0000\\r\\nX: y\"}",
    "\ufeff{}",
    "\"text\"",
    "NaN",
    "execution_id=a&state=Completed",
    "<x>y</x>",
    ""
  };

  private static byte[] body(Random random) {
    byte[] bytes = pick(random, JSON).getBytes(StandardCharsets.UTF_8);
    switch (random.nextInt(8)) {
      case 0 -> {
        int depth = 1 + random.nextInt(2000);
        String open = pick(random, "[", "{\"a\":", "[{\"id\":", "[[1],");
        bytes = open.repeat(depth).getBytes(StandardCharsets.UTF_8);
        bytes = Arrays.copyOf(bytes, Math.min(bytes.length, 4900));
      }
      case 1 -> bytes = Arrays.copyOf(bytes, bytes.length / 2);
      case 2 -> {
        bytes = new byte[random.nextInt(400)];
        random.nextBytes(bytes);
      }
      case 3, 4 -> {
        for (int i = random.nextInt(5); i >= 0 && bytes.length > 0; i--) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 5 -> {
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.writeBytes(bytes);
        twice.writeBytes(pick(random, JSON).getBytes(StandardCharsets.UTF_8));
        bytes = twice.toByteArray();
      }
      default -> {}
    }
    return bytes;
  }

  private static List<RunHandle<ExecutionDetails>> start(Runs runs, int count) {
    return requireNonNull(
        Flux.range(0, count)
            .concatMap(i -> runs.start("playbook-1", ExecuteRequest.empty()))
            .collectList()
            .block(PATIENCE));
  }

  private void assertEnds(List<RunHandle<ExecutionDetails>> handles) {
    handles.forEach(run -> emulator.completeRun(requireNonNull(run.executionId()), "Completed"));
    for (RunHandle<ExecutionDetails> run : handles) {
      Completion<ExecutionDetails> end = requireNonNull(run.completion().block(PATIENCE));
      assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
      assertThat(end.execution().effectiveState().name()).isEqualTo("Completed");
    }
  }
}
