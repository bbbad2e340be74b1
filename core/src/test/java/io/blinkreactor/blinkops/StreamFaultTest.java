package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ApiException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Streams over a network and a vendor that fail every third call. */
class StreamFaultTest extends SwitchTest {

  private static final int ROWS = Boolean.getBoolean("blinkreactor.full") ? 1_500 : 500;
  private static final int PAGE = 25;
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private BlinkOpsClient measured() {
    return closing(
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .http(quick().retryBudget(1_000).build())
            .time(TimeSource.of(Clock.systemUTC(), invariants.scheduler()))
            .meterRegistry(meters)
            .build());
  }

  private ExecutionQuery all(@Nullable PagingMode mode) {
    ExecutionQuery query = measured().executions().find(Rql.all()).pageSize(PAGE);
    return mode == null ? query : query.paging(mode);
  }

  private void poor(@Nullable PagingMode mode) {
    if (mode == null) {
      emulator.set(Switch.LIST_FIELDS_FILTERABLE, "playbook_id");
      emulator.set(Switch.LIST_FIELDS_SORTABLE, "started_at");
    }
  }

  private void everyThirdCallFails(String retryAfter) {
    emulator.set(Switch.FAULT_503, "0.08");
    emulator.set(Switch.FAULT_429, "0.08");
    emulator.set(Switch.FAULT_RESET, "0.05");
    emulator.set(Switch.FAULT_RESET_AFTER, "0.05");
    emulator.set(Switch.FAULT_TRUNCATED, "0.12");
    emulator.set(Switch.FAULT_RETRY_AFTER, retryAfter);
  }

  private long retries(String reason) {
    Counter counter = meters.find("blinkreactor.api.retries").tag("reason", reason).counter();
    return counter == null ? 0 : (long) counter.count();
  }

  /** What the emulator answered, but for the answers that it cut off. */
  private long answered(int status) {
    return emulator.requests().stream().filter(request -> request.status() == status).count();
  }

  /** An empty mode is the loosest way, at a server that allows no other. */
  @ParameterizedTest
  @CsvSource({
    "KEYSET,none",
    "KEYSET,seconds:0",
    "TIME,none",
    "OFFSET,reset:0",
    ",none",
    ",seconds:0"
  })
  void faultsCostCallsButNoRows(@Nullable PagingMode mode, String retryAfter) {
    poor(mode);
    Drift drift = new Drift(emulator, ROWS, SEED);
    List<String> calm = read(all(mode));
    long calls = emulator.count(Operation.LIST);
    everyThirdCallFails(retryAfter);
    long refusedBefore = answered(400);
    List<String> stormy = read(all(mode));
    assertThat(stormy).as("seed %d", SEED).isEqualTo(calm);
    drift.check(stormy, "seed " + SEED);
    long stormyCalls = emulator.count(Operation.LIST) - calls;
    long faults = retries("429") + retries("503") + retries("network");
    assertThat(faults).as("every third call").isGreaterThan(calls / 5);
    assertThat(stormyCalls)
        .as("%d calls without faults, %d faults, %d refused", calls, faults, refusedBefore)
        .isLessThanOrEqualTo(calls + faults);
    assertThat(retries("429")).isEqualTo(answered(429));
    assertThat(retries("503")).isEqualTo(answered(503));
    assertThat(retries("network")).as("and the cut ones").isGreaterThanOrEqualTo(answered(0));
  }

  @ParameterizedTest
  @CsvSource({"KEYSET,ANYWHERE", "TIME,ANYWHERE", "OFFSET,ANYWHERE", ",EDGES"})
  void faultsAndDriftTogetherLoseAndDoubleNothing(@Nullable PagingMode mode, Drift.Place place) {
    poor(mode);
    everyThirdCallFails("none");
    Drift drift = new Drift(emulator, ROWS, SEED);
    List<String> seen = new ArrayList<>();
    all(mode)
        .items()
        .doOnNext(
            row -> {
              seen.add(id(row));
              if (seen.size() % PAGE == PAGE / 2) {
                drift.step(place);
              }
            })
        .blockLast(LONG);
    drift.check(seen, "by " + mode + ", seed " + SEED);
  }

