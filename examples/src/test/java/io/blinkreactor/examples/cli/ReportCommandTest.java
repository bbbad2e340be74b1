package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.BlinkOpsEmulator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report from the command line. */
class ReportCommandTest {

  @TempDir Path directory = Path.of("");

  private final BlinkOpsEmulator emulator = BlinkOpsEmulator.builder().start();

  @AfterEach
  void close() {
    emulator.close();
  }

  @Test
  void thePageIsAboutEachRunOnce() throws Exception {
    String running = run("Running");
    run("Failed");
    Path archive = archive("--compress=gzip");
    emulator.changeExecution(running, Map.of("state_ui", "Completed", "finished_at", 1_800_000L));
    run("Completed");
    assertThat(archive("--compress=gzip", "--incremental")).isEqualTo(archive);
    Path page = directory.resolve("page.html");
    Cli.Result result = report(archive.toString(), "--output", page.toString());
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).isEmpty();
    assertThat(Files.readString(page))
        .contains("<dt>Runs</dt><dd>3</dd>", "&lt;/script&gt;", "66.7%")
        .endsWith("</html>\n");
    Cli.Result again = report(archive.toString(), "--output", page.toString());
    assertThat(again.exit()).as("it may be there already").isZero();
    Cli.Result printed = report(archive.toString(), "--output=-");
    assertThat(printed.exit()).isZero();
    assertThat(printed.out()).startsWith("<!DOCTYPE html>").endsWith("</html>");
    try (var left = Files.list(directory)) {
      assertThat(left).noneMatch(file -> file.toString().endsWith(".tmp"));
    }
  }

  private String run(String state) {
    return emulator.addExecution(
        Map.of(
            "state_ui",
            state,
            "last_playbook_name",
            "a </script>",
            "created_at",
            Instant.now().toEpochMilli()));
  }

  private Path archive(String... options) throws Exception {
    Path archive = directory.resolve("archive");
    List<String> command =
        new ArrayList<>(List.of("export", "--output=" + archive, "--lag=PT0.001S"));
    command.addAll(List.of(options));
    Cli.Result result =
        Cli.run(
            Map.of(
                "BLINK_BASE_URL",
                emulator.baseUrl(),
                "BLINK_API_KEY",
                emulator.apiKey(),
                "BLINK_WORKSPACE",
                emulator.workspace()),
            command.toArray(String[]::new));
    assertThat(result.exit()).as(result.err()).isZero();
    return archive;
  }

  private Cli.Result report(String... args) throws Exception {
    String[] all = new String[args.length + 1];
    all[0] = "report";
    System.arraycopy(args, 0, all, 1, args.length);
    return Cli.run(Map.of(), all);
  }

  @Test
  void aReaderThatGoesIsNoError() throws Exception {
    run("Completed");
    Cli.Result result = Cli.readOneLine(Map.of(), "report", archive().toString(), "--output=-");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).containsExactly("<!DOCTYPE html>");
  }

  @Test
  void anEmptyArchiveGivesAPageThatSaysSo() throws Exception {
    Cli.Result result = report(archive().toString(), "--output=-");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err()).contains("there are no runs in");
    assertThat(String.join("\n", result.out())).contains("There are no runs in this archive");
  }

  @Test
  void anExportThatHasNotEndedIsNotTakenForAllRuns() throws Exception {
    run("Completed");
    Path archive = archive();
    Path manifest = archive.resolve("manifest.json");
    String json = Files.readString(manifest);
    Files.writeString(
        manifest, json.replaceFirst("\"endedAt\" : \"[^\"]+\"", "\"endedAt\" : null"));
    Cli.Result result = report(archive.toString(), "--output=-");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err()).contains("has not ended").hasLineCount(1);
    assertThat(String.join("\n", result.out())).contains("runs are missing here");
  }

  @Test
  void whatIsWrongIsSaidInOneLine() throws Exception {
    assertThat(report(directory.resolve("none").toString()))
        .satisfies(
            result -> assertThat(result.exit()).isEqualTo(2),
            result -> assertThat(result.err()).contains("is not there").hasLineCount(1));
    run("Completed");
    Path archive = archive();
    assertThat(report(archive.toString(), "--output=" + directory.resolve("no/page.html")))
        .satisfies(
            result -> assertThat(result.exit()).isEqualTo(2),
            result -> assertThat(result.err()).contains("can't be written").hasLineCount(1));
    Files.writeString(archive.resolve("part-0001-000-00000.ndjson"), "{}\n{\"id\":");
    assertThat(report(archive.toString(), "--output=-"))
        .satisfies(
            result -> assertThat(result.exit()).isEqualTo(5),
            result -> assertThat(result.out()).isEmpty(),
            result ->
                assertThat(result.err())
                    .contains("part-0001-000-00000.ndjson", "Row 2: It is cut off")
                    .hasLineCount(1));
  }
}
