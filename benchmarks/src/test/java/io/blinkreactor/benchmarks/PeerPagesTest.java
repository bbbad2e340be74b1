package io.blinkreactor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PeerPagesTest {

  private static final Path PAGE = Path.of("..", "docs", "peers.md");

  @Test
  void theTableInTheDocsIsWhatIsMeasured() throws IOException {
    assertThat(Files.readString(PAGE)).contains(PeerPages.versions()).contains(PeerPages.table());
  }
}
