package io.blinkreactor.blaxel;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.internal.http.ErrorReader.ErrorText;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BlaxelErrorsTest {

  @Test
  void theControlPlanesBodyHasAWordOrASentence() {
    assertThat(read("{\"error\":\"invalid_cursor\",\"code\":400,\"message\":\"It is old.\"}"))
        .isEqualTo(new ErrorText("invalid_cursor", "It is old.", null));
    assertThat(read("{\"error\":\"invalid_client\"}"))
        .isEqualTo(new ErrorText("invalid_client", null, null));
    assertThat(read("{\"error\":\"Maximum parallel executions limit reached\"}"))
        .isEqualTo(new ErrorText(null, "Maximum parallel executions limit reached", null));
    assertThat(read("{\"error\":\"Bad thing\",\"code\":400,\"message\":\"It is bad.\"}"))
        .isEqualTo(new ErrorText(null, "It is bad.", "Bad thing"));
  }

  @Test
  void theGatewaysBodyTellsWhatToDo() {
    assertThat(
            read(
                "{\"error\":{\"action\":\"Try later.\",\"code\":\"WORKLOAD_UNAVAILABLE\","
                    + "\"do_not\":\"\",\"docs_url\":\"https://docs.example.com/x\","
                    + "\"message\":\"It sleeps.\",\"origin\":\"platform\",\"retryable\":true,"
                    + "\"status\":404,\"timestamp\":\"2026-05-04T03:02:01Z\"}}"))
        .isEqualTo(
            new ErrorText(
                "WORKLOAD_UNAVAILABLE",
                "It sleeps.",
                "Try later. https://docs.example.com/x",
                true));
    assertThat(read("{\"error\":{\"code\":\"FORBIDDEN\"}}"))
        .isEqualTo(new ErrorText("FORBIDDEN", null, ""));
  }

  @Test
  void anythingElseIsQuoted() {
    assertThat(read("<html>no</html>")).isEqualTo(new ErrorText(null, "<html>no</html>", null));
    assertThat(read("{}")).isEqualTo(new ErrorText(null, null, null));
    assertThat(read("{\"error\":[7]}")).isEqualTo(new ErrorText(null, null, null));
    assertThat(read("[]")).isEqualTo(new ErrorText(null, "[]", null));
  }

  private static ErrorText read(String body) {
    return BlaxelErrors.read(body.getBytes(StandardCharsets.UTF_8));
  }
}
