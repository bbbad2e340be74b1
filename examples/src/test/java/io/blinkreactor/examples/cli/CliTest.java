package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedCallback;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The command line as its user meets it: processes, streams, exit codes. */
class CliTest {

  private static final String PLAYBOOK = "a22f642a-f4fc-4c66-b978-6f1d1008e6ae";
  private static final String KEY = "cli-test-key-0123456789";
  private static final String LISTEN = "127.0.0.1:0";

  /** Of both vendors. Each tries for up to half a minute, so that they begin before all tests. */
  private static final List<Cli> WITHOUT_SERVER = new ArrayList<>();

  @TempDir Path directory = Path.of("");

  private final BlinkOpsEmulator emulator =
      BlinkOpsEmulator.builder()
          .apiKey(KEY)
          .history(260)
          .set(Switch.RUN_DURATION, "20ms..100ms")
          .set(Switch.RUN_OUTCOMES, "Completed=1")
          .start();

  @BeforeAll
  static void startWithoutServer(@TempDir Path shared) throws Exception {
    Map<String, String> environment =
        Map.of(
            "BLINK_API_KEY", KEY, "BLINK_WORKSPACE", "w", "BL_API_KEY", KEY, "BL_WORKSPACE", "w");
    String nowhere = "--base-url=http://127.0.0.1:1";
    WITHOUT_SERVER.add(Cli.start(shared, environment, "list", nowhere));
    WITHOUT_SERVER.add(Cli.start(shared, environment, "jobs", "get", "--job=j", "x", nowhere));
  }

  @AfterAll
  static void closeWithoutServer() {
    WITHOUT_SERVER.forEach(Cli::close);
  }

  @AfterEach
  void close() {
    emulator.close();
  }

  @Test
  void theDemoCompletesAllItsRuns() throws Exception {
    Cli.Result result = run(Map.of(), "demo", "--metrics");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(value(result, "runs completed")).isEqualTo("300 of 300");
    assertThat(value(result, "not as the emulator recorded")).isEqualTo("0");
    assertThat(value(result, "forged callbacks accepted")).isEqualTo("0");
    assertThat(value(result, "requests to start")).isEqualTo("300");
    assertThat(Double.parseDouble(value(result, "GETs a run"))).isBetween(1.0, 1.3);
    assertThat(result.out()).anyMatch(line -> line.startsWith("blinkreactor.completions{"));
  }

  private static String value(Cli.Result result, String row) {
    return result.out().stream()
        .filter(line -> line.startsWith(row + " "))
        .map(line -> line.substring(row.length()).strip())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row " + row + " in " + result));
  }

