package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.blinkops.HistoryEvent.What;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Many runs, whose callbacks do everything that callbacks can do: each completes once, with the
 * state that the vendor has on record, after few looks, and with a history that keeps every
 * promise. Every part has so many runs as the system property says.
 */
class HistoryRunsTest {

  private static final boolean FULL = Boolean.getBoolean("blinkreactor.full");
  private static final int RUNS = FULL ? 100_000 : 120;

  private static final Duration RECONCILE_AFTER =
      FULL ? Duration.ofSeconds(1) : Duration.ofMillis(200);

  /** Beyond that, an emulator's records and lists grow too long: the next one goes on. */
  private static final int ROUND = 10_000;

  private static final int AT_ONCE = 400;
  private static final int WARM_UP = 64;

  /** Share of runs that have a second waiter, or one that leaves. */
  private static final double SOME = 0.1;

  private static final String PLAYBOOK = "playbook-1";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Wide, since vendor, library and oracle share two cores: they are to show what never comes. */
  private static final History.Limits LIMITS =
      new History.Limits(Duration.ofSeconds(30), Duration.ofSeconds(60), 20);

  /**
   * Refused looks are repeated, which takes calls and time: about one in nine shows nothing, and
   * the pauses between them double. Of 10,000 lost callbacks, five looks fail for some run: 63 s.
   */
  private static final History.Limits WITH_FAULTS =
      new History.Limits(Duration.ofSeconds(45), Duration.ofSeconds(150), 40);

  /** Huge ones are few: to make and send them keeps the emulator from answering. */
  private static final List<String> BODIES =
      Stream.concat(
              Stream.of("huge"),
              Stream.of("metadata", "nested", "empty", "text", "array", "invalid-json")
                  .flatMap(body -> Stream.of(body, body, body, body)))
          .toList();

  /** What came of one part. */
  private static final class Counts {
    long runs;
    long posts;
    long gets;
    long lists;
    long callbacks;
    long events;
    long lost;

    void print(String part, long began) {
      System.out.printf(
          "HistoryRunsTest: %s: %,d runs, %,d POSTs, %,d GETs (%.3f a run), %,d lists (%.3f),"
              + " %,d callbacks (%,d runs without), %,d events, %.1f s%n",
          part,
          runs,
          posts,
          gets,
          (double) gets / runs,
          lists,
          (double) lists / runs,
          callbacks,
          lost,
          events,
          (System.nanoTime() - began) / 1e9);
    }
  }

  @Test
  void healthyCallbacksCostOneLookEach() {
    Counts counts =
        play(
            "healthy",
            LIMITS,
            Duration.ofSeconds(30),
            emulator ->
                emulator
                    .set(Switch.CALLBACK_EARLY, "0.1")
                    .set(Switch.CALLBACK_DOUBLED, "0.2")
                    .set(Switch.CALLBACK_FORGED, "0.2"),
            (emulator, random) -> {},
            // Who comes back after all have left costs a look at once.
            0);
    assertThat(counts.gets).isLessThanOrEqualTo((long) (1.05 * counts.runs));
  }

  @Test
  void whateverBecomesOfCallbacksEachRunEndsOnce() {
    play(
        "mixed",
        LIMITS,
        RECONCILE_AFTER,
        HistoryRunsTest::mixed,
        HistoryRunsTest::anotherWayToCallBack,
        SOME);
  }

  @Test
  void refusedAndBrokenLooksLoseNothing() {
    play(
        "mixed, faults of GET and list",
        WITH_FAULTS,
        RECONCILE_AFTER,
        emulator ->
            mixed(emulator)
                .set(Switch.FAULT_OPERATIONS, "GET,LIST")
                .set(Switch.FAULT_429, "0.02")
                .set(Switch.FAULT_503, "0.03")
                .set(Switch.FAULT_500, "0.03")
                .set(Switch.FAULT_RESET, "0.02")
                .set(Switch.FAULT_RESET_AFTER, "0.02")
                .set(Switch.FAULT_TRUNCATED, "0.02")
                .set(Switch.FAULT_GARBAGE, "0.02")
                .set(Switch.FAULT_SLOW, "0.02"),
        HistoryRunsTest::anotherWayToCallBack,
        SOME);
  }

  @Test
  void t8LostCallbacksCostTwoLooksAtMost() {
    Counts counts =
        play(
            "all callbacks lost",
            LIMITS,
            Duration.ofMillis(100),
            emulator -> emulator.set(Switch.RUN_DURATION, "200ms..400ms"),
            (emulator, random) -> emulator.set(Switch.CALLBACK_LOST, "1"),
            SOME);
    assertThat(counts.lost).isEqualTo(counts.runs);
    assertThat(counts.gets).isLessThanOrEqualTo(2 * counts.runs);
    assertThat(counts.gets + counts.lists).as("with lists").isLessThanOrEqualTo(2 * counts.runs);
  }

  private static BlinkOpsEmulator.Builder mixed(BlinkOpsEmulator.Builder emulator) {
    return emulator
        .set(Switch.RUN_PAUSE, "0.05")
        .set(Switch.CALLBACK_EARLY, "0.15")
        .set(Switch.CALLBACK_LOST, "0.1")
        .set(Switch.CALLBACK_LATE, "0.15")
        .set(Switch.CALLBACK_LATE_DELAY, "300ms")
        .set(Switch.CALLBACK_DOUBLED, "0.3")
        .set(Switch.CALLBACK_FORGED, "0.3")
        .set(Switch.CALLBACK_RETRY_DELAY, "50ms");
  }

