package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.slf4j.LoggerFactory;

/** Commands that read, and what is wrong with command lines. */
class CliTest extends CommandTest {

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
    try (Cli cli = Cli.start(environment(), "list", "--page-size=1")) {
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
    Cli.Result result = Cli.readOneLine(environment(), "list");
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

  @TestFactory
  Stream<DynamicTest> aServerThatIsNotThereIsAFaultOfTheNetwork() {
    String nowhere = " --call-timeout=PT2S --base-url=http://127.0.0.1:1|Connection refused";
    return Cli.failing(
        Map.of(
            "BLINK_API_KEY", KEY, "BLINK_WORKSPACE", "w", "BL_API_KEY", KEY, "BL_WORKSPACE", "w"),
        KEY,
        List.of("4|list" + nowhere, "4|jobs get --job=j x" + nowhere));
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
  void verboseShowsWhere() throws Exception {
    Logger ours = (Logger) LoggerFactory.getLogger("io.blinkreactor");
    Level before = ours.getLevel();
    Cli.Result result = run(environment(), "get", "nowhere", "--verbose");
    assertThat(ours.getLevel()).isEqualTo(Level.DEBUG);
    ours.setLevel(before);
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.err()).contains("\tat ").doesNotContain(KEY);
  }

  @Test
  void everyCommandHelps() throws Exception {
    Cli.checkHelp(
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
}