  @ParameterizedTest
  @CsvSource({"KEYSET,3,1", "KEYSET,0,4", "OFFSET,2,1"})
  void faultsWithPagesAheadAndSlicesLoseAndDoubleNothing(
      PagingMode mode, int lookAhead, int slices) {
    everyThirdCallFails("none");
    Drift drift = new Drift(emulator, ROWS, SEED);
    List<String> seen = read(all(mode).lookAhead(lookAhead).parallel(slices));
    drift.check(seen, "by " + mode + ", seed " + SEED);
  }

  @Test
  void pagesThatBreakOffComeWhole() {
    everyThirdCallFails("none");
    Drift drift = new Drift(emulator, ROWS, SEED);
    List<String> seen =
        requireNonNull(
            all(null)
                .pages()
                .flatMapIterable(page -> page.items())
                .map(SwitchTest::id)
                .collectList()
                .block(LONG));
    drift.check(seen, "seed " + SEED);
  }

  /** A 500 is not asked again by itself; whoever does so from the checkpoint gets the rest. */
  @ParameterizedTest
  @CsvSource({"KEYSET", "TIME", "OFFSET", "''"})
  void whoGoesOnFromTheFailuresCheckpointGetsTheRest(String name) {
    PagingMode mode = name.isEmpty() ? null : PagingMode.valueOf(name);
    poor(mode);
    Drift drift = new Drift(emulator, ROWS, SEED);
    emulator.set(Switch.FAULT_500, "0.4");
    emulator.set(Switch.FAULT_TRUNCATED, "0.1");
    List<String> seen = new ArrayList<>();
    ExecutionQuery query = all(mode);
    int failures = 0;
    boolean over = false;
    while (!over) {
      long before = seen.size();
      try {
        query.items().doOnNext(row -> seen.add(id(row))).blockLast(LONG);
        over = true;
      } catch (StreamException broken) {
        failures++;
        assertThat(failures).isLessThan(200);
        assertThat(broken.getCause())
            .as("seed %d: %s", SEED, broken)
            .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(500));
        assertThat(broken.delivered()).isEqualTo(seen.size() - before);
        String checkpoint = broken.checkpoint();
        assertThat(checkpoint == null).isEqualTo(seen.isEmpty());
        query = checkpoint == null ? query : query.from(Checkpoint.parse(checkpoint));
      }
    }
    assertThat(failures).isPositive();
    drift.check(seen, "by " + name + ", seed " + SEED);
  }

  /** A server whose page breaks off while its reader pauses, and which then says nothing. */
  @Test
  void aPageThatBreaksOffDuringAPauseIsAskedForOnceThereIsDemandAgain() {
    VirtualTimeScheduler virtual = VirtualTimeScheduler.create();
    List<String> asked = new CopyOnWriteArrayList<>();
    Sinks.Empty<Void> stopped = Sinks.empty();
    DisposableServer server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) -> {
                  asked.add(request.uri());
                  return asked.size() > 1
                      ? response.sendString(Mono.just("{\"results\":[" + row(1) + "]}"))
                      : response.send(
                          Flux.concat(
                                  Mono.just("{\"results\":[" + row(3) + "," + row(2) + ","),
                                  stopped.asMono().cast(String.class))
                              .map(text -> Unpooled.copiedBuffer(text, StandardCharsets.UTF_8)),
                          buffer -> true);
                })
            .bindNow();
    BlinkOpsClient pausing =
        closing(
            BlinkOpsClient.builder()
                .baseUrl("http://127.0.0.1:" + server.port())
                .apiKey("key")
                .workspace("ws")
                .time(TimeSource.of(Clock.systemUTC(), virtual))
                .build());
    try {
      StepVerifier.create(pausing.executions().find(Rql.all()).items().map(SwitchTest::id), 2)
          .expectNext("3", "2")
          .then(
              () -> {
                stopped.tryEmitError(new IOException("the server is stopped")).orThrow();
                // Time enough for a call that nobody waits for to run into its clock.
                for (int hour = 0; hour < 3; hour++) {
                  Awaitility.await().during(Duration.ofMillis(150)).until(() -> asked.size() == 1);
                  virtual.advanceTimeBy(Duration.ofHours(1));
                }
              })
          .thenRequest(1)
          .then(
              () ->
                  eventually()
                      .until(
                          () -> {
                            virtual.advanceTimeBy(Duration.ofMillis(100));
                            return asked.size() == 2;
                          }))
          .expectNext("1")
          .thenCancel()
          .verify(PATIENCE);
      assertThat(asked.get(1)).contains("%22%24lte%22%3A2");
    } finally {
      server.disposeNow();
    }
  }

  private static String row(int n) {
    return "{\"id\":\"" + n + "\",\"created_at\":" + n + "}";
  }

  /** The good rows of a page come before what is wrong with it. */
  @Test
  void aRowThatIsNoneComesAfterThoseBeforeIt() {
    Set<String> uris = new HashSet<>();
    DisposableServer server = listing(row(3) + "," + row(2) + ",{\"id\":}", uris);
    BlinkOpsClient reading = reading(server);
    try {
      StepVerifier.create(reading.executions().find(Rql.all()).items().map(SwitchTest::id))
          .expectNext("3", "2")
          .expectErrorSatisfies(
              error ->
                  assertThat(error)
                      .isInstanceOfSatisfying(
                          StreamException.class,
                          e -> {
                            assertThat(e.delivered()).isEqualTo(2);
                            assertThat(e.checkpoint()).isNotNull();
                          })
                      .hasCauseInstanceOf(TransportException.class)
                      .hasMessageContaining("the body is not what was agreed"))
          .verify(PATIENCE);
      assertThat(uris).hasSize(1);
    } finally {
      server.disposeNow();
    }
  }

  /** Its bytes are passed on as they are, so they must be a line of JSON. */
  @Test
  void aRowWithALineBreakInAStringIsNotExported() {
    String good = "{\"id\":\"1\",\"created_at\":1790000000000}";
    String bad = "{\"id\":\"2\",\"created_at\":1790000000001,\"name\":\"a\nb\"}";
    DisposableServer server = listing(good + "," + bad, new HashSet<>());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Mono<ExportSummary> export =
        reading(server).executions().find(Rql.all()).export().toStream(out).run();
    try {
      assertThatThrownBy(() -> export.block(PATIENCE))
          .isInstanceOf(StreamException.class)
          .hasMessageContaining("the body is not what was agreed");
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(good + "\n");
    } finally {
      server.disposeNow();
    }
  }

  private static DisposableServer listing(String rows, Set<String> uris) {
    return HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .handle(
            (request, response) -> {
              uris.add(request.uri());
              return response.sendString(Mono.just("{\"results\":[" + rows + "]}"));
            })
        .bindNow();
  }

  private BlinkOpsClient reading(DisposableServer server) {
    return closing(
        BlinkOpsClient.builder()
            .baseUrl("http://127.0.0.1:" + server.port())
            .apiKey("key")
            .workspace("ws")
            .build());
  }

  @Test
  void aServerThatStallsIsAnErrorOfItsClockOnlyOnceTheCallsAreSpent() {
    emulator.set(Switch.FAULT_STALL, "0.3");
    emulator.set(Switch.FAULT_STALL_DELAY, "1h");
    client = client(quick().stallTimeout(Duration.ofMillis(150)).build());
    List<String> newestFirst = history(60);
    assertThat(ids(client.executions().find(Rql.all()).pageSize(7))).isEqualTo(newestFirst);
    emulator.set(Switch.FAULT_STALL, "1");
    BlinkOpsClient impatient =
        client(
            quick()
                .stallTimeout(Duration.ofMillis(150))
                .callTimeout(Duration.ofMillis(600))
                .build());
    DeadlineException late =
        failure(
            DeadlineException.class,
            impatient.executions().find(Rql.where("playbook_id").eq("none")).items().then());
    assertThat(late.clock()).isIn(DeadlineException.Clock.CALL, DeadlineException.Clock.STALL);
  }

  private static List<String> read(ExecutionQuery query) {
    return requireNonNull(query.items().map(SwitchTest::id).collectList().block(LONG));
  }
}
