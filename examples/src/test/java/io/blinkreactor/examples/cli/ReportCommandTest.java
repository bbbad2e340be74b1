package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report from the command line. */
class ReportCommandTest {

  private static final String RUN =
      """
      {"id":"%s","playbook_id":"p","name":"Überprüfe </script>","state_ui":"%s","created_at":1792000000000}""";

  @TempDir Path directory = Path.of("");

  @Test
  void thePageIsAboutAllParts() throws Exception {
    Path archive = archive();
    Path page = directory.resolve("page.html");
    Cli.Result result = report(archive.toString(), "--output", page.toString());
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).isEmpty();
    assertThat(Files.readString(page))
        .contains("<dt>Runs</dt><dd>3</dd>", "Überprüfe &lt;/script&gt;", "66.7%")
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

  private Path archive() throws IOException {
    Path archive = Files.createDirectory(directory.resolve("archive"));
    Files.writeString(archive.resolve("manifest.json"), "{}");
    Files.write(
        archive.resolve("part-000001.ndjson"),
        List.of(RUN.formatted("a", "Completed"), RUN.formatted("b", "Failed")));
    Files.write(
        archive.resolve("part-000002.ndjson"), List.of(RUN.formatted("c", "Completed"), ""));
    return archive;
  }

  private Cli.Result report(String... args) throws Exception {
    String[] all = new String[args.length + 1];
    all[0] = "report";
    System.arraycopy(args, 0, all, 1, args.length);
    return Cli.run(directory, Map.of(), all);
  }

  @Test
  void aReaderThatGoesIsNoError() throws Exception {
    Cli.Result result =
        Cli.readOneLine(directory, Map.of(), "report", archive().toString(), "--output=-");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).containsExactly("<!DOCTYPE html>");
  }

  @Test
  void anEmptyArchiveGivesAPageThatSaysSo() throws Exception {
    Path archive = Files.createDirectory(directory.resolve("archive"));
    Cli.Result result = report(archive.toString(), "--output=-");
    assertThat(result.exit()).isZero();
    assertThat(result.err()).contains("there are no runs in");
    assertThat(String.join("\n", result.out())).contains("There are no runs in this archive");
  }

  @Test
  void whatIsWrongIsSaidInOneLine() throws Exception {
    assertThat(report(directory.resolve("none").toString()))
        .satisfies(
            result -> assertThat(result.exit()).isEqualTo(2),
            result -> assertThat(result.err()).contains("There is no directory").hasLineCount(1));
    Path archive = archive();
    assertThat(report(archive.toString(), "--output=" + directory.resolve("no/page.html")))
        .satisfies(
            result -> assertThat(result.exit()).isEqualTo(2),
            result -> assertThat(result.err()).contains("can't be written").hasLineCount(1));
    Files.writeString(archive.resolve("part-000003.ndjson"), "{}\n{\"id\":");
    assertThat(report(archive.toString(), "--output=-"))
        .satisfies(
            result -> assertThat(result.exit()).isEqualTo(2),
            result -> assertThat(result.out()).isEmpty(),
            result ->
                assertThat(result.err())
                    .contains("Line 2 of", "part-000003.ndjson", "not a JSON object")
                    .hasLineCount(1));
  }
}
