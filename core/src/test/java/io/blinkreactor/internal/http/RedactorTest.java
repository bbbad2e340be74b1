package io.blinkreactor.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RedactorTest {

  private final Redactor redactor = Redactor.of(() -> "s3cret");

  @Test
  void theSecretIsTakenOut() {
    assertThat(redactor.clean("key s3cret is bad, s3cret!"))
        .isEqualTo("key [redacted] is bad, [redacted]!");
  }

  @Test
  void lineBreaksAndEscapesCantForgeLogLines() {
    assertThat(redactor.clean("a\r\nb\u001b[31mc")).isEqualTo("a  b [31mc");
  }

  @Test
  void aFloodIsCut() {
    assertThat(redactor.clean("x".repeat(5000))).hasSize(Redactor.LIMIT + 3).endsWith("...");
  }

  @Test
  void nothingStaysNothing() {
    assertThat(redactor.clean(null)).isNull();
    assertThat(redactor.clean("  ")).isNull();
  }
}
