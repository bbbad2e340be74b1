package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.blinkreactor.JsonValue;
import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.InvariantsExtension;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A client before an emulator whose switches the test turns. */
abstract class SwitchTest {
  static final String PLAYBOOK = "0c4f1a53-5f0f-4e7b-9d3c-1a2b3c4d5e6f";
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Longer than any test: with it, only callbacks lead to looks. */
  static final Duration NEVER = Duration.ofHours(1);

  static final Duration SOON = Duration.ofMillis(25);

  /** What {@link #impatient()} waits for an answer. */
  static final Duration SHORT = Duration.ofSeconds(1);

  @Order(1)
  @RegisterExtension
  final BlinkOpsEmulatorExtension blink =
      BlinkOpsEmulatorExtension.create(
          builder ->
              builder.set(Switch.RUN_DURATION, "20ms").set(Switch.RUN_OUTCOMES, "Completed=1"));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  BlinkOpsEmulator emulator;
  BlinkOpsClient client;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @BeforeEach
  void connect() {
    emulator = blink.emulator();
    client = client(quick().build());
    invariants.watch("open connections", emulator::openConnections);
  }

  @AfterEach
  void disconnect() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  /** Options whose pauses before retries don't hold up a test. */
  static HttpOptions.Builder quick() {
    return HttpOptions.builder().backoff(Duration.ofMillis(1), Duration.ofMillis(10));
  }

  BlinkOpsClient client(HttpOptions options) {
    return client(options, emulator.apiKey());
  }

  BlinkOpsClient client(HttpOptions options, String key) {
    BlinkOpsClient made =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(key)
            .workspace(emulator.workspace())
            .http(options)
            .time(TimeSource.of(Clock.systemUTC(), invariants.scheduler()))
            .build();
    open.push(() -> made.closeLater().block(PATIENCE));
    return made;
  }

  TestReceiver receiver() {
    return closing(TestReceiver.open(TestReceiver.Place.HEADER));
  }

  Runs runs(TestReceiver receiver, Duration reconcileAfter) {
    return closing(
        client
            .runs()
            .receiver(receiver)
            .reconcileAfter(reconcileAfter)
            .timeout(Duration.ofMinutes(1))
            .build());
  }

  /** Runs without a receiver. */
  Runs polling() {
    return closing(client.runs().reconcileAfter(SOON).timeout(Duration.ofMinutes(1)).build());
  }

  <T extends AutoCloseable> T closing(T resource) {
    open.push(resource);
    return resource;
  }

  static RunHandle<ExecutionDetails> start(Runs runs) {
    return got(runs.start(PLAYBOOK, ExecuteRequest.empty()));
  }

  static Completion<ExecutionDetails> finish(Runs runs) {
    return got(runs.start(PLAYBOOK, ExecuteRequest.empty()).flatMap(RunHandle::completion));
  }

  static List<Completion<ExecutionDetails>> finish(Runs runs, int many) {
    return got(
        Flux.range(0, many)
            .flatMap(
                n -> runs.start(PLAYBOOK, ExecuteRequest.empty()).flatMap(RunHandle::completion))
            .collectList());
  }

  /**
   * An {@link #impatient} one for faults that only a clock ends, so that others have their time.
   */
  BlinkOpsClient clientFor(Switch fault) {
    return fault == Switch.FAULT_SLOW || fault == Switch.FAULT_STALL ? impatient() : client;
  }

  /** A client that gives up on slow and stalled answers, which the emulator then withholds. */
  BlinkOpsClient impatient() {
    emulator.set(Switch.FAULT_SLOW_DELAY, "1h");
    emulator.set(Switch.FAULT_STALL_DELAY, "1h");
    return client(quick().attemptTimeout(SHORT).stallTimeout(SHORT).build());
  }

  RecordedRun recorded(String executionId) {
    return requireNonNull(emulator.run(executionId));
  }

  /** Waits until the emulator has sent every callback that it is going to send. */
  RecordedRun settled(String executionId) {
    eventually().until(() -> recorded(executionId).settled());
    return recorded(executionId);
  }

  static ConditionFactory eventually() {
    return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5));
  }

  static <T> T got(Mono<T> mono) {
    return requireNonNull(mono.block(PATIENCE));
  }

  /** The failure of a call, also if it broke a stream off. */
  static <E extends Throwable> E failure(Class<? extends E> type, Mono<?> mono) {
    Throwable thrown = catchThrowable(() -> mono.block(PATIENCE));
    if (thrown instanceof StreamException stream && stream.getCause() != null) {
      thrown = stream.getCause();
    }
    assertThat(thrown).isExactlyInstanceOf(type);
    return type.cast(thrown);
  }

  /** Adds executions a minute apart, and answers their ids from the newest to the oldest. */
  List<String> history(int rows) {
    Instant newest = Instant.parse("2026-05-04T03:02:01.234Z");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      ids.add(
          emulator.addExecution(
              Map.of(
                  "created_at",
                  newest.minus(Duration.ofMinutes(i)),
                  "playbook_id",
                  i % 2 == 0 ? "even" : "odd")));
    }
    return ids;
  }

  static List<String> everySecond(List<String> ids) {
    return IntStream.range(0, ids.size()).filter(i -> i % 2 == 0).mapToObj(ids::get).toList();
  }

  static List<String> ids(ExecutionPage page) {
    return page.executions().stream().map(SwitchTest::id).toList();
  }

  static List<String> ids(ExecutionQuery query) {
    return got(query.items().map(SwitchTest::id).collectList());
  }

  static String idOf(RunHandle<?> run) {
    return requireNonNull(run.executionId());
  }

  static String id(Execution execution) {
    return requireNonNull(execution.id());
  }

  /** The members of an execution as the emulator knows them. */
  Map<?, ?> truth(String executionId) {
    return members(JsonValue.of(emulator.execution(executionId)));
  }

  static Map<?, ?> members(JsonValue json) {
    return requireNonNull(json.as(Map.class));
  }
}
