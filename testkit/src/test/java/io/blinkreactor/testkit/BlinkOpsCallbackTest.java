package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.SslContextBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.test.scheduler.VirtualTimeScheduler;

class BlinkOpsCallbackTest {
  private static final String TOKEN = "v1.AbC9xyz-1234567890_abcdef";

  @Order(1)
  @RegisterExtension
  final BlinkOpsEmulatorExtension blink =
      BlinkOpsEmulatorExtension.create(
          builder ->
              builder.set(Switch.RUN_DURATION, "20ms").set(Switch.RUN_OUTCOMES, "Completed=1"));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  private BlinkOpsEmulator emulator;
  private Calls calls;

  @BeforeEach
  void connect() {
    emulator = blink.emulator();
    calls = new Calls(emulator);
  }

  private static Map<String, Object> callback(Receiver receiver) {
    Map<String, Object> callback = new HashMap<>();
    callback.put("url", receiver.url());
    callback.put("headers", Map.of("X-Token", TOKEN));
    callback.put("cookies", Map.of("a", "1"));
    callback.put("body", Map.of("mine", List.of(1, 2)));
    return callback;
  }

  private RecordedRun settle(Map<String, ?> callback) throws Exception {
    return settled(calls.start(Map.of("callback", callback)));
  }

  private RecordedRun settled(String id) {
    await().until(() -> Calls.run(emulator, id).settled());
    return Calls.run(emulator, id);
  }

  private static Map<?, ?> json(Receiver.Received received) {
    return Json.read(received.body()) instanceof Map<?, ?> map ? map : Map.of();
  }