  /** Turns, for the callbacks from now on, what nobody knows of them. */
  private static void anotherWayToCallBack(BlinkOpsEmulator emulator, SplittableRandom random) {
    Map<Switch, List<String>> ways =
        Map.of(
            Switch.CALLBACK_BODY,
            BODIES,
            Switch.CALLBACK_METHOD,
            List.of("as-asked", "as-asked", "as-asked", "GET", "PUT"),
            Switch.CALLBACK_HEADERS,
            List.of("sent", "sent", "sent", "sent", "sent", "dropped"),
            Switch.CALLBACK_RETRIES,
            List.of("0", "0", "1"),
            Switch.CALLBACK_STATES,
            List.of("all", "all", "all", "Completed"),
            Switch.STATE_LAG,
            List.of("0ms", "0ms", "0ms", "100ms", "400ms"));
    ways.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            way -> {
              List<String> values = way.getValue();
              emulator.set(way.getKey(), values.get(random.nextInt(values.size())));
            });
  }

  /** Turns switches before each so many runs. */
  @FunctionalInterface
  private interface Turns {
    void turn(BlinkOpsEmulator emulator, SplittableRandom random);
  }

  private static Counts play(
      String part,
      History.Limits limits,
      Duration reconcileAfter,
      UnaryOperator<BlinkOpsEmulator.Builder> setUp,
      Turns turns,
      double leaving) {
    long began = System.nanoTime();
    long seed = Long.getLong("blinkreactor.testkit.seed", ThreadLocalRandom.current().nextLong());
    System.out.println("HistoryRunsTest: " + part + ": seed " + seed);
    Counts counts = new Counts();
    for (int done = 0; done < RUNS; done += ROUND, seed++) {
      round(
          Math.min(ROUND, RUNS - done),
          setUp.apply(BlinkOpsEmulator.builder().seed(seed).set(Switch.LIMIT_RUNNING, "100000")),
          limits,
          reconcileAfter,
          turns,
          leaving,
          counts);
    }
    counts.print(part, began);
    assertThat(counts.runs).isEqualTo(RUNS);
    assertThat(counts.posts).isEqualTo(RUNS);
    return counts;
  }

  private static void round(
      int count,
      BlinkOpsEmulator.Builder vendor,
      History.Limits limits,
      Duration reconcileAfter,
      Turns turns,
      double leaving,
      Counts counts) {
    try (BlinkOpsEmulator emulator = vendor.start();
        CallbackServer server = requireNonNull(CallbackServer.builder().bind().block(PATIENCE))) {
      BlinkOpsClient client =
          BlinkOpsClient.builder()
              .apiKey(emulator.apiKey())
              .workspace(emulator.workspace())
              .baseUrl(emulator.baseUrl())
              .http(HttpOptions.builder().maxConnections(AT_ONCE).build())
              .build();
      HistoryRecorder recorder = new HistoryRecorder(server);
      SplittableRandom random = new SplittableRandom(emulator.seed());
      try (Runs runs =
          client
              .runs()
              .receiver(recorder)
              .reconcileAfter(reconcileAfter)
              .looksPerSecond(1_000)
              .timeout(PATIENCE)
              .steps(recorder)
              .build()) {
        startAndAwait(runs, recorder, WARM_UP, 0, 0, i -> {});
        long posts = emulator.count(Operation.EXECUTE);
        long gets = emulator.count(Operation.GET);
        long lists = emulator.count(Operation.LIST);
        startAndAwait(
            runs,
            recorder,
            count,
            SOME,
            leaving,
            i -> {
              if (i % 20 == 0) {
                turns.turn(emulator, random);
              }
            });
        assertThat(runs.pending()).isZero();
        Awaitility.await()
            .atMost(PATIENCE)
            .until(() -> emulator.runs().stream().allMatch(RecordedRun::settled));
        counts.runs += count;
        counts.posts += emulator.count(Operation.EXECUTE) - posts;
        counts.gets += emulator.count(Operation.GET) - gets;
        counts.lists += emulator.count(Operation.LIST) - lists;
        counts.callbacks += emulator.callbacks().size();
        counts.lost +=
            emulator.runs().stream().filter(run -> run.callbackPlan().contains("lost")).count();
      }
      client.closeLater().block(PATIENCE);
      List<HistoryEvent> events = recorder.events(emulator);
      History history = new History(events, limits);
      counts.events += history.events();
      history.check();
      assertThat(emulator.violations()).isEmpty();
      assertThat(
              events.stream()
                  .filter(event -> event.what() instanceof What.Told)
                  .map(HistoryEvent::run)
                  .distinct())
          .as("runs that completed")
          .hasSize(count + WARM_UP);
      assertThat(events).noneMatch(event -> event.what() instanceof What.Failed);
    }
  }

  /** Some runs have a second waiter, and some one that leaves. */
  private static void startAndAwait(
      Runs runs,
      HistoryRecorder recorder,
      int count,
      double doubled,
      double leaving,
      Consumer<Integer> before) {
    Flux.range(0, count)
        .flatMap(
            i -> {
              before.accept(i);
              return runs.start(PLAYBOOK, ExecuteRequest.empty())
                  .flatMap(
                      run -> {
                        recorder.handedOut(run);
                        ThreadLocalRandom random = ThreadLocalRandom.current();
                        if (random.nextDouble() < leaving) {
                          recorder.waitsAndLeaves(run);
                        }
                        Mono<Void> first = recorder.waits(run);
                        return random.nextDouble() < doubled
                            ? Mono.when(first, recorder.waits(run))
                            : first;
                      });
            },
            AT_ONCE)
        .then()
        .block(PATIENCE);
  }
}
