package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.InvalidCheckpointException;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** What passes along a stream besides its rows: demand, contexts, cancellations, what is left. */
class StreamSignalsTest extends SwitchTest {

  private static final String OBSERVATION = "micrometer.observation";

  private ExecutionQuery all() {
    return client.executions().find(Rql.all());
  }

  @ParameterizedTest
  @CsvSource({"KEYSET,0", "TIME,1", "OFFSET,2"})
  void pagesAreFetchedByDemandAlone(PagingMode mode, int overlap) {
    history(60);
    ExecutionQuery query = all().pageSize(10).paging(mode);
    // A page holds fewer new rows where it overlaps the last one: by the last moment, and by offset
    // by one row more.
    StepVerifier.create(query.items(), 0)
        .expectSubscription()
        .then(() -> quiet(0))
        .thenRequest(1)
        .expectNextCount(1)
        .then(() -> quiet(1))
        .thenRequest(9)
        .expectNextCount(9)
        .then(() -> quiet(1))
        .thenRequest(1)
        .expectNextCount(1)
        .then(() -> quiet(2))
        .thenRequest(9L - overlap)
        .expectNextCount(9L - overlap)
        .then(() -> quiet(2))
        .thenRequest(1)
        .expectNextCount(1)
        .then(() -> quiet(3))
        .thenCancel()
        .verify(PATIENCE);
    quiet(3);
  }

  private void quiet(long calls) {
    Awaitility.await()
        .during(Duration.ofMillis(30))
        .atMost(PATIENCE)
        .until(() -> emulator.count(Operation.LIST) == calls);
  }

  @Test
  void cancellingReachesTheCallOnItsWay() {
    history(10);
    emulator.set(Switch.FAULT_SLOW, "1");
    emulator.set(Switch.FAULT_SLOW_DELAY, "1h");
    StepVerifier.create(all().items())
        .then(() -> eventually().until(() -> emulator.count(Operation.LIST) == 1))
        .thenCancel()
        .verify(PATIENCE);
    eventually().until(() -> emulator.openConnections() == 0);
  }