  /** The whole job across two processes, with callbacks that overtake, repeat and lie. */
  @Test
  void fiveHundredRunsAcrossTwoProcesses() throws Exception {
    Path record = directory.resolve("record.ndjson");
    Map<String, String> environment = Map.of("BLINK_API_KEY", KEY, "BLINK_WORKSPACE", "ws-1");
    try (Cli server =
        Cli.start(
            directory,
            environment,
            "emulator",
            "--port=0",
            "--seed=42",
            "--record=" + record,
            "--run.duration=20ms..200ms",
            "--callback.early=0.3",
            "--callback.doubled=0.3",
            "--callback.forged=0.2")) {
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !server.lines().isEmpty());
      String url = server.lines().get(0);
      Cli.Result result =
          run(
              with(environment, "BLINK_BASE_URL", url),
              "run",
              PLAYBOOK,
              "--count=500",
              "--concurrency=40",
              "--listen=" + LISTEN,
              "--timeout=PT1M");
      server.interrupt();
      assertThat(server.await().exit()).isIn(0, 143, 130);
      List<Map<?, ?>> recorded = json(Files.readAllLines(record));
      Map<?, ?> counts = recorded.get(recorded.size() - 1);
      Map<Object, Object> states =
          recorded.subList(0, recorded.size() - 1).stream()
              .collect(Collectors.toMap(r -> get(r, "execution_id"), r -> get(r, "state")));
      List<Map<?, ?>> lines = json(result.out());
      assertThat(lines).hasSize(500);
      assertThat(lines).extracting(line -> get(line, "execution_id")).doesNotHaveDuplicates();
      assertThat(lines)
          .allSatisfy(
              line ->
                  assertThat(get(line, "state")).isEqualTo(states.get(get(line, "execution_id"))));
      assertThat(lines)
          .allSatisfy(line -> assertThat(get(line, "source")).isIn("callback", "reconcile"));
      assertThat(((Map<?, ?>) get(counts, "requests")).get("EXECUTE")).isEqualTo(500);
      assertThat(get(counts, "forged_accepted")).isEqualTo(0);
      assertThat(((Map<?, ?>) get(counts, "callbacks")).get("FORGED 404")).isNotNull();
      assertThat(get(counts, "violations")).isEqualTo(List.of());
      assertThat(result.exit()).as("some of the emulator's runs fail").isEqualTo(1);
      assertThat(result.err()).contains("500 of 500 runs ended");
    }
  }

  private static Object get(Map<?, ?> map, String name) {
    return requireNonNull(map.get(name), name);
  }

  private static List<Map<?, ?>> json(List<String> lines) {
    return lines.stream()
        .<Map<?, ?>>map(line -> requireNonNull(JsonValue.parse(line).as(Map.class)))
        .toList();
  }

  @Test
  void allCompletedIsExitZero() throws Exception {
    Cli.Result result =
        run(
            environment(),
            "run",
            PLAYBOOK,
            "--count=3",
            "--listen=" + LISTEN,
            "--input=host=h1",
            "--event={\"kind\":\"alert\"}");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(json(result.out()))
        .hasSize(3)
        .allMatch(line -> get(line, "state").equals("Completed"));
    assertThat(emulator.runs())
        .hasSize(3)
        .allMatch(run -> run.inputValues().equals("{\"host\":\"h1\"}"));
  }

  @Test
  void synchronousRunsNeedNoListener() throws Exception {
    Cli.Result result = run(environment(), "run", PLAYBOOK, "--sync", "--count=2");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(json(result.out())).hasSize(2).allMatch(line -> get(line, "source").equals("sync"));
    assertThat(emulator.count(Operation.EXECUTE_SYNC)).isEqualTo(2);
  }

  @Test
  void aRunThatFailsIsExitOne() throws Exception {
    emulator.set(Switch.RUN_OUTCOMES, "Failed=1");
    Cli.Result result = run(environment(), "run", PLAYBOOK, "--listen=" + LISTEN);
    assertThat(result.exit()).isEqualTo(1);
    assertThat(json(result.out()))
        .singleElement()
        .satisfies(line -> assertThat(get(line, "state")).isEqualTo("Failed"));
  }

  @Test
  void aRunThatDoesNotEndIsExitFour() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    Cli.Result result = run(environment(), "run", PLAYBOOK, "--listen=" + LISTEN, "--timeout=PT1S");
    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("ran out while waiting for a run of playbook " + PLAYBOOK);
  }

  @Test
  void listPrintsEachElementOnALineAsItCame() throws Exception {
    emulator.set(Switch.ELEMENT_FORMAT, "pretty");
    Cli.Result result = run(environment(), "list", "--limit=250", "--page-size=100");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).hasSize(250);
    assertThat(emulator.count(Operation.LIST)).isEqualTo(3);
    Cli.Result all = run(environment(), "list", "--sort=created_at,id");
    assertThat(all.out()).hasSize(260);
    Cli.Result some = run(environment(), "list", "--filter={\"execution_number\":{\"$lte\":2}}");
    assertThat(some.out()).isNotEmpty().hasSizeLessThan(260);
    assertThat(json(some.out())).allMatch(line -> (int) get(line, "execution_number") <= 2);
  }

  @Test
  void aListThatIsInterruptedOrLimitedGoesOnFromItsCheckpoint() throws Exception {
    for (int i = 0; i < 300; i++) {
      emulator.addExecution(Map.of());
    }
    emulator.set(Switch.FAULT_SLOW, "1");
    emulator.set(Switch.FAULT_SLOW_DELAY, "100ms");
    List<String> lines = new ArrayList<>();
    try (Cli cli = Cli.start(directory, environment(), "list", "--page-size=1")) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> emulator.count(Operation.LIST) > 20);
      cli.interrupt();
      Cli.Result broken = cli.await();
      assertThat(broken.out()).isNotEmpty();
      lines.addAll(broken.out());
      emulator.set(Switch.FAULT_SLOW, "0");
      Cli.Result some = run(environment(), "list", "--limit=50", "--from=" + place(broken));
      assertThat(some.out()).hasSize(50);
      lines.addAll(some.out());
      lines.addAll(run(environment(), "list", "--from=" + place(some)).out());
    }
    assertThat(json(lines)).extracting(line -> get(line, "id")).doesNotHaveDuplicates();
    assertThat(lines).hasSizeGreaterThanOrEqualTo(300);
    assertThat(lines).hasSize(run(environment(), "list").out().size());
  }

  private static String place(Cli.Result result) {
    assertThat(result.err()).contains("go on with: --from ");
    return result.err().substring(result.err().indexOf("--from ") + 7).strip();
  }

  @Test
  void aReaderThatGoesEndsListCleanly() throws Exception {
    Cli.Result result = Cli.readOneLine(directory, environment(), "list");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err()).doesNotContain("error:", "Exception");
  }

  @Test
  void getPrintsOneExecution() throws Exception {
    String id = emulator.addExecution(Map.of("name", "one"));
    Cli.Result result = run(environment(), "get", id, "--apply-view");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(json(result.out()))
        .singleElement()
        .satisfies(line -> assertThat(get(line, "id")).isEqualTo(id));
  }

  @TestFactory
  Stream<DynamicTest> mistakesAndFaultsAreOneLineAndAnExitCode() throws Exception {
    return Cli.failing(
        directory,
        environment(),
        KEY,
        List.of(
            "2|list --filter=[1]|JSON object",
            "2|list --limit=0|--limit must be 1 or more",
            "2|list --page-size=5000|--page-size must be 1 to 1000",
            "2|list --nonsense|Unknown option",
            "2|run p|--listen HOST:PORT",
            "2|run p --listen=nowhere|not HOST:PORT",
            "2|run p --listen=0.0.0.0:0|--public-url",
            "2|run p --listen=127.0.0.1:0 --timeout=P200000D|at most 3650 days",
            "2|run p --listen=127.0.0.1:0 --reconcile-after=10x|not a duration such as 90s",
            "2|run p --listen=127.0.0.1:0 --store=disk|'disk' is not memory or file:DIR",
            "2|run p --listen=127.0.0.1:0 --store=file:|is not memory or file:DIR",
            "5|run p --listen=127.0.0.1:0 --store=file:/dev/null/x|could not be opened",
            "2|run p --listen=127.0.0.1:0 --callback-key-file=missing.txt|Can't read",
            "2|run p --listen=127.0.0.1:0 --placement=HEADER,POCKET|POCKET",
            "2|run p --listen=0.0.0.0:0 --public-url=https://hooks.example.com|use --trusted-proxy with",
            "2|run p --listen=127.0.0.1:0 --trusted-proxy=10.0.0.0/33|--trusted-proxy: \"10.0.0.0/33\" is not",
            "2|run p --listen=127.0.0.1:1 --public-url=nowhere|set --public-url to one such as",
            "2|run p --listen=203.0.113.9:1 --insecure --public-url=https://h.example|assign requested address): set --listen",
            "2|probe --playbook=p --listen=203.0.113.9:1 --public-url=https://h.example|assign requested address): set --listen",
            "2|probe|--playbook",
            "2|probe --playbook=p --listen=0.0.0.0:0|--public-url",
            "2|probe --playbook=p --public-url=http://hooks.example.com|in the clear",
            "3|probe --playbook=p --listen=127.0.0.1:0 --workspace=another|was answered",
            "2|run p --sync --store=file:x|--store has no use with --sync",
            "2|recover|--store file:DIR says",
            "2|recover --store=memory|--store file:DIR says",
            "2|recover --store=file:/nowhere|There is no directory /nowhere",
            "2|demo --count=0|--count must be 1 or more",
            "2|emulator --record=/nowhere/x|can't be written",
            "2|run p --listen=127.0.0.1:0 --public-url=http://hooks.example.com|in the clear",
            "2|run p --listen=127.0.0.1:0 --event=[|--event must be a JSON object",
            "2|run p --listen=127.0.0.1:0 --timeout=soon|--timeout",
            "2|list --api-key-file=missing.txt|can't be read",
            "2|list --base-url=http://blink.example.com|in the clear",
            "2|emulator --callback.lost=2|callback.lost",
            "3|get nowhere|was answered 404",
            "3|list --workspace=another|was answered 403",
            "3|list --filter={\"nonsense\":1}|unrecognized key"));
  }

  @Test
  void aServerThatIsNotThereIsAFaultOfTheNetwork() throws Exception {
    for (Cli cli : WITHOUT_SERVER) {
      cli.await().checkFailed(4, "Connection refused", KEY);
    }
  }

  @Test
  void withoutConfigurationItSaysWhatToSet() throws Exception {
    assertThat(run(Map.of(), "list").err()).contains("BLINK_API_KEY");
    assertThat(run(Map.of("BLINK_API_KEY", KEY), "list").err()).contains("BLINK_WORKSPACE");
  }

  @Test
  void theKeyMayStandInAFile() throws Exception {
    Path file = Files.writeString(directory.resolve("key"), KEY + "\n");
    Map<String, String> environment = new HashMap<>(environment());
    environment.put("BLINK_API_KEY", "wrong");
    assertThat(run(environment, "list", "--limit=1").exit()).isEqualTo(3);
    assertThat(run(environment, "list", "--limit=1", "--api-key-file=" + file).exit()).isZero();
  }

  @Test
  void aRefusedStartEndsTheBatchWithExitThree() throws Exception {
    emulator.set(Switch.EXECUTE_UNKNOWN_PLAYBOOK, "unknown-one");
    Cli.Result result =
        run(
            environment(),
            "run",
            "unknown-one",
            "--count=100",
            "--concurrency=2",
            "--listen=" + LISTEN);
    assertThat(result.exit()).isEqualTo(3);
    assertThat(emulator.count(Operation.EXECUTE)).isLessThan(10);
    assertThat(result.err()).contains("not started");
  }

  @Test
  void interruptedItSaysWhatStillRuns() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Cli cli =
        Cli.start(directory, environment(), "run", PLAYBOOK, "--count=3", "--listen=" + LISTEN)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  emulator.runs().size() == 3
                      && emulator.requests().stream().allMatch(r -> r.status() == 200));
      // The answers are on their way to the other process; it lists what it has learnt by then.
      Awaitility.await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
      cli.interrupt();
      Cli.Result result = cli.await();
      assertThat(result.exit()).isEqualTo(130);
      assertThat(result.err()).contains("3 executions are still running");
      assertThat(emulator.runs())
          .allSatisfy(run -> assertThat(result.err()).contains(run.executionId()));
    }
  }

  /** The first is killed in the middle; the second runs a while beside a third that may not. */
  @Test
  void recoverGoesOnWithWhatAKilledRunLeft() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    String store = "--store=file:" + directory.resolve("pending");
    String listen = "--listen=127.0.0.1:" + freePort();
    try (Cli killed =
        Cli.start(directory, environment(), "run", PLAYBOOK, "--count=3", listen, store)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  emulator.runs().size() == 3
                      && emulator.requests().stream().allMatch(r -> r.status() == 200));
      // The answers are on their way to the other process, and from there to its disk.
      Awaitility.await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
    }
    List<String> ids = emulator.runs().stream().map(RecordedRun::executionId).toList();
    emulator.completeRun(ids.get(0), "Completed");
    emulator.completeRun(ids.get(1), "Failed");
    try (Cli recover = Cli.start(directory, environment(), "recover", listen, store)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> recover.lines().size() == 2 && emulator.count(Operation.GET) >= 3);
      Cli.Result third = run(environment(), "recover", store);
      assertThat(third.exit()).isEqualTo(2);
      assertThat(third.err()).contains("is open in another process").doesNotContain("\tat ");
      emulator.completeRun(ids.get(2), "Completed");
      Cli.Result result = recover.await();
      assertThat(result.exit()).as(result.err()).isEqualTo(1);
      assertThat(result.err()).contains("3 runs are pending in file:", "3 of 3 runs ended");
      List<Map<?, ?>> lines = json(result.out());
      assertThat(lines)
          .extracting(line -> get(line, "execution_id") + " " + get(line, "state"))
          .containsExactlyInAnyOrder(
              ids.get(0) + " Completed", ids.get(1) + " Failed", ids.get(2) + " Completed");
      assertThat(lines).allMatch(line -> get(line, "playbook_id").equals(PLAYBOOK));
      assertThat(get(lines.get(2), "source"))
          .as("under the key of the first")
          .isEqualTo("callback");
    }
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(3);
    Cli.Result nothing = run(environment(), "recover", listen, store);
    assertThat(nothing.exit()).isZero();
    assertThat(nothing.out()).isEmpty();
    assertThat(nothing.err()).contains("nothing is pending in file:");
  }

  @Test
  void interruptedItSaysHowToGoOn() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    String store = "file:" + directory.resolve("pending");
    String go;
    try (Cli cli =
        Cli.start(
            directory,
            environment(),
            "run",
            PLAYBOOK,
            "--listen=0.0.0.0:0",
            "--store=" + store,
            "--public-url=http://127.0.0.1:1",
            "--trusted-proxy=127.0.0.1",
            "--trusted-proxy=fd00::/8",
            "--base-url=" + emulator.baseUrl(),
            "--placement=PATH")) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> emulator.requests().stream().anyMatch(r -> r.status() == 200));
      Awaitility.await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
      cli.interrupt();
      Cli.Result result = cli.await();
      assertThat(result.exit()).isEqualTo(130);
      assertThat(result.err()).contains("go on with: blinkreactor recover --store " + store);
      go = result.err().substring(result.err().indexOf("recover --store")).strip();
    }
    Cli.Result soon = run(environment(), (go + " --timeout PT0.3S").split(" "));
    assertThat(soon.exit()).as(soon.err()).isEqualTo(4);
    assertThat(soon.err()).contains("It stays in the store");
    emulator.completeRun(emulator.runs().get(0).executionId(), "Completed");
    Cli.Result rest = run(environment(), go.split(" "));
    assertThat(rest.exit()).as(rest.err()).isZero();
    assertThat(rest.out()).hasSize(1);
  }

  @Test
  void whatDoesNotEndInTimeStaysInTheStore() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    String store = "--store=file:" + directory.resolve("pending");
    String listen = "--listen=" + LISTEN;
    Cli.Result first =
        run(environment(), "run", PLAYBOOK, "--count=2", "--timeout=PT1S", listen, store);
    assertThat(first.exit()).as(first.err()).isEqualTo(4);
    assertThat(first.err()).contains("It stays in the store").doesNotContain("\tat ");
    Cli.Result refused =
        run(with(environment(), "BLINK_API_KEY", "wrong"), "recover", listen, store);
    assertThat(refused.exit()).as("does not wait for its timeout").isEqualTo(3);
    emulator.runs().forEach(run -> emulator.completeRun(run.executionId(), "Completed"));
    Cli.Result rest = run(environment(), "recover", listen, store);
    assertThat(rest.exit()).as(rest.err()).isZero();
    assertThat(rest.out()).hasSize(2);
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(2);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void overloadDoesNotEndTheBatch() throws Exception {
    emulator.set(Switch.FAULT_503, "0.3");
    emulator.set(Switch.FAULT_OPERATIONS, "EXECUTE");
    Cli.Result result =
        run(environment(), "run", PLAYBOOK, "--count=40", "--concurrency=4", "--listen=" + LISTEN);
    assertThat(result.exit()).isEqualTo(3);
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(40);
    assertThat(result.out()).hasSameSizeAs(emulator.runs());
  }

  @Test
  void aReaderThatGoesStopsTheBatch() throws Exception {
    Cli.Result result =
        Cli.readOneLine(
            directory,
            environment(),
            "run",
            PLAYBOOK,
            "--count=500",
            "--concurrency=2",
            "--listen=" + LISTEN);
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("stopped: nobody reads the output");
    assertThat(emulator.count(Operation.EXECUTE)).isLessThan(100);
  }

  @Test
  void verboseShowsWhere() throws Exception {
    Cli.Result result = run(environment(), "get", "nowhere", "--verbose");
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.err()).contains("\tat ").doesNotContain(KEY);
  }

  @Test
  void everyCommandHelps() throws Exception {
    Cli.checkHelp(
        directory,
        "demo",
        "emulator",
        "list",
        "export",
        "verify",
        "report",
        "get",
        "run",
        "recover",
        "probe",
        "callback-key",
        "jobs");
  }

  @Test
  void forgedCallbacksOfTheEmulatorAreRefused() throws Exception {
    emulator.set(Switch.CALLBACK_FORGED, "1");
    Cli.Result result = run(environment(), "run", PLAYBOOK, "--count=20", "--listen=" + LISTEN);
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(emulator.callbacks().stream().filter(c -> c.kind() == RecordedCallback.Kind.FORGED))
        .isNotEmpty()
        .allMatch(c -> c.status() == 404 || c.status() == 0);
    assertThat(emulator.runs()).extracting(RecordedRun::stateUi).containsOnly("Completed");
  }

  @Test
  void callbackKeysMayStandInAFileOrTheEnvironment() throws Exception {
    Path file = directory.resolve("callback.key");
    Cli.Result made = run(Map.of(), "callback-key");
    assertThat(made.exit()).isZero();
    assertThat(made.out()).singleElement().asString().hasSize(44);
    Files.write(file, made.out());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    String option = "--callback-key-file=" + file;
    Cli.Result open = run(environment(), "run", PLAYBOOK, "--listen=" + LISTEN, option);
    assertThat(open.exit()).isEqualTo(2);
    assertThat(open.err()).contains("chmod 600").doesNotContain(made.out().get(0));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Cli.Result byFile =
        run(
            environment(),
            "run",
            PLAYBOOK,
            "--listen=" + LISTEN,
            option,
            "--placement=path,COOKIE");
    assertThat(byFile.exit()).as(byFile.err()).isZero();
    assertThat(byFile.out()).singleElement().asString().contains("\"source\":\"callback\"");
    Map<String, String> environment = with(environment(), "BLINK_CALLBACK_KEY", made.out().get(0));
    Cli.Result byVariable = run(environment, "run", PLAYBOOK, "--listen=" + LISTEN);
    assertThat(byVariable.exit()).as(byVariable.err()).isZero();
    assertThat(emulator.callbacks())
        .as("the same key, by its name")
        .extracting(sent -> sent.url().replaceAll(".*/callbacks/v1/|\\..*", ""))
        .hasSize(2)
        .containsOnly(emulator.callbacks().get(0).url().replaceAll(".*/callbacks/v1/|\\..*", ""));
    Cli.Result bad =
        run(
            with(environment(), "BLINK_CALLBACK_KEY", "short"),
            "run",
            PLAYBOOK,
            "--listen=" + LISTEN);
    assertThat(bad.exit()).isEqualTo(2);
    assertThat(bad.err()).contains("BLINK_CALLBACK_KEY").doesNotContain("short");
  }

  @Test
  void theProbeShowsWhatArrives() throws Exception {
    emulator.set(Switch.CALLBACK_SIGNATURE, "on");
    Cli.Result result = probe();
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).hasSize(1);
    assertThat(result.out().get(0))
        .contains("\"method\":\"POST\"", "\"version\":\"HTTP/1.1\"", "\"from\":\"127.0.0.1\"")
        .contains("\"x-callback-auth\":\"(as it was asked for)\"")
        .contains("\"callback_auth\":\"(as it was asked for)\"")
        .contains("\"execution_id\":\"(36 characters)\"")
        .contains("\"arrived\":[\"header\",\"cookie\",\"path\",\"body\"]")
        .contains("\"content-type\":\"application/json\"")
        .containsPattern("\"x-blink-signature\":\"\\(\\d+ characters\\)\"")
        .containsPattern("\"after_start_ms\":\\d+");
    assertThat(result.err()).contains("HEADER, will do").contains("ended as Completed");
    emulator
        .callbacks()
        .forEach(
            sent -> {
              String mark = sent.url().substring(sent.url().lastIndexOf('/') + 1);
              assertThat(result.out().get(0) + result.err()).doesNotContain(mark);
            });
  }

  @Test
  void theProbeListensWhereOthersReachIt() throws Exception {
    int port = freePort();
    Cli.Result result =
        run(
            environment(),
            "probe",
            "--playbook=" + PLAYBOOK,
            "--listen=0.0.0.0:" + port,
            "--public-url=http://127.0.0.1:" + port,
            "--grace=PT3S");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).hasSize(1);
  }

  @Test
  void theProbeSaysWhichPlacementWillDo() throws Exception {
    emulator.set(Switch.CALLBACK_HEADERS, "dropped");
    emulator.set(Switch.CALLBACK_BODY, "text");
    emulator.set(Switch.CALLBACK_RETRIES, "1");
    Cli.Result result = probe("--refuse-first");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("2 callbacks came")
        .contains("header  DID NOT ARRIVE")
        .contains("cookie  arrived")
        .contains("body    DID NOT ARRIVE")
        .contains("set --placement COOKIE");
    assertThat(result.out()).hasSize(2);
    assertThat(result.out().get(0))
        .contains("\"answered\":503")
        .contains("\"body\":\"(not JSON)\"");
    assertThat(result.out().get(1)).contains("\"callback\":2").contains("\"answered\":202");
  }

  @Test
  void aProbeThatSeesNoCallbackIsExitFour() throws Exception {
    emulator.set(Switch.CALLBACK_LOST, "1");
    Cli.Result result = probe();
    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.err()).contains("no callback came");
    assertThat(result.out()).isEmpty();
  }

  private Cli.Result probe(String... more) throws IOException, InterruptedException {
    List<String> args =
        new ArrayList<>(
            List.of("probe", "--playbook=" + PLAYBOOK, "--listen=" + LISTEN, "--grace=PT3S"));
    args.addAll(List.of(more));
    return run(environment(), args.toArray(new String[0]));
  }

  private Map<String, String> environment() {
    return Map.of(
        "BLINK_API_KEY", KEY,
        "BLINK_WORKSPACE", emulator.workspace(),
        "BLINK_BASE_URL", emulator.baseUrl());
  }

  private static Map<String, String> with(Map<String, String> map, String name, String value) {
    Map<String, String> more = new HashMap<>(map);
    more.put(name, value);
    return more;
  }

  private Cli.Result run(Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    return Cli.run(directory, environment, args);
  }
}
