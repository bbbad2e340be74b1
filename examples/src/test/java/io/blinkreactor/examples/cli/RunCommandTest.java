package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedCallback;
import io.blinkreactor.testkit.RecordedRequest;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Runs that are started, awaited and recovered on the command line. */
class RunCommandTest extends CommandTest {

  private static final String SOON = "--reconcile-after=PT0.1S";

  @Test
  void theDemoCompletesAllItsRuns() throws Exception {
    Cli.Result result = run(Map.of(), "demo", "--count=60", "--metrics");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(value(result, "runs completed")).isEqualTo("60 of 60");
    assertThat(value(result, "not as the emulator recorded")).isEqualTo("0");
    assertThat(value(result, "forged callbacks accepted")).isEqualTo("0");
    assertThat(value(result, "requests to start")).isEqualTo("60");
    assertThat(Double.parseDouble(value(result, "GETs a run"))).isBetween(1.0, 1.5);
    assertThat(result.out()).anyMatch(line -> line.startsWith("blinkreactor.completions{"));
  }

  private static String value(Cli.Result result, String row) {
    return result.out().stream()
        .filter(line -> line.startsWith(row + " "))
        .map(line -> line.substring(row.length()).strip())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no row " + row + " in " + result));
  }

  /** The whole job, with callbacks that overtake, repeat and lie. */
  @Test
  void manyRunsAgainstTheEmulatorCommand() throws Exception {
    Path record = directory.resolve("record.ndjson");
    Map<String, String> environment = Map.of("BLINK_API_KEY", KEY, "BLINK_WORKSPACE", "ws-1");
    try (Cli server =
        Cli.start(
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
              "--count=200",
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
      assertThat(lines).hasSize(200);
      assertThat(lines).extracting(line -> get(line, "execution_id")).doesNotHaveDuplicates();
      assertThat(lines)
          .allSatisfy(
              line ->
                  assertThat(get(line, "state")).isEqualTo(states.get(get(line, "execution_id"))));
      assertThat(lines)
          .allSatisfy(line -> assertThat(get(line, "source")).isIn("callback", "reconcile"));
      assertThat(((Map<?, ?>) get(counts, "requests")).get("EXECUTE")).isEqualTo(200);
      assertThat(get(counts, "forged_accepted")).isEqualTo(0);
      assertThat(((Map<?, ?>) get(counts, "callbacks")).get("FORGED 404")).isNotNull();
      assertThat(get(counts, "violations")).isEqualTo(List.of());
      assertThat(result.exit()).as("some of the emulator's runs fail").isEqualTo(1);
      assertThat(result.err()).contains("200 of 200 runs ended");
    }
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
        Cli.start(environment(), "run", PLAYBOOK, "--count=3", "--listen=" + LISTEN, SOON)) {
      awaitPolls(3);
      cli.interrupt();
      Cli.Result result = cli.await();
      assertThat(result.exit()).isEqualTo(130);
      assertThat(result.err()).contains("3 executions are still running");
      assertThat(emulator.runs())
          .allSatisfy(run -> assertThat(result.err()).contains(run.executionId()));
    }
  }

  /** A run is polled only once the command has the answer to its start. */
  private void awaitPolls(int runs) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                emulator.requests().stream()
                        .filter(request -> request.operation() == Operation.GET)
                        .map(RecordedRequest::executionId)
                        .distinct()
                        .count()
                    == runs);
  }

  /** The first is a process that is killed in the middle. */
  @Test
  void recoverGoesOnWithWhatAKilledRunLeft() throws Exception {
    emulator.set(Switch.RUN_DURATION, "manual");
    String store = "--store=file:" + directory.resolve("pending");
    String listen = "--listen=127.0.0.1:" + freePort();
    try (CliProcess killed =
        CliProcess.start(
            directory, environment(), "run", PLAYBOOK, "--count=3", listen, store, SOON)) {
      awaitPolls(3);
    }
    List<String> ids = emulator.runs().stream().map(RecordedRun::executionId).toList();
    emulator.completeRun(ids.get(0), "Completed");
    emulator.completeRun(ids.get(1), "Failed");
    try (Cli recover = Cli.start(environment(), "recover", listen, store)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> recover.lines().size() == 2 && emulator.count(Operation.GET) >= 3);
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
            environment(),
            "run",
            PLAYBOOK,
            "--listen=0.0.0.0:0",
            "--store=" + store,
            "--public-url=http://127.0.0.1:1",
            "--trusted-proxy=127.0.0.1",
            "--trusted-proxy=fd00::/8",
            "--base-url=" + emulator.baseUrl(),
            "--placement=PATH",
            SOON)) {
      awaitPolls(1);
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
            environment(), "run", PLAYBOOK, "--count=500", "--concurrency=2", "--listen=" + LISTEN);
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("stopped: nobody reads the output");
    assertThat(emulator.count(Operation.EXECUTE)).isLessThan(100);
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
}
