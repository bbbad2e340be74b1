package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Streams that never end, over a clock that the test moves on. */
class StreamFollowTest extends SwitchTest {

  private static final Duration LAG = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMillis(3);
  private static final Instant START = Instant.parse("2026-04-01T00:00:00Z");

  /** Stands still unless it is moved. */
  private static final class Hands extends Clock {
    private volatile Instant now = START;

    void move(Duration on) {
      now = now.plus(on);
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

  /** A row that was created or finished at a time. */
  private record Event(String id, Instant at) {}

  private final Hands clock = new Hands();
  private BlinkOpsClient following;

  @BeforeEach
  void follow() {
    following =
        closing(
            BlinkOpsClient.builder()
                .baseUrl(emulator.baseUrl())
                .apiKey(emulator.apiKey())
                .workspace(emulator.workspace())
                .http(quick().build())
                .time(TimeSource.of(clock, invariants.scheduler()))
                .build());
  }

  private ExecutionQuery all() {
    return following.executions().find(Rql.all()).lag(LAG).pageSize(4);
  }

  private Flux<Checkpointed<Execution>> created() {
    return all().followCreated(START.minusSeconds(100), PAUSE);
  }

  private Event add(Instant at) {
    return new Event(emulator.addExecution(Map.of("created_at", at)), at);
  }

  private Event started(Instant at) {
    return new Event(
        emulator.addExecution(Map.of("created_at", at.minusSeconds(50), "state_ui", "Running")),
        at);
  }

  private void finish(Event run) {
    emulator.changeExecution(
        run.id, Map.of("state_ui", "Completed", "finished_at", run.at, "updated_at", run.at));
  }

  private static List<String> inOrder(List<Event> events) {
    return events.stream()
        .sorted(Comparator.comparing(Event::at).thenComparing(Event::id))
        .map(Event::id)
        .toList();
  }

  @Test
  void rowsComeOnceTheyAreOlderThanTheLag() {
    Event first = add(START.minusSeconds(10));
    Event second = add(START.minusMillis(500));
    add(START.minusSeconds(101));
    List<String> seen = new CopyOnWriteArrayList<>();
    Disposable stream = created().subscribe(row -> seen.add(id(row.value())));
    eventually().until(() -> seen.equals(List.of(first.id)));
    Event late = add(START.minusMillis(700));
    clock.move(Duration.ofMillis(400));
    eventually().until(() -> seen.equals(List.of(first.id, late.id)) || seen.size() == 1);
    clock.move(Duration.ofMillis(101));
    eventually().until(() -> seen.equals(List.of(first.id, late.id, second.id)));
    stream.dispose();
  }

  /** Rows that come in any order, each later than the lag allows for; and some calls fail. */
  @ParameterizedTest
  @CsvSource({
    "KEYSET,created,0",
    "TIME,created,0",
    "KEYSET,finished,0",
    "TIME,finished,0",
    "KEYSET,created,0.2",
    "TIME,finished,0.2"
  })
  void eachRowComesOnceAndInItsOrder(PagingMode mode, String kind, String faults) {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    boolean creation = kind.equals("created");
    emulator.set(Switch.FAULT_503, faults);
    emulator.set(Switch.FAULT_TRUNCATED, faults);
    ExecutionQuery query = all().paging(mode);
    Flux<Checkpointed<Execution>> stream =
        creation
            ? query.followCreated(START.minusSeconds(100), PAUSE)
            : query.followFinished(START.minusSeconds(100), PAUSE);
    List<String> seen = new CopyOnWriteArrayList<>();
    Disposable reading = stream.subscribe(row -> seen.add(id(row.value())));
    List<Event> all = new ArrayList<>();
    for (int step = 0; step < 60; step++) {
      for (int i = random.nextInt(5); i > 0; i--) {
        // Ties are likely, and none is older than what has been looked at.
        Instant at = clock.instant().minusMillis(random.nextInt(11) * 100L);
        Event event = creation ? add(at) : started(at);
        if (!creation) {
          finish(event);
        }
        all.add(event);
      }
      clock.move(Duration.ofMillis(random.nextInt(8) * 100L));
      if (random.nextInt(4) == 0) {
        long asked = emulator.count(Operation.LIST);
        eventually().until(() -> emulator.count(Operation.LIST) > asked);
      }
    }
    clock.move(Duration.ofSeconds(5));
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(seen).as("seed %d", seed).hasSameSizeAs(all));
    assertThat(seen).as("seed %d", seed).isEqualTo(inOrder(all));
    reading.dispose();
  }