  @Test
  void callsBackAsAsked() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      RecordedRun run = settle(callback(receiver));
      assertThat(receiver.received()).hasSize(1);
      Receiver.Received got = receiver.received().get(0);
      assertThat(got.method()).isEqualTo("POST");
      assertThat(got.uri()).isEqualTo("/hooks/run-1?x=%20y");
      assertThat(got.headers())
          .containsEntry("x-token", TOKEN)
          .containsEntry("cookie", "a=1")
          .containsEntry("content-type", "application/json")
          .doesNotContainKey("x-blink-signature");
      assertThat(json(got).get("execution_id")).isEqualTo(run.executionId());
      assertThat(json(got).get("workspace_id")).isEqualTo(emulator.workspace());
      assertThat(json(got).get("mine")).isEqualTo(List.of(1, 2));
      assertThat(run.callbackPlan()).containsExactly("on-time");
      assertThat(run.callbacksSent()).isEqualTo(1);
      assertThat(emulator.callbacks())
          .extracting(RecordedCallback::kind, RecordedCallback::status)
          .containsExactly(tuple(RecordedCallback.Kind.GENUINE, 200));
      assertThat(emulator.callbacks().toString()).doesNotContain(TOKEN);
    }
  }

  @Test
  void methodAndMetadataAreTheCallers() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      Map<String, Object> callback = callback(receiver);
      callback.put("method", "PATCH");
      callback.put("excludeDefaultMetadata", true);
      settle(callback);
      Receiver.Received got = receiver.received().get(0);
      assertThat(got.method()).isEqualTo("PATCH");
      assertThat(got.body()).isEqualTo("{\"mine\":[1,2]}");
    }
  }

  @Test
  void whatNobodyKnowsAboutRequestsCanBeTurned() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_METHOD, "GET");
      emulator.set(Switch.CALLBACK_HEADERS, "dropped");
      emulator.set(Switch.CALLBACK_COOKIES, "dropped");
      settle(callback(receiver));
      Receiver.Received got = receiver.received().get(0);
      assertThat(got.method()).isEqualTo("GET");
      assertThat(got.body()).isEmpty();
      assertThat(got.headers()).doesNotContainKeys("x-token", "cookie");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nested|\\{\"metadata\":\\{.*\"body\":\\{\"mine\".*",
        "empty|",
        "text|Execution .* has ended",
        "array|\\[\\{\"execution_id\".*\\}\\]",
        "huge|.*\"padding\":\"x{2097152}\"\\}",
        "invalid-json|\\{.*\\]"
      })
  void bodiesOfEachForm(String form, @Nullable String pattern) throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_BODY, form);
      settle(callback(receiver));
      assertThat(receiver.received().get(0).body()).matches(pattern == null ? "" : pattern);
    }
  }

  @Test
  void lostLateAndDoubled() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_LOST, "1");
      RecordedRun lost = settle(callback(receiver));
      assertThat(lost.callbackPlan()).containsExactly("lost");
      assertThat(receiver.received()).isEmpty();

      emulator.set(Switch.CALLBACK_LOST, "0");
      emulator.set(Switch.CALLBACK_LATE, "1");
      emulator.set(Switch.CALLBACK_LATE_DELAY, "1500ms");
      emulator.set(Switch.CALLBACK_DOUBLED, "1");
      String id = calls.start(Map.of("callback", callback(receiver)));
      await().until(() -> Calls.run(emulator, id).finished());
      assertThat(receiver.received()).isEmpty();
      assertThat(Calls.run(emulator, id).settled()).isFalse();
      await().until(() -> Calls.run(emulator, id).settled());
      assertThat(Calls.run(emulator, id).callbackPlan()).containsExactly("late", "doubled");
      assertThat(receiver.received()).hasSize(2);
      assertThat(receiver.received().get(0).body()).isEqualTo(receiver.received().get(1).body());
      assertThat(emulator.callbacks())
          .extracting(RecordedCallback::kind)
          .containsExactly(RecordedCallback.Kind.GENUINE, RecordedCallback.Kind.DUPLICATE);
    }
  }

  @Test
  void anEarlyCallbackIsAnsweredBeforeExecuteIs() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_EARLY, "1");
      emulator.set(Switch.RUN_DURATION, "manual");
      String id = calls.start(Map.of("callback", callback(receiver)));
      assertThat(receiver.received()).hasSize(1);
      assertThat(Calls.run(emulator, id).callbackPlan()).containsExactly("early");
      assertThat(emulator.execution(id)).containsEntry("state_ui", "Completed");
      emulator.set(Switch.STATE_LAG, "PT10M");
      String lagging = calls.start(Map.of("callback", callback(receiver)));
      assertThat(receiver.received()).hasSize(2);
      assertThat(emulator.execution(lagging)).containsEntry("state_ui", "Running");
      assertThat(Calls.run(emulator, lagging).finished()).isTrue();
    }
  }

  @Test
  void anEarlyCallbackWithoutAnswerHoldsExecuteUpForTenSecondsOnly() throws Exception {
    VirtualTimeScheduler time = VirtualTimeScheduler.create();
    try (Receiver receiver = new Receiver(index -> 0, null);
        BlinkOpsEmulator waiting =
            BlinkOpsEmulator.builder()
                .scheduler(time)
                .set(Switch.RUN_DURATION, "20ms")
                .set(Switch.CALLBACK_EARLY, "1")
                .start()) {
      CompletableFuture<String> started =
          Calls.later(() -> new Calls(waiting).start(Map.of("callback", callback(receiver))));
      await().until(() -> !receiver.received().isEmpty());
      time.advanceTimeBy(CallbackSender.PATIENCE.minusMillis(1));
      assertThat(started).isNotDone();
      time.advanceTimeBy(Duration.ofMillis(1));
      assertThat(started.get(10, TimeUnit.SECONDS)).isNotEmpty();
      assertThat(waiting.callbacks()).extracting(RecordedCallback::status).containsExactly(0);
    }
  }

  @Test
  void onlySomeEndStatesMayCallBack() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_STATES, "Failed");
      assertThat(settle(callback(receiver)).callbackPlan()).containsExactly("silent");
      emulator.set(Switch.RUN_OUTCOMES, "Failed=1");
      assertThat(settle(callback(receiver)).callbackPlan()).containsExactly("on-time");
      assertThat(receiver.received()).hasSize(1);
    }
  }

  @Test
  void cancelledAndManuallyEndedRunsCallBackToo() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.RUN_DURATION, "manual");
      String cancelled = calls.start(Map.of("callback", callback(receiver)));
      calls.post("/executions/" + cancelled + "/cancel", null);
      String ended = calls.start(Map.of("callback", callback(receiver)));
      emulator.completeRun(ended, "Timeout");
      await().until(() -> Calls.run(emulator, ended).settled());
      await().until(() -> Calls.run(emulator, cancelled).settled());
      assertThat(receiver.received()).hasSize(2);
    }
  }

  @Test
  void retriesUntilAnAnswerIsGood() throws Exception {
    try (Receiver receiver =
        new Receiver(index -> index == 0 ? 503 : index == 1 ? 302 : 204, null)) {
      emulator.set(Switch.CALLBACK_RETRIES, "5");
      emulator.set(Switch.CALLBACK_RETRY_DELAY, "1ms");
      assertThat(settle(callback(receiver)).callbacksSent()).isEqualTo(3);
      assertThat(emulator.callbacks())
          .extracting(RecordedCallback::status)
          .containsExactly(503, 302, 204);
      assertThat(receiver.received()).allMatch(got -> got.uri().startsWith("/hooks/"));
    }
  }

  @Test
  void aReceiverThatIsNotThereIsStatusZero() throws Exception {
    Map<String, Object> callback;
    try (Receiver receiver = Receiver.ok()) {
      callback = callback(receiver);
    }
    assertThat(settle(callback).callbacksSent()).isEqualTo(1);
    callback.put("url", "no url at all");
    settle(callback);
    callback.put("url", "https://[");
    settle(callback);
    assertThat(emulator.callbacks())
        .extracting(RecordedCallback::status)
        .containsOnly(0)
        .hasSize(3);
  }

  @Test
  void signsLikeAnInboundWebhook() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_SIGNATURE, "on");
      settle(callback(receiver));
      Receiver.Received got = receiver.received().get(0);
      String signature = got.headers().getOrDefault("x-blink-signature", "");
      assertThat(signature).matches("ts=\\d+;sig1=[0-9a-f]{64}");
      String seconds = signature.substring(3, signature.indexOf(';'));
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(emulator.apiKey().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      String signed = seconds + "." + receiver.url() + "." + got.body();
      assertThat(signature)
          .endsWith(HexFormat.of().formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
    }
  }

  @Test
  void strangersKnowTheUrlButNotTheHeaders() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_FORGED, "1");
      emulator.set(Switch.CALLBACK_LOST, "1");
      List<String> started = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        started.add(calls.start(Map.of("callback", callback(receiver))));
      }
      for (String id : started) {
        assertThat(settled(id).callbackPlan()).containsExactlyInAnyOrder("lost", "forged");
      }
      assertThat(emulator.callbacks())
          .hasSize(30)
          .allMatch(sent -> sent.kind() == RecordedCallback.Kind.FORGED);
      Set<String> ways = new HashSet<>();
      for (Receiver.Received got : receiver.received()) {
        assertThat(got.uri()).isEqualTo("/hooks/run-1?x=%20y");
        assertThat(json(got).get("state_ui")).isEqualTo("Completed");
        String token = got.headers().get("x-token");
        assertThat(token).isNotEqualTo(TOKEN);
        if (token == null) {
          ways.add("missing");
        } else {
          assertThat(token).hasSameSizeAs(TOKEN);
          long changed =
              IntStream.range(0, TOKEN.length())
                  .filter(at -> token.charAt(at) != TOKEN.charAt(at))
                  .count();
          ways.add(changed == 1 ? "one off" : "same shape");
        }
      }
      assertThat(ways).containsExactlyInAnyOrder("missing", "one off", "same shape");
    }
  }

  @Test
  void disableSslTrustsWhomever(@TempDir Path folder) throws Exception {
    try (Receiver receiver = new Receiver(index -> 200, selfSigned(folder.resolve("keys")))) {
      Map<String, Object> callback = callback(receiver);
      settle(callback);
      assertThat(receiver.received()).isEmpty();
      callback.put("disableSSL", true);
      settle(callback);
      assertThat(receiver.received()).hasSize(1);
      assertThat(emulator.callbacks()).extracting(RecordedCallback::status).containsExactly(0, 200);
    }
  }

  private static SslContextBuilder selfSigned(Path store) throws Exception {
    char[] password = "not-a-secret".toCharArray();
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-dname",
                "CN=elsewhere.example",
                "-storepass",
                new String(password),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(store.toFile(), password), password);
    return SslContextBuilder.forServer(keys);
  }

  @Test
  void switchesTurnedLaterDontRewriteARunsPlan() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      RecordedRun run = settle(callback(receiver));
      emulator.set(Switch.CALLBACK_STATES, "Failed");
      assertThat(emulator.run(run.executionId())).isEqualTo(run);
    }
  }

  @Test
  void aRequestWithoutSecretsIsNotForged() throws Exception {
    try (Receiver receiver = Receiver.ok()) {
      emulator.set(Switch.CALLBACK_FORGED, "1");
      assertThat(settle(Map.of("url", receiver.url())).callbackPlan()).containsExactly("on-time");
      assertThat(receiver.received()).hasSize(1);
    }
  }
}
