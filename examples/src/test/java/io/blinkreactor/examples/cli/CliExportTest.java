package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Archives on the command line, each command a process of its own. */
class CliExportTest {

  private static final String KEY = "cli-test-key-0123456789";

  @TempDir Path directory = Path.of("");

  private final BlinkOpsEmulator emulator =
      BlinkOpsEmulator.builder().apiKey(KEY).history(1_000).start();

  @AfterEach
  void close() {
    emulator.close();
  }

  private Map<String, String> environment() {
    return Map.of(
        "BLINK_BASE_URL",
        emulator.baseUrl(),
        "BLINK_API_KEY",
        KEY,
        "BLINK_WORKSPACE",
        emulator.workspace());
  }

  private Cli.Result run(String... args) throws Exception {
    return Cli.run(environment(), args);
  }

  private String archive() {
    return directory.resolve("archive").toString();
  }

  private List<String> lines() throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(archive()))) {
      for (Path part : files.filter(f -> f.toString().endsWith(".ndjson")).sorted().toList()) {
        lines.addAll(Files.readAllLines(part));
      }
    }
    return lines;
  }

  private static Map<?, ?> json(Path file) throws IOException {
    Map<?, ?> members = JsonValue.parse(Files.readAllBytes(file)).as(Map.class);
    assertThat(members).isNotNull();
    return members;
  }

  @Test
  void anArchiveIsWrittenVerifiedAndAddedTo() throws Exception {
    Path summary = directory.resolve("summary.json");
    Cli.Result all =
        run("export", "--output=" + archive(), "--part-size=256KB", "--summary=" + summary);
    assertThat(all.exit()).as(all.err()).isZero();
    assertThat(all.out()).isEmpty();
    assertThat(all.err()).contains("1,000 rows in ").contains("pages by keyset");
    assertThat(lines()).hasSize(1_000).doesNotHaveDuplicates();
    Map<?, ?> members = json(summary);
    assertThat(members.get("status")).isEqualTo("finished");
    assertThat(members.get("rows")).isEqualTo(1_000);
    assertThat(members.get("mode")).isEqualTo("keyset");
    assertThat((String) members.get("checkpoint")).isNotBlank();

    Cli.Result sound = run("verify", archive());
    assertThat(sound.exit()).as(sound.err()).isZero();
    assertThat(sound.err()).contains("sound: 1,000 rows in ");

    emulator.addExecution(Map.of());
    Cli.Result more = run("export", "--output=" + archive(), "--incremental", "--lag=PT0.001S");
    assertThat(more.exit()).as(more.err()).isZero();
    assertThat(lines()).hasSize(1_001);
    Cli.Result none = run("export", "--output=" + archive(), "--incremental", "--lag=1h");
    assertThat(none.exit()).as(none.err()).isZero();
    assertThat(none.err()).contains("0 rows in 0 parts").contains("; 0 pages, ");

    try (Stream<Path> files = Files.list(Path.of(archive()))) {
      Path part = files.filter(f -> f.toString().endsWith(".ndjson")).findFirst().orElseThrow();
      Files.writeString(part, Files.readString(part).replaceFirst("7", "8"));
    }
    Cli.Result damaged = run("verify", archive());
    assertThat(damaged.exit()).isEqualTo(5);
    assertThat(damaged.err()).contains("has changed").contains("damaged:");
  }

  @Test
  void interruptedItGoesOn() throws Exception {
    emulator.set(Switch.FAULT_SLOW, "1");
    emulator.set(Switch.FAULT_SLOW_DELAY, "50ms");
    Path summary = directory.resolve("summary.json");
    List<String> command =
        List.of(
            "export",
            "--output=" + archive(),
            "--page-size=10",
            "--resume",
            "--progress=lines",
            "--summary=" + summary);
    try (CliProcess cli =
        CliProcess.start(directory, environment(), command.toArray(String[]::new))) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> emulator.count(Operation.LIST) > 20);
      cli.interrupt();
      Cli.Result broken = cli.await();
      assertThat(broken.exit()).isEqualTo(143);
      assertThat(broken.err()).contains("the same command with --resume goes on");
    }
    assertThat(json(summary).get("status")).isEqualTo("stopped");
    long asked = emulator.count(Operation.LIST);
    Cli.Result open = run("verify", archive());
    assertThat(open.exit()).as(open.err()).isEqualTo(1);
    emulator.set(Switch.FAULT_SLOW, "0");
    Cli.Result rest = run(command.toArray(String[]::new));
    assertThat(rest.exit()).as(rest.err()).isZero();
    assertThat(emulator.count(Operation.LIST))
        .as("what was kept is not read again")
        .isLessThan(asked + 100);
    assertThat(lines()).hasSize(1_000).doesNotHaveDuplicates();
    Cli.Result done = run(command.toArray(String[]::new));
    assertThat(done.exit()).isZero();
    assertThat(done.err()).contains("complete already");
    Cli.Result other = run("export", "--output=" + archive(), "--resume", "--compress=gzip");
    assertThat(other.exit()).isEqualTo(2);
    assertThat(other.err()).contains("compression");
  }

  @Test
  void standardOutputIsAStream() throws Exception {
    Cli.Result all = run("export", "--output=-", "--slices=1", "--progress=none");
    assertThat(all.exit()).as(all.err()).isZero();
    assertThat(all.out()).hasSize(1_000);
    long before = emulator.count(Operation.LIST);
    Path summary = directory.resolve("summary.json");
    Cli.Result first =
        CliProcess.readOneLine(
            directory, environment(), "export", "--output=-", "--summary=" + summary);
    assertThat(first.exit()).as(first.err()).isZero();
    assertThat(json(summary).get("status")).as("the reader went").isEqualTo("stopped");
    assertThat(first.err()).doesNotContain("error:", "Exception");
    assertThat(emulator.count(Operation.LIST) - before).as("pages for a line").isLessThan(8);
    Cli.Result file = run("export", "--output=" + directory.resolve("all.ndjson"));
    assertThat(file.exit()).as(file.err()).isZero();
    assertThat(Files.readAllLines(directory.resolve("all.ndjson"))).isEqualTo(all.out());
  }

  /**
   * Where the system's words for it are not English, only what stdout is tells that a reader went.
   */
  @Test
  void aPipeIsKnownFromAFile() throws Exception {
    Path pipe = directory.resolve("pipe");
    Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
    assertThat(made.waitFor()).isZero();
    assertThat(Data.isPipe(pipe)).isTrue();
    assertThat(Data.isPipe(Files.createFile(directory.resolve("file")))).isFalse();
    assertThat(Data.isPipe(directory)).isFalse();
    assertThat(Data.isPipe(Path.of("/dev/full"))).isFalse();
    assertThat(Data.isPipe(directory.resolve("nothing"))).isFalse();
  }

  @Test
  void aListThatBreaksOffSaysHowToGoOn() throws Exception {
    emulator.set(Switch.FAULT_500, "1");
    Path summary = directory.resolve("summary.json");
    Cli.Result broken = run("export", "--output=" + archive(), "--summary=" + summary);
    assertThat(broken.exit()).isEqualTo(3);
    assertThat(broken.err())
        .contains("the same command with --resume goes on")
        .doesNotContain("--from");
    assertThat(json(summary).get("status")).isEqualTo("failed");
    assertThat((String) json(summary).get("error")).contains("500");
    emulator.set(Switch.FAULT_500, "0");
    assertThat(run("export", "--output=" + archive(), "--resume").exit()).isZero();
    assertThat(lines()).hasSize(1_000);
  }

  @TestFactory
  Stream<DynamicTest> whatIsNoArchiveOrNoSizeIsSaid() throws Exception {
    return Stream.concat(
        Cli.failing(
            environment(),
            KEY,
            List.of(
                "2|verify nothing|nothing is not there: name the directory",
                "5|verify " + directory + "|holds no archive",
                "2|export --output=" + directory + "/x.ndjson.txt|is called like a file",
                "2|export --output=" + directory + "/x.gz|is called like a file",
                "2|export --output=" + directory + "/x.JSON|is called like a file",
                "2|export --output=x --part-size=many|is not a size such as",
                "2|export --output=- --slices=2|need a directory",
                "2|export --output=" + archive() + " --slices=99|--slices",
                "2|export --output=|--output",
                "2|export --output=" + archive() + " --summary=no/such/file.json|--summary",
                "2|export --output=" + directory + "/x.csv --format=ndjson|does not fit the name")),
        Stream.of(
            DynamicTest.dynamicTest(
                "nothing was begun", () -> assertThat(Path.of(archive())).doesNotExist())));
  }

  @Test
  void whatTheServerRefusesIsNotToBeGoneOnWith() throws Exception {
    Cli.Result refused = run("export", "--output=" + directory.resolve("f"), "--filter={\"no\":1}");
    assertThat(refused.exit()).as(refused.err()).isEqualTo(3);
    assertThat(refused.err()).doesNotContain("--resume");
  }

  @Test
  void filesOfTheArchiveAreNotWrittenOver() throws Exception {
    assertThat(run("export", "--output=" + archive()).exit()).isZero();
    List<String> lines = lines();
    String file = directory.resolve("one.ndjson").toString();
    List<Cli.Result> ends = new ArrayList<>();
    for (String command :
        List.of(
            "export --output=" + file + " --summary=" + file,
            "export --output=" + archive() + " --resume --summary=" + archive() + "/x.json",
            "export --output=" + file + " --summary=-",
            "report " + archive() + " --output=" + archive() + "/manifest.json",
            "report " + archive() + " --output=" + archive() + "/part-0001-000-00000.ndjson")) {
      ends.add(run(command.split(" ")));
    }
    assertThat(ends)
        .hasSize(5)
        .allSatisfy(
            refused -> {
              assertThat(refused.exit()).as(refused.err()).isEqualTo(2);
              assertThat(refused.err()).containsAnyOf("--summary: ", "--output: ");
            });
    assertThat(Path.of(file)).doesNotExist();
    assertThat(lines()).isEqualTo(lines);
    assertThat(run("verify", archive()).exit()).isZero();
  }

  @Test
  void whatCanNotBeWrittenIsTheDisksFault() throws Exception {
    assertThat(run("export", "--output=" + archive()).exit()).isZero();
    Path taken = Files.createDirectories(directory.resolve("taken.html").resolve("x"));
    Cli.Result report = run("report", archive(), "--output=" + taken.getParent());
    assertThat(report.exit()).as(report.err()).isEqualTo(5);
    assertThat(report.err()).contains("can't be written");
    assertThat(directory.resolve("taken.html.tmp")).doesNotExist();
  }

  @Test
  void anErrorOfUsageStandsLast() throws Exception {
    Cli.Result result = run("export", "--output=" + archive(), "--slics=3");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err().lines())
        .hasSizeLessThan(5)
        .anyMatch(line -> line.startsWith("error: Unknown option: '--slics=3'"))
        .anyMatch(line -> line.contains("blinkreactor export --help"));
  }

  @Test
  void aFilesNameSaysWhatItHolds() throws Exception {
    Path file = directory.resolve("x.CSV.gz");
    Cli.Result result = run("export", "--output=" + file, "--lag=1s");
    assertThat(result.exit()).as(result.err()).isZero();
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("id,created_at,");
    }
  }

  @Test
  void aJobsExecutionsAreArchivedToo() throws Exception {
    try (BlaxelEmulator blaxel = BlaxelEmulator.builder().history(230).start()) {
      Map<String, String> environment =
          Map.of(
              "BL_API_URL", blaxel.baseUrl() + "/v0",
              "BL_API_KEY", blaxel.apiKey(),
              "BL_WORKSPACE", blaxel.workspace());
      Cli.Result result =
          Cli.run(environment, "jobs", "export", "--job=" + blaxel.job(), "--output=" + archive());
      assertThat(result.exit()).as(result.err()).isZero();
      assertThat(lines()).hasSize(230).doesNotHaveDuplicates();
      assertThat(run("verify", archive()).exit()).isZero();
    }
  }
}
