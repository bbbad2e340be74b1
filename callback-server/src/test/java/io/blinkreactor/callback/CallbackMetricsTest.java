package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.testkit.InvariantsExtension;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** What is counted, under the names that dashboards are built on. */
class CallbackMetricsTest {

  private static final String NAME = "blinkreactor.callbacks";

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final RecordingSink sink = new RecordingSink();
  private @Nullable CallbackServer opened;

  @AfterEach
  void close() {
    if (opened != null) {
      opened.close();
    }
  }

  @Test
  void eachEndOfARequestIsCountedUnderItsName() throws Exception {
    CallbackServer server = open(options().meterRegistry(meters));
    sink.answer = () -> Mono.just(CallbackReceipt.ACCEPTED);
    ask(server, proven(server, 1, "x"), 202);
    ask(server, proven(server, 1, "x"), 202);
    sink.answer = () -> Mono.just(CallbackReceipt.DUPLICATE);
    ask(server, proven(server, 1, "x"), 200);
    sink.answer = () -> Mono.just(CallbackReceipt.ORPHAN);
    ask(server, proven(server, 1, "x"), 202);
    sink.answer = () -> Mono.error(new IllegalStateException("store down"));
    ask(server, proven(server, 1, "x"), 503);
    ask(server, proven(server, 1001, "x".repeat(1001)), 413);
    ask(server, proven(server, 10, "x"), 408);
    ask(server, "POST / HTTP/1.1\r\nHost: h\r\n\r\n", 404);
    ask(server, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400);
    assertThat(counts())
        .isEqualTo(
            Map.of(
                "malformed",
                1.0,
                "accepted",
                2.0,
                "duplicate",
                1.0,
                "orphan",
                1.0,
                "failed",
                1.0,
                "oversize",
                1.0,
                "timeout",
                1.0,
                "rejected",
                1.0));
  }

  @Test
  void aBodyTooLongToLookForASealInHasACountOfItsOwn() throws Exception {
    CallbackServer server =
        open(CallbackServer.builder().meterRegistry(meters).placement(SealPlacement.BODY));
    String seal = "x".repeat(CallbackHandler.UNPROVEN_BYTES + 1);
    try (LoggedLines log = LoggedLines.at(Level.INFO)) {
      for (int i = 0; i < UnsealedWarning.ENOUGH; i++) {
        ask(server, proven(server, seal.length(), seal), 404);
      }
      assertThat(log.all()).singleElement().asString().contains("more than 16384 bytes");
    }
    assertThat(counts()).isEqualTo(Map.of("unread", (double) UnsealedWarning.ENOUGH));
  }

  @Test
  void aSenderThatGoesAwayIsNoFaultOfOurs() throws Exception {
    CallbackServer server = open(CallbackServer.builder().meterRegistry(meters));
    try (RawConnection client = new RawConnection(server.port())) {
      client.send(proven(server, 10, "x"));
    }
    Awaitility.await().untilAsserted(() -> assertThat(counts()).isEqualTo(Map.of("aborted", 1.0)));
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void provenRequestsAloneAreObserved() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    CallbackServer server = open(options().observationRegistry(observations(seen)));
    ask(server, "POST / HTTP/1.1\r\nHost: h\r\n\r\n", 404);
    ask(server, proven(server, 1, "x"), 202);
    assertThat(seen).containsExactly("blinkreactor.callback [keyValue(result=accepted)]");
  }

