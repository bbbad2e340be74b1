package io.blinkreactor.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README shows is there: its snippets are compiled code, its links lead to files. */
class ReadmeTest {

  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  @Test
  void everySnippetIsCutFromTheExamples() throws IOException {
    List<String> compiled = new ArrayList<>();
    try (Stream<Path> sources = Files.walk(REPOSITORY.resolve("examples/src/main/java"))) {
      for (Path source : sources.filter(p -> p.toString().endsWith(".java")).toList()) {
        Matcher part =
            Pattern.compile("// readme: (?!end)[a-z-]+\n(.*?)\n *// readme: end", Pattern.DOTALL)
                .matcher(Files.readString(source));
        while (part.find()) {
          compiled.add(part.group(1).stripIndent().strip());
        }
      }
    }
    List<String> shown =
        matches("```java\n(.*?)\n```", Pattern.DOTALL).stream().map(String::strip).toList();
    assertThat(shown).hasSize(11).allSatisfy(snippet -> assertThat(compiled).contains(snippet));
  }

  @Test
  void everyLinkLeadsToAFile() throws IOException {
    assertThat(matches("\\]\\(([^)#]+)\\)", 0))
        .hasSizeGreaterThan(10)
        .allSatisfy(link -> assertThat(REPOSITORY.resolve(link)).exists());
  }

  private static List<String> matches(String regex, int flags) throws IOException {
    List<String> found = new ArrayList<>();
    Matcher matcher =
        Pattern.compile(regex, flags).matcher(Files.readString(REPOSITORY.resolve("README.md")));
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
