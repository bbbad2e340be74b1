package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.blinkreactor.JsonValue;
import io.blinkreactor.TimeSource;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlaxelEmulatorExtension;
import io.blinkreactor.testkit.BlaxelOperation;
import io.blinkreactor.testkit.BlaxelSwitch;
import io.blinkreactor.testkit.InvariantsExtension;
import io.blinkreactor.testkit.RecordedBlaxelRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;

/** A client before an emulator whose switches the test turns. */
abstract class BlaxelTest {
  static final Duration PATIENCE = Duration.ofSeconds(10);
  static final Duration SOON = Duration.ofMillis(20);

  @Order(1)
  @RegisterExtension
  final BlaxelEmulatorExtension blaxel =
      BlaxelEmulatorExtension.create(
          builder ->
              builder
                  .workspaces("other")
                  .set(BlaxelSwitch.RUN_PENDING, "0ms")
                  .set(BlaxelSwitch.RUN_DURATION, "20ms")
                  .set(BlaxelSwitch.RUN_OUTCOMES, "succeeded=1"));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  BlaxelEmulator emulator;
  BlaxelClient client;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @BeforeEach
  void connect() {
    emulator = blaxel.emulator();
    client = opened(builder().build());
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

  BlaxelClient.Builder builder() {
    return BlaxelClient.builder()
        .baseUrl(emulator.baseUrl() + "/v0")
        .apiKey(emulator.apiKey())
        .workspace(emulator.workspace())
        .http(quick().build())
        .time(TimeSource.of(Clock.systemUTC(), invariants.scheduler()));
  }

  <T extends AutoCloseable> T opened(T made) {
    open.push(made);
    return made;
  }

  Job job() {
    return client.job(emulator.job());
  }

  List<RecordedBlaxelRequest> requests(BlaxelOperation operation) {
    return emulator.requests().stream().filter(r -> r.operation() == operation).toList();
  }

  RecordedBlaxelRequest only(BlaxelOperation operation) {
    List<RecordedBlaxelRequest> all = requests(operation);
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  static ConditionFactory eventually() {
    return Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5));
  }

  static <T> T got(Mono<T> mono) {
    return requireNonNull(mono.block(PATIENCE));
  }

  static <E extends Throwable> E failure(Class<? extends E> type, Mono<?> mono) {
    Throwable thrown = catchThrowable(() -> mono.block(PATIENCE));
    assertThat(thrown).isExactlyInstanceOf(type);
    return type.cast(thrown);
  }

  /** Adds executions a minute apart, and answers their ids from the newest to the oldest. */
  List<String> history(int rows) {
    Instant newest = Instant.parse("2026-05-04T03:02:01.234Z");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      Instant at = newest.minus(Duration.ofMinutes(i));
      ids.add(
          emulator.addExecution(
              Map.of(
                  "metadata",
                  Map.of("createdAt", at, "expiredAt", Instant.parse("2126-01-01T00:00:00Z")))));
    }
    return ids;
  }

  static List<String> ids(JobExecutionPage page) {
    return page.executions().stream().map(e -> requireNonNull(e.id())).toList();
  }

  /** The members of an execution as the emulator knows them. */
  Map<?, ?> truth(String executionId) {
    return members(JsonValue.of(emulator.execution(executionId)));
  }

  static Map<?, ?> members(JsonValue json) {
    return requireNonNull(json.as(Map.class));
  }
}
