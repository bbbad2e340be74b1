package io.blinkreactor.blaxel;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.internal.export.Column;
import io.blinkreactor.internal.export.ColumnsPage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class JobColumnsTest {

  @Test
  void theyAreTheDocumentedOnes() throws IOException {
    ColumnsPage.check("Blaxel job executions", JobColumns.LIST);
    assertThat(JobColumns.LIST)
        .hasSize(23)
        .startsWith(
            new Column(JobColumns.KEYS.id(), Column.Kind.TEXT),
            new Column(JobColumns.KEYS.time(), Column.Kind.TEXT));
  }
}
