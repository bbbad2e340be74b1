package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.internal.export.Column;
import io.blinkreactor.internal.export.ColumnsPage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ExecutionColumnsTest {

  @Test
  void theyAreTheDocumentedOnes() throws IOException {
    ColumnsPage.check("BlinkOps executions", ExecutionColumns.LIST);
    assertThat(ExecutionColumns.LIST)
        .hasSize(40)
        .startsWith(
            new Column(ExecutionColumns.KEYS.id(), Column.Kind.TEXT),
            new Column(ExecutionColumns.KEYS.time(), Column.Kind.TIME));
  }
}
