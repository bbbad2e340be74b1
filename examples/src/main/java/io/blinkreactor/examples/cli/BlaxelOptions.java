package io.blinkreactor.examples.cli;

import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.http.HttpOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where Blaxel is, who asks, and about which job. There is no option for a key or a secret itself:
 * it would show in the process list.
 */
final class BlaxelOptions {

  @Option(names = "--job", paramLabel = "NAME", required = true, description = "The job.")
  String job = "";

  @Option(
      names = "--base-url",
      paramLabel = "URL",
      description = "An address such as https://api.blaxel.ai/v0; else BL_API_URL.")
  @Nullable String baseUrl;

  @Option(
      names = "--workspace",
      paramLabel = "NAME",
      description = "The workspace; else BL_WORKSPACE, else the credential's own.")
  @Nullable String workspace;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "A file that holds the API key; else BL_API_KEY or BL_CLIENT_CREDENTIALS.")
  @Nullable Path apiKeyFile;

  @Option(
      names = "--insecure",
      description = "Allow plain http to other machines; keys and tokens travel in the clear.")
  boolean insecure;

  @Option(
      names = "--call-timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = ConnectionOptions.CALL_TIMEOUT,
      description = "How long one call may take, retries included; ${DEFAULT-VALUE} by default.")
  Duration callTimeout = Duration.ZERO;

  /** A builder with everything from the environment and, over it, from the options. */
  BlaxelClient.Builder client(Console console) {
    BlaxelClient.Builder builder =
        BlaxelClient.builder()
            .environment(console.environment())
            .allowPlainHttp(insecure)
            .http(HttpOptions.builder().callTimeout(callTimeout).build());
    if (baseUrl != null) {
      builder.baseUrl(baseUrl);
    }
    if (workspace != null) {
      builder.workspace(workspace);
    }
    if (apiKeyFile != null) {
      builder.apiKey(ConnectionOptions.key(apiKeyFile));
    }
    return builder;
  }
}