  /** A run comes when it finishes, wherever it stands by its creation. */
  @Test
  void runsComeAsTheyFinish() {
    Event slow = started(START.plusSeconds(9));
    Event fast = started(START.plusSeconds(2));
    Event never = started(START.plusSeconds(2));
    List<String> seen = new CopyOnWriteArrayList<>();
    Disposable stream =
        all().followFinished(START, PAUSE).subscribe(row -> seen.add(id(row.value())));
    clock.move(Duration.ofSeconds(3));
    finish(fast);
    clock.move(Duration.ofSeconds(1));
    eventually().until(() -> seen.equals(List.of(fast.id)));
    clock.move(Duration.ofSeconds(5));
    finish(slow);
    clock.move(Duration.ofSeconds(5));
    eventually().until(() -> seen.equals(List.of(fast.id, slow.id)));
    assertThat(seen).doesNotContain(never.id);
    stream.dispose();
  }

  @Test
  void withoutDemandNothingIsAsked() {
    Event first = add(START.minusSeconds(9));
    Event second = add(START.minusSeconds(8));
    StepVerifier.create(created().map(row -> id(row.value())), 0)
        .expectSubscription()
        .then(() -> quiet(0))
        .thenRequest(1)
        .expectNext(first.id)
        .then(() -> quiet(1))
        .thenRequest(1)
        .expectNext(second.id)
        .then(() -> quiet(1))
        .thenRequest(1)
        .then(() -> eventually().until(() -> emulator.count(Operation.LIST) > 10))
        .then(() -> add(START.minusSeconds(2)))
        .expectNextCount(1)
        .then(() -> quiet(emulator.count(Operation.LIST)))
        .thenCancel()
        .verify(PATIENCE);
    quiet(emulator.count(Operation.LIST));
  }

  private void quiet(long calls) {
    Awaitility.await()
        .during(Duration.ofMillis(60))
        .atMost(PATIENCE)
        .until(() -> emulator.count(Operation.LIST) == calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KEYSET", "TIME"})
  void aFollowerThatDiesIsFollowedFromItsCheckpoint(PagingMode mode) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      events.add(add(START.minusSeconds(60 - i / 7)));
    }
    List<String> seen = new ArrayList<>();
    String checkpoint = null;
    for (int part : new int[] {1, 6, 4, 8, 11}) {
      ExecutionQuery query = all().paging(mode);
      query = checkpoint == null ? query : query.from(Checkpoint.parse(checkpoint));
      // With a checkpoint the time counts no more.
      Instant since = checkpoint == null ? START.minusSeconds(100) : START.plusSeconds(100);
      List<Checkpointed<Execution>> rows =
          got(query.followCreated(since, PAUSE).take(part).collectList());
      rows.forEach(row -> seen.add(id(row.value())));
      checkpoint = rows.get(part - 1).checkpoint().text();
    }
    assertThat(seen).isEqualTo(inOrder(events));
    Event next = add(START.minusSeconds(10));
    String last = checkpoint;
    StepVerifier.create(
            all()
                .paging(mode)
                .from(Checkpoint.parse(String.valueOf(last)))
                .followCreated(START, PAUSE)
                .map(row -> id(row.value())))
        .expectNext(next.id)
        .thenCancel()
        .verify(PATIENCE);
  }

  @Test
  void aServerThatDoesNotFilterByTimeCantBeFollowed() {
    emulator.set(Switch.LIST_FIELDS_FILTERABLE, "playbook_id");
    add(START.minusSeconds(10));
    for (int i = 0; i < 2; i++) {
      StepVerifier.create(created())
          .expectErrorSatisfies(
              error ->
                  assertThat(error)
                      .isInstanceOf(StreamException.class)
                      .hasMessageContaining("created_at"))
          .verify(PATIENCE);
    }
    assertThat(emulator.count(Operation.LIST)).isLessThanOrEqualTo(2);
  }

  @Test
  void anOrderOfOnesOwnCantBeFollowed() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> following.executions().find(Rql.all().sort("name")).followCreated(START, PAUSE))
        .withMessageContaining("sort");
  }

  @Test
  void aFilterOfOnesOwnIsFollowedToo() {
    Event mine =
        new Event(
            emulator.addExecution(
                Map.of("created_at", START.minusSeconds(5), "playbook_id", "mine")),
            START);
    add(START.minusSeconds(5));
    Rql filter =
        Rql.anyOf(Rql.where("playbook_id").eq("mine"), Rql.where("playbook_id").eq("yours"));
    List<String> seen = new CopyOnWriteArrayList<>();
    Disposable stream =
        following
            .executions()
            .find(filter)
            .lag(LAG)
            .followCreated(START.minusSeconds(100), PAUSE)
            .subscribe(row -> seen.add(id(row.value())));
    eventually().until(() -> emulator.count(Operation.LIST) > 5);
    assertThat(seen).containsExactly(mine.id);
    stream.dispose();
  }
}