  /** Or what was begun for each would be kept for ever. */
  @Test
  void whoLeavesWhileTheStoreWorksIsObservedToTheEnd() throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    CallbackServer server =
        open(options().meterRegistry(meters).observationRegistry(observations(seen)));
    sink.answer = Mono::never;
    try (RawConnection client = new RawConnection(server.port())) {
      client.send(proven(server, 1, "x"));
      Awaitility.await().until(() -> sink.calls.size() == 1);
      assertThat(seen).isEmpty();
    }
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(seen)
                    .containsExactly("blinkreactor.callback [keyValue(result=aborted)]"));
    assertThat(counts()).isEqualTo(Map.of("aborted", 1.0));
  }

  /** Tells of each observation as it ends. */
  private static ObservationRegistry observations(List<String> ended) {
    ObservationRegistry registry = ObservationRegistry.create();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<Observation.Context>() {
              @Override
              public void onStop(Observation.Context context) {
                ended.add(context.getName() + " " + context.getLowCardinalityKeyValues());
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    return registry;
  }

  @Test
  void twoServersShowTheirOwnConnections() throws Exception {
    CallbackServer one = open(options().meterRegistry(meters));
    try (CallbackServer two =
        requireNonNull(options().meterRegistry(meters).bind().block(Duration.ofSeconds(10)))) {
      try (RawConnection client = new RawConnection(two.port())) {
        client.send(" ");
        Awaitility.await().until(() -> connections(two) == 1);
        assertThat(connections(one)).isZero();
      }
    }
    assertThat(connections(one)).as("what closes takes only its own along").isZero();
    assertThat(meters.getMeters()).hasSize(1);
  }

  private double connections(CallbackServer server) {
    return meters
        .get("blinkreactor.callback.connections")
        .tag("port", String.valueOf(server.port()))
        .gauge()
        .value();
  }

  @Test
  void t20StrangersCantMakeNewMeters() throws Exception {
    long seed = ThreadLocalRandom.current().nextLong();
    System.out.println("t20StrangersCantMakeNewMeters: seed " + seed);
    Random random = new Random(seed);
    CallbackServer server = open(options().meterRegistry(meters));
    for (int i = 0; i < 1000; i++) {
      String path =
          Long.toString(random.nextLong(), 36).replace("-", random.nextBoolean() ? "/" : "?");
      String method = "M" + Integer.toHexString(random.nextInt());
      ask(
          server,
          method
              + " /callbacks/v1/"
              + path
              + " HTTP/1.1\r\nHost: h"
              + i
              + "\r\nX-Callback-Auth: v1."
              + path
              + "\r\n\r\n",
          404);
    }
    assertThat(counts()).isEqualTo(Map.of("rejected", 1000.0));
  }

  @Test
  void withoutARegistryNothingIsKept() throws Exception {
    CallbackServer server = open(options());
    ask(server, proven(server, 1, "x"), 202);
    ask(server, "POST / HTTP/1.1\r\nHost: h\r\n\r\n", 404);
    assertThat(Metrics.globalRegistry.getMeters()).isEmpty();
    assertThat(meters.getMeters()).isEmpty();
  }

  /** All meters there are, which must be counters of the one name with the one tag, and a gauge. */
  private Map<String, Double> counts() {
    Map<String, Double> counts = new LinkedHashMap<>();
    meters
        .getMeters()
        .forEach(
            meter -> {
              if (meter instanceof Gauge) {
                assertThat(meter.getId().getName()).isEqualTo("blinkreactor.callback.connections");
                assertThat(meter.getId().getTag("port")).isNotNull();
                return;
              }
              assertThat(meter.getId().getName()).isEqualTo(NAME);
              assertThat(meter.getId().getTags()).hasSize(1);
              counts.put(requireNonNull(meter.getId().getTag("result")), ((Counter) meter).count());
            });
    return counts;
  }

  private CallbackServer open(CallbackServer.Builder options) {
    CallbackServer server = requireNonNull(options.bind().block(Duration.ofSeconds(10)));
    opened = server;
    Disposable unused = server.attach("ws", sink);
    return server;
  }

  private static CallbackServer.Builder options() {
    return CallbackServer.builder()
        .limits(
            ServerLimits.builder().maxBodyBytes(1000).readTimeout(Duration.ofMillis(100)).build());
  }

  private static String proven(CallbackServer server, int length, String body) {
    CallbackTarget target =
        server.target("ws", "AAECAwQFBgcICQoLDA0ODw", Instant.now().plusSeconds(60));
    return "POST "
        + target.url().getPath()
        + " HTTP/1.1\r\nHost: h\r\nX-Callback-Auth: "
        + target.headers().get("X-Callback-Auth")
        + "\r\nContent-Length: "
        + length
        + "\r\n\r\n"
        + body;
  }

  private static void ask(CallbackServer server, String request, int status) throws IOException {
    try (RawConnection client = new RawConnection(server.port())) {
      assertThat(client.send(request).read().status()).isEqualTo(status);
    }
  }
}
