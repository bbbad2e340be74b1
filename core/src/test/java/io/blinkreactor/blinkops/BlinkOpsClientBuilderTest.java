package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bad configuration fails at build time, with a sentence that says what to set, and without the key
 * in it.
 */
class BlinkOpsClientBuilderTest {

  private static final String KEY = "k-1234567890";

  @Test
  void theKeyIsNeeded() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlinkOpsClient.builder().workspace("ws").build())
        .withMessageContaining("apiKey(...)")
        .withMessageContaining("BLINK_API_KEY");
  }

  @Test
  void theWorkspaceIsNeeded() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlinkOpsClient.builder().apiKey(KEY).build())
        .withMessageContaining("workspace(...)")
        .withMessageContaining("BLINK_WORKSPACE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\nb", "\u00fcber"})
  void aKeyThatCantBeOneIsRefusedWithoutShowingIt(String key) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlinkOpsClient.builder().apiKey(key))
        .satisfies(
            e -> {
              if (!key.isBlank()) {
                assertThat(e.getMessage()).doesNotContain(key);
              }
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app.blinkops.com|not an http or https URL",
        "ftp://app.blinkops.com|not an http or https URL",
        "https://|with a host",
        "https://a b|not a URL",
        "https://app.blinkops.com/api/v1|added by itself",
        "https://app.blinkops.com/api/v1/|added by itself",
        "https://app.blinkops.com?x=1|query",
        "https://joe:pass@app.blinkops.com|user",
        "http://app.blinkops.com|in the clear",
        "http://127.0.0.1.evil.example|in the clear",
        "http://localhost.evil.example|in the clear"
      })
  void aBaseUrlThatWontDoSaysWhy(String url, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlinkOpsClient.builder().apiKey(KEY).workspace("ws").baseUrl(url).build())
        .withMessageContaining(why)
        .withMessageContaining("BLINK_BASE_URL")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("pass"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.blinkops.com",
        "https://app.blinkops.com/",
        "https://acme.app.blinkops.com",
        "https://proxy.example/blink",
        "http://localhost:8080",
        "http://127.0.0.1:1",
        "http://[::1]:8080"
      })
  void aBareHostWillDo(String url) {
    BlinkOpsClient.builder().apiKey(KEY).workspace("ws").baseUrl(url).build().close();
  }

  @Test
  void theEnvironmentIsReadAndBlanksInItAreNot() {
    Map<String, String> environment =
        Map.of("BLINK_API_KEY", KEY + "\n", "BLINK_WORKSPACE", "env-ws", "BLINK_BASE_URL", "");
    try (BlinkOpsClient client = BlinkOpsClient.builder().environment(environment).build()) {
      assertThat(client).hasToString("BlinkOpsClient[workspace=env-ws]");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> BlinkOpsClient.builder().environment(Map.of("BLINK_API_KEY", " ")).build())
        .withMessageContaining("BLINK_API_KEY");
  }

  @Test
  void whatIsSetLaterWins() {
    try (BlinkOpsClient client =
        BlinkOpsClient.builder()
            .environment(Map.of("BLINK_API_KEY", KEY, "BLINK_WORKSPACE", "env-ws"))
            .workspace("own-ws")
            .build()) {
      assertThat(client).hasToString("BlinkOpsClient[workspace=own-ws]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ".", ".."})
  void anIdThatWouldBeAnotherPathIsRefused(String id) {
    try (BlinkOpsClient client = BlinkOpsClient.builder().apiKey(KEY).workspace("ws").build()) {
      assertThatIllegalArgumentException().isThrownBy(() -> client.executions().get(id));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> client.workflows().execute(id, ExecuteRequest.empty()));
    }
  }
}
