package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.InvalidCheckpointException;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlaxelEmulatorExtension;
import io.blinkreactor.testkit.BlaxelOperation;
import io.blinkreactor.testkit.BlaxelSwitch;
import io.blinkreactor.testkit.InvariantsExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** The executions of a job as a stream, in both contracts. */
class JobExecutionQueryTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final TurnedClock clock = new TurnedClock();

  @Order(1)
  @RegisterExtension
  final BlaxelEmulatorExtension blaxel =
      BlaxelEmulatorExtension.create(builder -> builder.history(250).clock(clock));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  private BlaxelEmulator emulator;
  private final List<BlaxelClient> clients = new ArrayList<>();

  @BeforeEach
  void connect() {
    emulator = blaxel.emulator();
    invariants.watch("open connections", emulator::openConnections);
  }

  @AfterEach
  void disconnect() {
    clients.forEach(client -> client.closeLater().block(PATIENCE));
  }

  @ParameterizedTest
  @CsvSource({
    "AUTO,auto,CURSOR",
    "AUTO,legacy,OFFSET",
    "AUTO,cursor,CURSOR",
    "LEGACY,auto,OFFSET",
    "LEGACY,legacy,OFFSET",
    "CURSOR,auto,CURSOR",
    "CURSOR,cursor,CURSOR"
  })
  void everyExecutionIsReadOnceInEitherContract(
      Contract contract, String served, PagingMode expected) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
    JobExecutionQuery all = executions(contract);
    assertThat(ids(all.items())).isEqualTo(emulator.executionIds());
    assertThat(all.pageSize(60).pages().collectList().block(PATIENCE))
        .hasSize(5)
        .last()
        .satisfies(page -> assertThat(page.mode()).isEqualTo(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"asc", "desc"})
  void theLegacyContractIsReadInTheVendorsOrder(String order) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "legacy");
    emulator.set(BlaxelSwitch.LEGACY_ORDER, order);
    List<String> expected = new ArrayList<>(emulator.executionIds());
    if (order.equals("asc")) {
      Collections.reverse(expected);
    }
    assertThat(ids(executions(Contract.AUTO).items())).isEqualTo(expected);
  }

  @Test
  void aServerWithoutCursorsIsRememberedByTheClient() {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "legacy");
    JobExecutionQuery all = executions(Contract.AUTO);
    ids(all.items());
    long before = emulator.count(BlaxelOperation.LIST);
    assertThat(ids(all.items().take(250))).hasSize(250);
    assertThat(emulator.count(BlaxelOperation.LIST) - before).isEqualTo(3);
    assertThat(
            emulator.requests().stream()
                .skip(before)
                .filter(r -> r.headers().containsKey("blaxel-version")))
        .isEmpty();
  }

  @Test
  void threePagesAreFetchedForTwoHundredAndFiftyExecutions() {
    ids(executions(Contract.AUTO).items().take(250));
    assertThat(emulator.count(BlaxelOperation.LIST)).isEqualTo(3);
  }

  @Test
  void theOldestComesFirstIfAskedFor() {
    List<String> expected = new ArrayList<>(emulator.executionIds());
    clock.turn(Duration.ofMinutes(1));
    Collections.reverse(expected);
    assertThat(ids(executions(Contract.CURSOR).oldestFirst().items())).isEqualTo(expected);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> executions(Contract.LEGACY).oldestFirst());
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "legacy");
    assertThat(broken(executions(Contract.AUTO).oldestFirst().items()))
        .hasMessageContaining("legacy contract");
  }

  @ParameterizedTest
  @CsvSource({"auto,offset", "auto,keyset", "legacy,offset"})
  void rowsThatComeAndGoAreNeitherMissedNorRepeated(String served, String position) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
    emulator.set(BlaxelSwitch.CURSOR_POSITION, position);
    List<String> before = emulator.executionIds();
    List<String> tail = new ArrayList<>(before);
    Collections.reverse(tail);
    List<String> read = new ArrayList<>();
    executions(Contract.AUTO)
        .pageSize(20)
        .items()
        .map(JobExecutionQueryTest::id)
        .doOnNext(
            id -> {
              read.add(id);
              if (read.size() % 20 == 1) {
                clock.turn(Duration.ofSeconds(1));
                for (int i = 0; i < 5; i++) {
                  emulator.addExecution(Map.of("metadata", Map.of("createdAt", clock.instant())));
                  emulator.removeExecution(tail.remove(0));
                }
              }
            })
        .then()
        .block(PATIENCE);
    List<String> now = emulator.executionIds();
    assertThat(read).doesNotHaveDuplicates();
    assertThat(read).containsAll(before.stream().filter(now::contains).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "legacy"})
  void aStreamGoesOnFromEveryCheckpoint(String served) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
    JobExecutionQuery all = executions(Contract.AUTO).pageSize(30);
    List<Checkpointed<JobExecution>> whole =
        requireNonNull(all.checkpointed().collectList().block(PATIENCE));
    assertThat(whole).hasSize(250);
    for (int i = 0; i < 250; i += 23) {
      Checkpoint place = Checkpoint.parse(whole.get(i).checkpoint().text());
      assertThat(ids(all.from(place).items()))
          .as("after %d", i)
          .isEqualTo(emulator.executionIds().subList(i + 1, 250));
    }
    assertThat(catchThrowable(() -> all.search("abc").from(whole.get(1).checkpoint()).items()))
        .isInstanceOf(InvalidCheckpointException.class);
  }

  /** A client that does not know it yet asks for the checkpoint's page by a cursor. */
  @Test
  void rowsThatShareATimeComeOnceWhereTheServerHasNoCursors() {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "legacy");
    emulator.set(BlaxelSwitch.LEGACY_ORDER, "asc");
    for (int i = 0; i < 6; i++) {
      Instant at = Instant.parse("2020-01-01T00:00:00Z").plusSeconds(i / 3);
      Map<String, Object> times = Map.of("createdAt", at, "expiredAt", "2126-01-01T00:00:00Z");
      emulator.addExecution(Map.of("metadata", times));
    }
    List<Checkpointed<JobExecution>> whole =
        requireNonNull(
            executions(Contract.AUTO).pageSize(30).checkpointed().collectList().block(PATIENCE));
    List<String> ids = whole.stream().map(item -> id(item.value())).toList();
    assertThat(ids).hasSize(256).doesNotHaveDuplicates();
    for (int i = 0; i < 7; i++) {
      JobExecutionQuery rest =
          executions(Contract.AUTO).pageSize(30).from(whole.get(i).checkpoint());
      assertThat(ids(rest.items())).as("after %d", i).isEqualTo(ids.subList(i + 1, 256));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"400", "410"})
  void aCursorThatIsTooOldCostsOneReadingFromTheStart(String status) {
    emulator.set(BlaxelSwitch.CURSOR_REJECTED_STATUS, status);
    JobExecutionQuery all = executions(Contract.AUTO).pageSize(50);
    Checkpoint old = requireNonNull(all.checkpointed().take(120).blockLast(PATIENCE)).checkpoint();
    clock.turn(Duration.ofHours(25));
    assertThat(ids(all.from(old).items())).isEqualTo(emulator.executionIds().subList(120, 250));
  }

  @Test
  void cursorsThatGoRoundInCirclesAreAnError() {
    emulator.set(BlaxelSwitch.CURSOR_LOOP, "1");
    StreamException error = broken(executions(Contract.AUTO).pageSize(10).items());
    assertThat(error).hasMessageContaining("same cursor");
    assertThat(emulator.count(BlaxelOperation.LIST)).isLessThan(5);
  }

  @Test
  void moreWithoutACursorIsAnErrorBehindTheElements() {
    emulator.set(BlaxelSwitch.META_DISAGREE, "more-without-cursor");
    StreamException error = broken(executions(Contract.AUTO).items());
    assertThat(error).hasMessageContaining("hands out no cursor");
    assertThat(error.delivered()).isPositive();
    assertThat(error.checkpoint()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cursor-without-more", "cursor-on-last"})
  void aCursorIsFollowedWhateverIsSaidBesideIt(String disagreement) {
    emulator.set(BlaxelSwitch.META_DISAGREE, disagreement);
    assertThat(ids(executions(Contract.AUTO).items())).isEqualTo(emulator.executionIds());
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "legacy"})
  void shortAndEmptyPagesInTheMiddleEndNothing(String served) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
    emulator.set(BlaxelSwitch.PAGE_SHORT, "0.5");
    if (served.equals("auto")) {
      emulator.set(BlaxelSwitch.PAGE_EMPTY, "0.3");
    }
    emulator.set(BlaxelSwitch.LIST_TOTAL, "wrong");
    assertThat(ids(executions(Contract.AUTO).pageSize(20).items()))
        .isEqualTo(emulator.executionIds());
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "legacy"})
  void faultsInAThirdOfTheCallsAreNotSeen(String served) {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
    for (BlaxelSwitch fault :
        List.of(
            BlaxelSwitch.FAULT_503,
            BlaxelSwitch.FAULT_RESET,
            BlaxelSwitch.FAULT_TRUNCATED,
            BlaxelSwitch.FAULT_UNAVAILABLE)) {
      emulator.set(fault, "0.1");
    }
    assertThat(ids(executions(Contract.AUTO).pageSize(10).items()))
        .isEqualTo(emulator.executionIds());
  }

  private JobExecutionQuery executions(Contract contract) {
    BlaxelClient client =
        BlaxelClient.builder()
            .baseUrl(emulator.baseUrl() + "/v0")
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .contract(contract)
            .time(TimeSource.of(clock, invariants.scheduler()))
            .http(HttpOptions.builder().backoff(Duration.ofMillis(1), Duration.ofMillis(5)).build())
            .build();
    clients.add(client);
    return client.job(emulator.job()).executions();
  }

  private static StreamException broken(Flux<JobExecution> items) {
    Throwable error = catchThrowable(() -> items.then().block(PATIENCE));
    assertThat(error).isInstanceOf(StreamException.class);
    return (StreamException) error;
  }

  private static List<String> ids(Flux<JobExecution> items) {
    return requireNonNull(items.map(JobExecutionQueryTest::id).collectList().block(PATIENCE));
  }

  private static String id(JobExecution execution) {
    return requireNonNull(execution.id());
  }

  /** Stands still unless it is turned. */
  private static final class TurnedClock extends Clock {
    private volatile Instant now = Instant.parse("2026-05-04T03:02:01Z");

    void turn(Duration by) {
      now = now.plus(by);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