  @Test
  void cancellingInTheMiddleOfAPageDiscardsWhatHadArrived() {
    history(40);
    for (int lookAhead : new int[] {0, 2}) {
      List<Execution> discarded = new CopyOnWriteArrayList<>();
      List<Execution> taken = new CopyOnWriteArrayList<>();
      BaseSubscriber<Execution> reader =
          new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription s) {
              request(3);
            }

            @Override
            protected void hookOnNext(Execution row) {
              taken.add(row);
            }
          };
      SimpleMeterRegistry meters = new SimpleMeterRegistry();
      measured(meters)
          .executions()
          .find(Rql.all())
          .pageSize(10)
          .lookAhead(lookAhead)
          .items()
          .doOnDiscard(Execution.class, discarded::add)
          .subscribe(reader);
      int whole = lookAhead == 0 ? 0 : 3;
      eventually().until(() -> taken.size() == 3 && pages(meters) == whole);
      reader.cancel();
      if (lookAhead > 0) {
        eventually().until(() -> discarded.size() == 27);
      } else {
        // What had not been read from the connection yet is no row.
        assertThat(discarded).hasSizeLessThanOrEqualTo(7);
      }
      assertThat(discarded).extracting(Execution::id).doesNotHaveDuplicates();
      assertThat(discarded).doesNotContainAnyElementsOf(taken);
    }
  }

  private BlinkOpsClient measured(MeterRegistry meters) {
    return closing(
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .meterRegistry(meters)
            .build());
  }

  private static double pages(MeterRegistry meters) {
    Counter counter = meters.find("blinkreactor.stream.pages").counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void theSubscribersContextReachesEveryCallAndNothingComesBack() {
    history(25);
    emulator.set(Switch.FAULT_TRUNCATED, "0.4");
    ObservationRegistry registry = ObservationRegistry.create();
    List<String> parents = new CopyOnWriteArrayList<>();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<Observation.Context>() {
              @Override
              public void onStart(Observation.Context context) {
                var parent = context.getParentObservation();
                parents.add(parent == null ? "none" : parent.getContextView().getName());
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    BlinkOpsClient observed =
        closing(
            BlinkOpsClient.builder()
                .baseUrl(emulator.baseUrl())
                .apiKey(emulator.apiKey())
                .workspace(emulator.workspace())
                .http(quick().build())
                .time(TimeSource.of(Clock.systemUTC(), invariants.scheduler()))
                .observationRegistry(registry)
                .build());
    Observation mine = Observation.createNotStarted("mine", registry);
    AtomicInteger asAsked = new AtomicInteger();
    List<Execution> rows =
        got(
            observed
                .executions()
                .find(Rql.all())
                .pageSize(4)
                .items()
                // What the calls put into the context on their way is not seen beside them.
                .concatMap(
                    row ->
                        Mono.deferContextual(
                            context -> {
                              if (context.get(OBSERVATION) == mine && context.size() == 1) {
                                asAsked.incrementAndGet();
                              }
                              return Mono.just(row);
                            }),
                    1)
                .publishOn(Schedulers.parallel(), 1)
                .contextWrite(context -> context.put(OBSERVATION, mine))
                .collectList());
    assertThat(rows).hasSize(25);
    assertThat(asAsked).hasValue(25);
    assertThat(parents).hasSizeGreaterThan(7).containsOnly("mine");
  }

  @Test
  void manyReadersOfOneQueryReadEachForThemselves() {
    List<String> newestFirst = history(30);
    ExecutionQuery query = all().pageSize(7);
    Flux<Execution> items = query.items();
    List<List<String>> each =
        got(
            Flux.range(0, 10)
                .flatMap(n -> items.map(SwitchTest::id).collectList(), 10)
                .collectList());
    assertThat(each).hasSize(10).allSatisfy(ids -> assertThat(ids).isEqualTo(newestFirst));
    assertThat(got(items.take(3).collectList())).hasSize(3);
  }

  @Test
  void aCheckpointServesItsOwnQueryAlone() {
    history(10);
    Checkpoint checkpoint = got(all().pageSize(3).checkpointed().take(4).last()).checkpoint();
    assertThat(ids(all().from(Checkpoint.parse(checkpoint.text())))).hasSize(6);
    for (ExecutionQuery other :
        List.of(
            all().oldestFirst(),
            client.executions().find(Rql.where("playbook_id").eq("even")),
            client.workspace("other").executions().find(Rql.all()))) {
      ExecutionQuery wrong = other.from(checkpoint);
      assertThatIllegalArgumentException()
          .isThrownBy(wrong::items)
          .isInstanceOfSatisfying(
              InvalidCheckpointException.class,
              e -> assertThat(e.reason()).isEqualTo(InvalidCheckpointException.Reason.OTHER_QUERY));
    }
  }

  @Test
  void aClosedClientsStreamsEnd() {
    history(30);
    StepVerifier.create(all().pageSize(5).items().map(SwitchTest::id), 5)
        .expectNextCount(5)
        .then(client::close)
        .thenRequest(1)
        .consumeErrorWith(
            error -> {
              assertThat(error)
                  .isInstanceOf(StreamException.class)
                  .hasMessageContaining("The client is closed");
              assertThat(((StreamException) error).delivered()).isEqualTo(5);
              assertThat(((StreamException) error).checkpoint()).isNotNull();
            })
        .verify(PATIENCE);
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
  }

  @Test
  void everyRowIsWholeHoweverItsBytesArrive() {
    emulator.set(Switch.UNKNOWN_MEMBERS, "on");
    emulator.set(Switch.WIRE_GZIP, "on");
    for (String format : List.of("compact", "pretty")) {
      emulator.set(Switch.ELEMENT_FORMAT, format);
      if (format.equals("compact")) {
        history(40);
      }
      List<Execution> rows = got(all().items().collectList());
      List<Execution> page = got(client.executions().find(Rql.all().limit(40)).page()).executions();
      assertThat(rows).hasSize(40);
      assertThat(json(rows)).containsExactlyInAnyOrderElementsOf(json(page));
    }
  }

  private static List<Object> json(List<Execution> rows) {
    return rows.stream().<Object>map(row -> members(row.json())).toList();
  }
}
