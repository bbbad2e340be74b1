package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blinkreactor.AuthenticationException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.PermissionException;
import io.blinkreactor.QuotingServer;
import io.blinkreactor.StreamException;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.InvariantsExtension;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRequest;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

/** Every operation against the emulator, which refuses what the vendor does not document. */
class BlinkOpsClientTest {

  private static final String PLAYBOOK = "a22f642a-f4fc-4c66-b978-6f1d1008e6ae";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Order(1)
  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          builder ->
              builder
                  .history(250)
                  .workspaces("other-workspace")
                  .set(Switch.RUN_DURATION, "20ms")
                  .set(Switch.RUN_OUTCOMES, "Completed=1"));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @SuppressWarnings("NullAway.Init")
  private BlinkOpsEmulator emulator;

  @SuppressWarnings("NullAway.Init")
  private BlinkOpsClient client;

  @BeforeEach
  void connect() {
    emulator = emulators.emulator();
    client = builder().build();
    invariants.watch("connections to the emulator", emulator::openConnections);
  }

  @AfterEach
  void disconnect() {
    client.closeLater().block(PATIENCE);
  }

  @Test
  void aPageHasWhatWasAskedFor() {
    ExecutionPage page =
        get(client.executions().find(Rql.all().sort("-created_at").limit(10).offset(5)).page());
    assertThat(page.executions()).hasSize(10);
    assertThat(page.total()).isEqualTo(250);
    assertThat(page.offset()).isEqualTo(5);
    assertThat(page.limit()).isEqualTo(10);
  }

  @Test
  void theWalkReadsEverythingOnceAndNewestFirst() {
    List<Execution> all = get(client.executions().find(Rql.all()).items().collectList());
    assertThat(all).hasSize(250).extracting(Execution::id).doesNotHaveDuplicates();
    assertThat(all)
        .isSortedAccordingTo(
            (a, b) ->
                Objects.requireNonNull(b.createdAt())
                    .compareTo(Objects.requireNonNull(a.createdAt())));
    assertThat(emulator.count(Operation.LIST)).as("three pages and an empty one").isEqualTo(4);
  }

  @Test
  void closingTheClientEndsTheWaits() {
    emulator.set(Switch.RUN_DURATION, "manual");
    Runs runs = client.runs().build();
    Mono<?> end = get(runs.start(PLAYBOOK, ExecuteRequest.builder().build())).completion().cache();
    StepVerifier.create(end)
        .expectSubscription()
        .then(client::close)
        .expectError(CancellationException.class)
        .verify(PATIENCE);
    assertThat(runs.pending()).isZero();
  }

  @Test
  void theWalkFetchesByDemand() {
    StepVerifier.create(client.executions().find(Rql.all()).pageSize(50).items(), 0)
        .expectSubscription()
        .then(() -> assertThat(emulator.count(Operation.LIST)).isZero())
        .thenRequest(50)
        .expectNextCount(50)
        .then(() -> assertThat(emulator.count(Operation.LIST)).isEqualTo(1))
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  void aLookAheadFetchesThatManyPagesMore() {
    StepVerifier.create(client.executions().find(Rql.all()).pageSize(20).lookAhead(2).items(), 0)
        .expectSubscription()
        .then(() -> assertThat(emulator.count(Operation.LIST)).isZero())
        .thenRequest(1)
        .expectNextCount(1)
        .then(() -> Awaitility.await().until(() -> emulator.count(Operation.LIST) == 3))
        .thenRequest(19)
        .expectNextCount(19)
        .then(() -> assertThat(emulator.count(Operation.LIST)).isEqualTo(3))
        .thenRequest(1)
        .expectNextCount(1)
        .then(() -> Awaitility.await().until(() -> emulator.count(Operation.LIST) == 4))
        .thenRequest(Long.MAX_VALUE)
        .expectNextCount(229)
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  void theWalkRefusesAQueryThatPagesItself() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.executions().find(Rql.all().limit(3)).items())
        .withMessageContaining("take(n)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.executions().find(Rql.json("{}")).items());
  }

  @Test
  void noMemberOfTheEmulatorIsUnknownToTheModels() {
    for (Execution execution : get(client.executions().find(Rql.all()).items().collectList())) {
      assertThat(execution.unknownMembers()).isEmpty();
    }
    String id = get(client.workflows().execute(PLAYBOOK, ExecuteRequest.inputs(Map.of("a", 1))));
    assertThat(get(client.executions().get(id)).unknownMembers()).isEmpty();
    assertThat(get(client.executions().steps(id)))
        .allSatisfy(step -> assertThat(step.unknownMembers()).isEmpty());
  }

  @Test
  void whatIsSentIsWhatWasSaid() {
    ExecuteRequest request =
        ExecuteRequest.builder()
            .inputs(Map.of("host", "h1", "deep", Map.of("n", List.of(1, 2))))
            .event(JsonValue.parse("{\"kind\":\"alert\",\"score\":1.50}"))
            .pastExecution("past-1")
            .runner("runner-1")
            .triggerType("custom_webhook")
            .callback(
                ExecutionCallback.builder(URI.create("http://127.0.0.1:9/cb"))
                    .method("PUT")
                    .headers(Map.of("X-Token", "t"))
                    .cookies(Map.of("c", "v"))
                    .body(Map.of("b", 1))
                    .disableSsl(false)
                    .excludeDefaultMetadata(true)
                    .build())
            .build();
    String id = get(client.workflows().execute(PLAYBOOK, request));
    ExecutionDetails execution = get(client.executions().get(id, true));
    assertThat(execution.id()).isEqualTo(id);
    assertThat(execution.playbookId()).isEqualTo(PLAYBOOK);
    assertThat((Object) Objects.requireNonNull(execution.inputs()).as(Map.class))
        .isEqualTo(Map.of("host", "h1", "deep", Map.of("n", List.of(1, 2))));
    assertThat((Object) Objects.requireNonNull(execution.event()).as(Map.class))
        .isEqualTo(Map.of("kind", "alert", "score", 1.5));
    assertThat(execution.triggerType()).isEqualTo("custom_webhook");
    RecordedRequest sent = only(Operation.EXECUTE);
    assertThat(sent.body()).contains("\"score\":1.50").contains("\"past_exec_ref\":\"past-1\"");
    assertThat(only(Operation.GET).uri()).endsWith("?withApplyView=true");
  }

  record Outputs(@Nullable String status) {}

  @Test
  void aSynchronousRunAnswersItsOutputs() {
    Map<?, ?> outputs =
        get(
            client
                .workflows()
                .runSync(PLAYBOOK, ExecuteRequest.empty(), Duration.ofMillis(1500), Map.class));
    assertThat(outputs).isNotNull();
    assertThat(only(Operation.EXECUTE_SYNC).uri()).contains("run_sync=true").contains("timeout=2");
    Outputs typed =
        get(
            client
                .workflows()
                .runSync(PLAYBOOK, ExecuteRequest.empty(), Duration.ofSeconds(2), Outputs.class));
    assertThat(typed).isNotNull();
  }

  @Test
  void cancellingAsksTheVendor() {
    emulator.set(Switch.RUN_DURATION, "manual");
    String id = get(client.workflows().execute(PLAYBOOK, ExecuteRequest.empty()));
    StepVerifier.create(client.executions().cancel(id)).expectComplete().verify(PATIENCE);
    assertThat(get(client.executions().get(id)).effectiveState())
        .isEqualTo(ExecutionState.CANCELLED);
    InvalidRequestException again =
        catchThrowableOfType(
            InvalidRequestException.class, () -> client.executions().cancel(id).block(PATIENCE));
    assertThat(again.status()).isEqualTo(400);
    assertThat(again.call().attempts()).isEqualTo(1);
  }

  @Test
  void eachRefusalHasItsException() {
    NotFoundException missing =
        catchThrowableOfType(
            NotFoundException.class, () -> client.executions().get("nowhere").block(PATIENCE));
    assertThat(missing.requestId()).isNotBlank();
    assertThat(missing).hasMessageContaining("/workspace/{ws_id}/executions/{id} was answered 404");

    InvalidRequestException bad =
        catchThrowableOfType(
            InvalidRequestException.class,
            () -> client.executions().find(Rql.where("nonsense").eq(1)).page().block(PATIENCE));
    assertThat(bad.call().vendorMessage()).isEqualTo("unrecognized key \"nonsense\" for filtering");

    try (BlinkOpsClient stranger = builder().apiKey("wrong-key").build()) {
      assertThatExceptionOfType(AuthenticationException.class)
          .isThrownBy(() -> stranger.executions().get("x").block(PATIENCE));
    }
    try (BlinkOpsClient weak = builder().apiKey(emulator.forbiddenKey()).build()) {
      PermissionException forbidden =
          catchThrowableOfType(
              PermissionException.class, () -> weak.executions().get("x").block(PATIENCE));
      assertThat(forbidden).hasMessageContaining("role");
    }
  }

  @Test
  void oneClientServesSeveralWorkspaces() {
    BlinkOpsClient other = client.workspace("other-workspace");
    assertThat(get(other.executions().find(Rql.all()).page()).executions()).isEmpty();
    other.close();
    assertThat(get(client.executions().find(Rql.all()).page()).executions()).isNotEmpty();
  }

  @Test
  void theKeyMayChangeWhileTheClientRuns() {
    AtomicReference<String> key = new AtomicReference<>("old");
    try (BlinkOpsClient rotating = builder().apiKey(key::get).build()) {
      assertThatExceptionOfType(AuthenticationException.class)
          .isThrownBy(() -> rotating.executions().get("x").block(PATIENCE));
      key.set(emulator.apiKey());
      assertThat(get(rotating.executions().find(Rql.all()).page()).executions()).isNotEmpty();
    }
  }

  @Test
  void aKeyFromASupplierIsCheckedBeforeItIsSent() {
    for (String key : new String[] {"", "a\nb"}) {
      try (BlinkOpsClient odd = builder().apiKey(() -> key).build()) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> odd.executions().get("x").block(PATIENCE))
            .withMessageContaining("API key");
      }
    }
    assertThat(emulator.requests()).isEmpty();
  }

  @Test
  void aClosedClientIsClosed() {
    client.closeLater().block(PATIENCE);
    assertThatIllegalStateException()
        .isThrownBy(() -> client.executions().get("x").block(PATIENCE))
        .withMessageContaining("closed");
    assertThat(emulator.requests()).isEmpty();
  }

  /** A vendor that quotes the request in its refusal must not spread the callback's secrets. */
  @Test
  void whatTheVendorQuotesOfACallbackIsRedacted() {
    DisposableServer quoting = QuotingServer.open();
    try (BlinkOpsClient quoted = builder().baseUrl("http://127.0.0.1:" + quoting.port()).build()) {
      ExecuteRequest request =
          ExecuteRequest.builder()
              .callback(
                  ExecutionCallback.builder(URI.create("http://127.0.0.1:9/"))
                      .headers(Map.of("X-Token", "header-secret"))
                      .cookies(Map.of("c", "cookie-secret"))
                      .build())
              .build();
      InvalidRequestException refused =
          catchThrowableOfType(
              InvalidRequestException.class,
              () -> quoted.workflows().execute(PLAYBOOK, request).block(PATIENCE));
      assertThat(refused)
          .hasMessageContaining("[redacted]")
          .message()
          .doesNotContain("header-secret", "cookie-secret");
    } finally {
      quoting.disposeNow();
    }
  }

  /** Also where a receiver put them into the URL or the body. */
  @Test
  void whatTheVendorQuotesOfAnAwaitedRunsCallbackIsRedacted() {
    DisposableServer quoting = QuotingServer.open();
    CallbackReceiver receiver =
        new CallbackReceiver() {
          @Override
          public CallbackTarget target(String scope, String correlationId, Instant expiry) {
            return new CallbackTarget(
                URI.create("http://127.0.0.1:9/callbacks/path-secret-0123456789"),
                "POST",
                Map.of("X-Token", "header-secret"),
                Map.of("c", "cookie-secret"),
                Map.of("m", "body-secret"));
          }

          @Override
          public Disposable attach(String scope, CallbackSink sink) {
            return Disposables.disposed();
          }
        };
    try (BlinkOpsClient quoted = builder().baseUrl("http://127.0.0.1:" + quoting.port()).build();
        Runs runs = quoted.runs().receiver(receiver).build()) {
      assertThatThrownBy(() -> runs.start(PLAYBOOK, ExecuteRequest.empty()).block(PATIENCE))
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("/callbacks/[redacted]")
          .message()
          .doesNotContain("-secret");
    } finally {
      quoting.disposeNow();
    }
  }

  @Test
  void aServerThatDoesNotHeedTheOffsetIsALoudError() {
    DisposableServer stuck =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (req, res) ->
                    res.sendString(
                        Mono.just(
                            "{\"results\":[{\"id\":\"a\",\"created_at\":9},{\"id\":\"b\",\"created_at\":8}]}")))
            .bindNow();
    try (BlinkOpsClient walking = builder().baseUrl("http://127.0.0.1:" + stuck.port()).build()) {
      StepVerifier.create(
              walking
                  .executions()
                  .find(Rql.all())
                  .paging(PagingMode.OFFSET)
                  .items()
                  .map(e -> String.valueOf(e.id())))
          .expectNext("a", "b")
          .expectErrorSatisfies(
              e ->
                  assertThat(e)
                      .isInstanceOf(StreamException.class)
                      .hasMessageContaining("'offset'"))
          .verify(PATIENCE);
    } finally {
      stuck.disposeNow();
    }
  }

  @Test
  void callsAreMeasuredByOperationAndOutcomeAlone() {
    get(client.executions().find(Rql.all()).page());
    Mono<ExecutionDetails> missing = client.executions().get("nowhere");
    StepVerifier.create(missing).expectError(NotFoundException.class).verify(PATIENCE);
    assertThat(timer("executions.list", "success")).isEqualTo(1);
    assertThat(timer("executions.get", "404")).isEqualTo(1);
    assertThat(meters.getMeters())
        .allSatisfy(
            meter ->
                assertThat(meter.getId().getTags())
                    .allSatisfy(tag -> assertThat(tag.getValue()).matches("[a-z0-9_.]{1,20}")));
  }

  @Test
  void observationsHaveTheCallersAsTheirParent() {
    List<String> seen = new ArrayList<>();
    ObservationRegistry registry = ObservationRegistry.create();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<Observation.Context>() {
              @Override
              public void onStop(Observation.Context context) {
                var parent = context.getParentObservation();
                seen.add(
                    context.getName()
                        + " under "
                        + (parent == null ? "nothing" : parent.getContextView().getName())
                        + " "
                        + context.getLowCardinalityKeyValue("outcome"));
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    try (BlinkOpsClient observed = builder().observationRegistry(registry).build()) {
      Observation mine = Observation.start("mine", registry);
      observed
          .executions()
          .find(Rql.all())
          .page()
          .contextWrite(ctx -> ctx.put("micrometer.observation", mine))
          .block(PATIENCE);
      assertThat(seen)
          .containsExactly("blinkreactor.api.call under mine keyValue(outcome=success)");
      mine.stop();
    }
  }

  private long timer(String operation, String outcome) {
    return meters
        .get("blinkreactor.api.calls")
        .tags("operation", operation, "outcome", outcome)
        .timer()
        .count();
  }

  private RecordedRequest only(Operation operation) {
    return emulator.requests().stream()
        .filter(r -> r.operation() == operation)
        .findFirst()
        .orElseThrow();
  }

  private BlinkOpsClient.Builder builder() {
    return BlinkOpsClient.builder()
        .baseUrl(emulator.baseUrl())
        .apiKey(emulator.apiKey())
        .workspace(emulator.workspace())
        .meterRegistry(meters);
  }

  private static <T> T get(Mono<T> mono) {
    return Objects.requireNonNull(mono.block(PATIENCE));
  }
}
