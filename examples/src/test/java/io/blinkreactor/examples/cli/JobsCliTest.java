package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlaxelOperation;
import io.blinkreactor.testkit.BlaxelSwitch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands about Blaxel jobs as their user meets them. */
class JobsCliTest {

  private static final String KEY = "bl_cli-test-key-0123456789";
  private static final String SECRET = "cli-test-secret";
  private static final String JOB = "--job=nightly-report";
  private static final String SOON = "--first-look-after=PT0.02S";

  @TempDir Path directory = Path.of("");

  private final BlaxelEmulator emulator =
      BlaxelEmulator.builder()
          .apiKey(KEY)
          .clientId("client-1")
          .clientSecret(SECRET)
          .set(BlaxelSwitch.RUN_DURATION, "20ms..100ms")
          .set(BlaxelSwitch.RUN_OUTCOMES, "succeeded=1")
          .set(BlaxelSwitch.ELEMENT_FORMAT, "pretty")
          .start();

  @AfterEach
  void close() {
    emulator.close();
  }

  @Test
  void runPrintsTheEndOnOneLine() throws Exception {
    Cli.Result result =
        run(
            environment(),
            "jobs",
            "run",
            JOB,
            SOON,
            "--task={\"input\":\"a\"}",
            "--task={}",
            "--env=REGION=eu",
            "--memory=512",
            "--execution-id=exec-own",
            "--no-queue");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).hasSize(1);
    assertThat((Object) JsonValue.parse(result.out().get(0)).as(Map.class))
        .isEqualTo(JsonValue.of(emulator.execution("exec-own")).as(Map.class));
    assertThat(result.err()).contains("started exec-own", "1 of 1 runs ended: {succeeded=1}");
    assertThat(emulator.requests().get(0).body())
        .isEqualTo(
            "{\"env\":{\"REGION\":\"eu\"},\"memory\":512,\"executionId\":\"exec-own\",\"allowQueue\":false,"
                + "\"tasks\":[{\"input\":\"a\"},{}]}");
  }

  @ParameterizedTest
  @CsvSource({"failed,1", "timeout,1", "cancelled,1", "succeeded,0"})
  void theExitCodeTellsTheEnd(String outcome, int exit) throws Exception {
    emulator.set(BlaxelSwitch.RUN_OUTCOMES, outcome + "=1");
    emulator.set(BlaxelSwitch.STATUS_SPELLING, "upper");
    Cli.Result result = run(environment(), "jobs", "run", JOB, SOON);
    assertThat(result.exit()).as(result.err()).isEqualTo(exit);
    assertThat(result.out()).hasSize(1);
  }

  @Test
  void withoutWaitingTheIdIsPrinted() throws Exception {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    Cli.Result result = run(environment(), "jobs", "run", JOB, "--no-wait");
    assertThat(result.exit()).as(result.err()).isZero();
    String id = emulator.createdIds().get(0);
    assertThat(result.out()).containsExactly("{\"executionId\":\"" + id + "\"}");
    assertThat(emulator.count(BlaxelOperation.GET)).isZero();
  }

  @Test
  void anExecutionThatDoesNotEndIsExitFour() throws Exception {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    Cli.Result result = run(environment(), "jobs", "run", JOB, SOON, "--timeout=PT0.5S");
    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("ran out while waiting for a run of job nightly-report");
  }

  @Test
  void getAndCancelPrintOneExecutionOnALine() throws Exception {
    String id = emulator.addExecution(Map.of("status", "running"));
    Cli.Result got = run(environment(), "jobs", "get", JOB, id);
    assertThat(got.exit()).as(got.err()).isZero();
    assertThat(got.out()).singleElement().asString().contains("\"running\"", id);
    Cli.Result cancelled = run(environment(), "jobs", "cancel", JOB, id);
    assertThat(cancelled.exit()).as(cancelled.err()).isZero();
    assertThat(cancelled.out()).singleElement().asString().contains("\"cancelling\"", id);
  }

  @Test
  void clientCredentialsServeAsWell() throws Exception {
    Map<String, String> environment = new HashMap<>(environment());
    environment.remove("BL_API_KEY");
    environment.put("BL_CLIENT_CREDENTIALS", base64("client-1:" + SECRET));
    Cli.Result result = run(environment, "jobs", "run", JOB, SOON);
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(emulator.count(BlaxelOperation.TOKEN)).isEqualTo(1);
    environment.put("BL_CLIENT_CREDENTIALS", base64("client-1:other-secret"));
    Cli.Result refused = run(environment, "jobs", "run", JOB, SOON);
    assertThat(refused.exit()).isEqualTo(3);
    assertThat(refused.err()).contains("POST /oauth/token").doesNotContain("other-secret");
  }

  @Test
  void theKeyMayStandInAFile() throws Exception {
    Path file = Files.writeString(directory.resolve("key"), KEY + "\n");
    Map<String, String> environment = new HashMap<>(environment());
    environment.put("BL_API_KEY", "wrong");
    String id = emulator.addExecution(Map.of());
    assertThat(run(environment, "jobs", "get", JOB, id).exit()).isEqualTo(3);
    assertThat(run(environment, "jobs", "get", JOB, id, "--api-key-file=" + file).exit()).isZero();
  }

  @TestFactory
  Stream<DynamicTest> mistakesAndFaultsAreOneLineAndAnExitCode() throws Exception {
    return Cli.failing(
        environment(),
        KEY,
        List.of(
            "2|jobs|Missing required subcommand",
            "2|jobs get x|--job",
            "2|jobs run --job=j --task=[1]|--task must be a JSON object",
            "2|jobs run --job=j --memory=0|'memory' must be 1 or more",
            "2|jobs run --job=j --timeout=soon|--timeout",
            "2|jobs get --job=j x --base-url=http://blaxel.example.com|in the clear",
            "3|jobs get --job=nightly-report nowhere|was answered 404",
            "3|jobs cancel --job=nightly-report nowhere|was answered 404",
            "3|jobs run --job=no-such-job|was answered 404",
            "3|jobs get --job=j x --workspace=another|was answered 403"));
  }

  @Test
  void withoutConfigurationItSaysWhatToSet() throws Exception {
    Cli.Result result = run(Map.of(), "jobs", "get", JOB, "x");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("BL_API_KEY or BL_CLIENT_CREDENTIALS", "--api-key-file");
    assertThat(
            run(Map.of("BL_API_KEY", KEY, "BL_CLIENT_CREDENTIALS", "x"), "jobs", "get", JOB, "x")
                .err())
        .contains("Both BL_API_KEY and BL_CLIENT_CREDENTIALS");
  }

  @Test
  void interruptedItSaysWhatStillRuns() throws Exception {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    try (Cli cli = Cli.start(environment(), "jobs", "run", JOB, SOON)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> emulator.count(BlaxelOperation.GET) > 0);
      cli.interrupt();
      Cli.Result result = cli.await();
      assertThat(result.exit()).isEqualTo(130);
      assertThat(result.err())
          .contains("1 executions are still running at Blaxel", emulator.createdIds().get(0));
    }
  }

  @ParameterizedTest
  @CsvSource({"auto,auto,3", "AUTO,legacy,4", "legacy,auto,4", "cursor,cursor,3"})
  void listPrintsEveryExecutionInEitherContract(String contract, String served, int calls)
      throws Exception {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
    for (int i = 0; i < 250; i++) {
      emulator.addExecution(Map.of());
    }
    Cli.Result all = run(environment(), "jobs", "list", JOB, "--contract=" + contract);
    assertThat(all.exit()).as(all.err()).isZero();
    assertThat(ids(all)).isEqualTo(emulator.executionIds());
    long before = emulator.count(BlaxelOperation.LIST);
    Cli.Result some =
        run(
            environment(),
            "jobs",
            "list",
            JOB,
            "--contract=" + contract,
            "--limit=30",
            "--page-size=10");
    assertThat(ids(some)).isEqualTo(emulator.executionIds().subList(0, 30));
    assertThat(emulator.count(BlaxelOperation.LIST) - before)
        .as("an offset overlaps the page before by one row")
        .isEqualTo(calls);
  }

  /** A job's list has no filter by time, so that it is read in one piece, and that is said. */
  @Test
  void anArchiveIsWrittenInOneSliceAndVerified() throws Exception {
    for (int i = 0; i < 250; i++) {
      emulator.addExecution(Map.of());
    }
    Path archive = directory.resolve("archive");
    Path summary = directory.resolve("summary.json");
    Cli.Result written =
        run(
            environment(),
            "jobs",
            "export",
            JOB,
            "--output=" + archive,
            "--slices=2",
            "--lag=PT0.001S",
            "--summary=" + summary);
    assertThat(written.exit()).as(written.err()).isZero();
    assertThat(written.err()).contains("250 rows in 1 part", "is read as one slice");
    assertThat(emulator.count(BlaxelOperation.LIST)).isEqualTo(4);
    assertThat(Files.readString(summary)).contains("\"slices\":1");
    Cli.Result verified = run(environment(), "verify", archive.toString());
    assertThat(verified.exit()).as(verified.err()).isZero();
  }

  private static List<Object> ids(Cli.Result result) {
    return result.out().stream()
        .map(line -> requireNonNull(JsonValue.parse(line).as(Map.class)))
        .map(line -> requireNonNull((Map<?, ?>) line.get("metadata")))
        .<Object>map(metadata -> requireNonNull(metadata.get("id")))
        .toList();
  }

  @Test
  void aListThatBreaksOffSaysFromWhereToGoOn() throws Exception {
    for (int i = 0; i < 25; i++) {
      emulator.addExecution(Map.of());
    }
    emulator.set(BlaxelSwitch.META_DISAGREE, "more-without-cursor");
    Cli.Result broken = run(environment(), "jobs", "list", JOB, "--page-size=10");
    assertThat(broken.exit()).isEqualTo(3);
    assertThat(broken.out()).hasSizeBetween(10, 25);
    assertThat(broken.err()).contains("error: ", "go on with: --from ");
    emulator.set(BlaxelSwitch.META_DISAGREE, "none");
    String from = broken.err().substring(broken.err().indexOf("--from ") + 7).strip();
    Cli.Result rest = run(environment(), "jobs", "list", JOB, "--from=" + from);
    assertThat(rest.exit()).as(rest.err()).isZero();
    assertThat(broken.out().size() + rest.out().size()).isEqualTo(25);
    assertThat(rest.out()).doesNotContainAnyElementsOf(broken.out());
  }

  @Test
  void theEmulatorRunsAsAServer() throws Exception {
    try (Cli server =
        Cli.start(
            Map.of("BL_API_KEY", KEY, "BL_WORKSPACE", "ws-1"),
            "jobs",
            "emulator",
            "--history=12",
            "--contract.served=legacy")) {
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !server.lines().isEmpty());
      Cli.Result list =
          run(
              Map.of("BL_API_KEY", KEY, "BL_API_URL", server.lines().get(0)),
              "jobs",
              "list",
              JOB,
              "--workspace=ws-1");
      assertThat(list.exit()).as(list.err()).isZero();
      assertThat(list.out()).hasSize(12);
    }
  }

  @Test
  void everyCommandHelps() throws Exception {
    Cli.checkHelp(
        "jobs list", "jobs get", "jobs run", "jobs cancel", "jobs export", "jobs emulator");
  }

  private Map<String, String> environment() {
    return Map.of(
        "BL_API_KEY",
        KEY,
        "BL_WORKSPACE",
        emulator.workspace(),
        "BL_API_URL",
        emulator.baseUrl() + "/v0");
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Cli.Result run(Map<String, String> environment, String... args) throws Exception {
    return Cli.run(environment, args);
  }
}
