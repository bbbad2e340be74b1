package io.blinkreactor.blaxel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bad configuration fails at build time, with a sentence that says what to set, and without a
 * secret in it.
 */
class BlaxelClientBuilderTest {

  private static final String KEY = "bl_1234567890";

  @Test
  void aCredentialIsNeeded() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().workspace("ws").build())
        .withMessageContaining("apiKey(...)")
        .withMessageContaining("clientCredentials(...)")
        .withMessageContaining("BL_API_KEY")
        .withMessageContaining("BL_CLIENT_CREDENTIALS");
  }

  @Test
  void theWorkspaceIsNot() {
    try (BlaxelClient client = BlaxelClient.builder().apiKey(KEY).build()) {
      assertThat(client).hasToString("BlaxelClient[workspace=null]");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\nb", "\u00fcber"})
  void aSecretThatCantBeOneIsRefusedWithoutShowingIt(String secret) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().apiKey(secret))
        .satisfies(e -> assertHides(e, secret));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().clientCredentials("id", secret))
        .satisfies(e -> assertHides(e, secret));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().clientCredentials(secret, "secret"));
  }

  private static void assertHides(IllegalArgumentException e, String secret) {
    if (!secret.isBlank()) {
      assertThat(e.getMessage()).doesNotContain(secret);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "api.blaxel.ai|not an http or https URL",
        "https://a b|not a URL",
        "https://api.blaxel.ai/v0?x=1|query",
        "https://joe:pass@api.blaxel.ai|user",
        "http://api.blaxel.ai/v0|in the clear"
      })
  void aBaseUrlThatWontDoSaysWhy(String url, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().apiKey(KEY).baseUrl(url).build())
        .withMessageContaining(why)
        .withMessageContaining("BL_API_URL")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("pass"));
  }

  @Test
  void plainHttpMayBeAllowed() {
    BlaxelClient.builder()
        .apiKey(KEY)
        .baseUrl("http://blaxel.example/v0/")
        .allowPlainHttp(true)
        .build()
        .close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a\r\nX-Other: b"})
  void aWorkspaceThatCantStandInAHeaderIsRefused(String workspace) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().workspace(workspace))
        .withMessageContaining("BL_WORKSPACE");
  }

  @Test
  void theEnvironmentIsReadAndBlanksInItAreNot() {
    Map<String, String> environment = new HashMap<>();
    environment.put("BL_API_KEY", KEY + "\n");
    environment.put("BL_CLIENT_CREDENTIALS", " ");
    environment.put("BL_WORKSPACE", "env-ws");
    environment.put("BL_API_URL", "");
    try (BlaxelClient client = BlaxelClient.builder().environment(environment).build()) {
      assertThat(client).hasToString("BlaxelClient[workspace=env-ws]");
    }
    environment.put("BL_API_KEY", "");
    environment.put("BL_CLIENT_CREDENTIALS", base64("id:s3cr:et") + "\n");
    BlaxelClient.builder().environment(environment).build().close();
    environment.put("BL_API_URL", "http://elsewhere.example");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().environment(environment).build())
        .withMessageContaining("in the clear");
  }

  @Test
  void aKeyAndCredentialsTogetherAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                BlaxelClient.builder()
                    .environment(
                        Map.of("BL_API_KEY", KEY, "BL_CLIENT_CREDENTIALS", base64("id:hush"))))
        .withMessageContaining("Both BL_API_KEY and BL_CLIENT_CREDENTIALS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"id:hush-hush", "aWQtd2l0aG91dC1jb2xvbg==", "aWQ6", "Omh1c2g="})
  void credentialsThatAreNotBase64OfBothPartsAreRefusedWithoutShowingThem(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BlaxelClient.builder().environment(Map.of("BL_CLIENT_CREDENTIALS", text)))
        .withMessageContaining("BL_CLIENT_CREDENTIALS")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hush", text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ".", ".."})
  void anIdThatWouldBeAnotherPathIsRefused(String id) {
    try (BlaxelClient client = BlaxelClient.builder().apiKey(KEY).build();
        JobRuns runs = client.runs().build()) {
      assertThatIllegalArgumentException().isThrownBy(() -> client.job(id));
      Job job = client.job("j");
      assertThatIllegalArgumentException().isThrownBy(() -> job.get(id));
      assertThatIllegalArgumentException().isThrownBy(() -> job.cancel(id));
      assertThatIllegalArgumentException().isThrownBy(() -> job.tasks(id));
      assertThatIllegalArgumentException().isThrownBy(() -> job.taskPage(id, 1, null));
      assertThatIllegalArgumentException().isThrownBy(() -> runs.await("j", id));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> runs.start(id, CreateJobExecution.empty()));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CreateJobExecution.builder().executionId(id));
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
