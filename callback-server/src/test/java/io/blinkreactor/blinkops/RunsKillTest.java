package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.RunsProcess.End;
import io.blinkreactor.blinkops.RunsProcess.Orders;
import io.blinkreactor.internal.completion.Step;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRequest;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A process dies, the next one goes on: no run that the vendor started is lost, none is told
 * wrongly, none is started twice. The emulator lives in this process and knows what is true, also
 * which of our ids each run was started under.
 */
class RunsKillTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** After that, a run that was never started is given up. */
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private static final boolean FULL = Boolean.getBoolean("blinkreactor.full");

  private static final int RUNS = 24;

  /** Which run that passes the step is the one at which the process dies. */
  private static final int TIMES = 7;

  @TempDir static Path directory = Path.of("");

  private static final ExecutorService POOL = Executors.newFixedThreadPool(4);
  private static @Nullable Future<Deaths> killed;
  private static final Map<Step, Future<Deaths>> DEATHS = new EnumMap<>(Step.class);

  /** Side by side, since most of their time is waiting. */
  @BeforeAll
  static void begin() {
    killed = POOL.submit(RunsKillTest::killAtAnyTime);
    for (Step step : steps()) {
      DEATHS.put(step, POOL.submit(() -> dieAt(step)));
    }
  }

  @AfterAll
  static void end() throws InterruptedException {
    POOL.shutdownNow();
    assertThat(POOL.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** A process each takes seconds; RecoveryTest has all steps in virtual time. */
  static Set<Step> steps() {
    return FULL ? EnumSet.allOf(Step.class) : EnumSet.of(Step.ANSWERED);
  }

  /** A step that nobody dies at fails its test, since the first process then does not die. */
  @ParameterizedTest
  @MethodSource("steps")
  void t10WhereverAProcessDiesTheNextOneGoesOn(Step step) throws Exception {
    Deaths deaths = requireNonNull(DEATHS.get(step)).get(15, TimeUnit.MINUTES);
    assertThat(deaths.exits).containsExactly(RunsProcess.DIED);
    deaths.check();
  }

  private static Deaths dieAt(Step step) throws Exception {
    try (BlinkOpsEmulator emulator = emulator(1)) {
      if (step == Step.BROKE) {
        emulator.set(Switch.FAULT_RESET_AFTER, "0.5");
        emulator.set(Switch.FAULT_OPERATIONS, "EXECUTE");
      }
      Deaths deaths = new Deaths("at " + step, emulator);
      int port = freePort();
      Path store = directory.resolve(step.name());
      try (RunsProcess process =
          RunsProcess.start(emulator, new Orders(store, port, 0, RUNS, step, TIMES, TIMEOUT))) {
        process.await();
        deaths.add(process);
      }
      // Only one waits until it is certain that what was never started has not been.
      deaths.goOn(new Orders(store, port, RUNS, RUNS, null, 0, PATIENCE), step == Step.REGISTERED);
      return deaths;
    }
  }

  @Test
  void killedAtAnyTimeUnderLoad() throws Exception {
    requireNonNull(killed).get(15, TimeUnit.MINUTES).check();
  }

  private static Deaths killAtAnyTime() throws Exception {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    int kills = FULL ? 50 : 1;
    SplittableRandom random = new SplittableRandom(seed);
    try (BlinkOpsEmulator emulator = emulator(seed)) {
      emulator.set(Switch.CALLBACK_EARLY, "0.1");
      emulator.set(Switch.CALLBACK_DOUBLED, "0.1");
      emulator.set(Switch.CALLBACK_FORGED, "0.1");
      Deaths deaths = new Deaths("seed " + seed, emulator);
      int port = freePort();
      Path store = directory.resolve("random");
      for (int kill = 0; kill < kills; kill++) {
        Orders orders = new Orders(store, port, kill * 100_000, 100_000, null, 0, TIMEOUT);
        try (RunsProcess process = RunsProcess.start(emulator, orders)) {
          int ends = random.nextInt(FULL ? 200 : 60);
          Awaitility.await()
              .atMost(PATIENCE)
              .pollInterval(Duration.ofMillis(1))
              .until(
                  () -> {
                    assertThat(process.isAlive()).as(process::text).isTrue();
                    return process.isReady() && process.ends().size() >= ends;
                  });
          process.kill();
          deaths.add(process);
        }
      }
      deaths.goOn(new Orders(store, port, kills * 100_000, 20, null, 0, PATIENCE), FULL);
      System.out.println("RunsKillTest: " + deaths);
      return deaths;
    }
  }

  private static BlinkOpsEmulator emulator(long seed) {
    return BlinkOpsEmulator.builder()
        .seed(seed)
        .set(Switch.RUN_DURATION, FULL ? "20ms..200ms" : "100ms..400ms")
        .set(Switch.LIMIT_RUNNING, "400")
        // A callback that meets no process, or one that dies, comes again.
        .set(Switch.CALLBACK_RETRIES, "100")
        .set(Switch.CALLBACK_RETRY_DELAY, "100ms")
        .start();
  }

  /** Not taken again by the system at once. */
  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the processes of one store printed, beside what the emulator knows. */
  private static final class Deaths {
    final List<Integer> exits = new ArrayList<>();
    private final String told;
    private final BlinkOpsEmulator emulator;
    private final List<List<End>> printed = new ArrayList<>();
    private List<RecordedRun> runs = List.of();
    private List<RecordedRequest> starts = List.of();

    Deaths(String told, BlinkOpsEmulator emulator) {
      this.told = told;
      this.emulator = emulator;
    }

    /**
     * The one after those that died lives in this process, so that it begins at once.
     *
     * @param toTheEnd whether it awaits also what was never started
     */
    void goOn(Orders orders, boolean toTheEnd) {
      printed.add(RunsProcess.recover(emulator, orders, ends -> !toTheEnd && haveAllEnded(ends)));
      runs = emulator.runs();
      starts =
          emulator.requests().stream().filter(r -> r.operation() == Operation.EXECUTE).toList();
    }

    /** Whether the end of each run of the vendor's was printed by one process or another. */
    private boolean haveAllEnded(Collection<End> ends) {
      Set<String> ids =
          Stream.concat(printed.stream().flatMap(List::stream), ends.stream())
              .map(End::executionId)
              .collect(Collectors.toSet());
      return emulator.runs().stream().allMatch(run -> ids.contains(run.executionId()));
    }

    void add(RunsProcess process) throws InterruptedException {
      exits.add(process.await());
      printed.add(process.ends());
    }

    void check() {
      Map<String, RecordedRun> truth = new HashMap<>();
      runs.forEach(run -> truth.put(run.executionId(), run));
      Map<String, String> ids = new HashMap<>();
      starts.forEach(start -> ids.put(number(start.body()), correlationId(start)));
      Map<String, String> startedAs = new HashMap<>();
      runs.forEach(
          run ->
              startedAs.put(requireNonNull(ids.get(number(run.inputValues()))), run.executionId()));
      assertThat(starts).as(told).extracting(RecordedRequest::body).doesNotHaveDuplicates();
      assertThat(runs).as(told).extracting(RecordedRun::inputValues).doesNotHaveDuplicates();
      Map<String, End> ended = new HashMap<>();
      for (List<End> ends : printed) {
        assertThat(ends).as(told).extracting(End::correlationId).doesNotHaveDuplicates();
        for (End end : ends) {
          if (end.state().equals(End.UNKNOWN)) {
            assertThat(startedAs).as(told).doesNotContainKey(end.correlationId());
          } else {
            assertThat(end.executionId())
                .as(told + ": " + end)
                .isEqualTo(startedAs.get(end.correlationId()));
            assertThat(end.state())
                .as(told)
                .isEqualTo(requireNonNull(truth.get(end.executionId())).stateUi());
          }
          ended.put(end.correlationId(), end);
        }
      }
      assertThat(ended.keySet()).as(told).containsAll(startedAs.keySet());
    }

    /** Which run it is, by its input. */
    private static String number(String json) {
      Matcher number = Pattern.compile("\"n\":(\\d+)").matcher(json);
      assertThat(number.find()).as(json).isTrue();
      return number.group(1);
    }

    /** Reads it out of the callback's URL. */
    private static String correlationId(RecordedRequest start) {
      Map<?, ?> body = requireNonNull(JsonValue.parse(start.body()).as(Map.class));
      String url = String.valueOf(((Map<?, ?>) requireNonNull(body.get("callback"))).get("url"));
      byte[] ticket = Base64.getUrlDecoder().decode(url.substring(url.lastIndexOf('.') + 1));
      byte[] id = new byte[16];
      ByteBuffer.wrap(ticket, 4, 16).get(id);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }

    @Override
    public String toString() {
      long unknown =
          printed.stream().flatMap(List::stream).filter(e -> e.state().equals(End.UNKNOWN)).count();
      return told
          + ": "
          + runs.size()
          + " runs by "
          + exits.size()
          + " processes, "
          + unknown
          + " never started";
    }
  }
}
