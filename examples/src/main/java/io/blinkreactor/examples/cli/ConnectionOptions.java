package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.http.HttpOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where BlinkOps is and who asks. There is no option for the key itself: it would show in the
 * process list.
 */
final class ConnectionOptions {

  @Option(
      names = "--base-url",
      paramLabel = "URL",
      description = "A bare host such as https://app.blinkops.com; else BLINK_BASE_URL.")
  @Nullable String baseUrl;

  @Option(
      names = "--workspace",
      paramLabel = "ID",
      description = "The workspace; else BLINK_WORKSPACE.")
  @Nullable String workspace;

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "A file that holds the API key; else BLINK_API_KEY.")
  @Nullable Path apiKeyFile;

  @Option(
      names = "--insecure",
      description = "Allow plain http to other machines; key and tokens travel in the clear.")
  boolean insecure;

  /** A person waits less long than a service for a server that does not answer. */
  static final String CALL_TIMEOUT = "PT30S";

  @Option(
      names = "--call-timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = CALL_TIMEOUT,
      description = "How long one call may take, retries included; ${DEFAULT-VALUE} by default.")
  Duration callTimeout = Duration.ZERO;

  /** A builder with everything from the environment and, over it, from the options. */
  BlinkOpsClient.Builder client(Console console) {
    BlinkOpsClient.Builder builder =
        BlinkOpsClient.builder()
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
      builder.apiKey(key(apiKeyFile));
    }
    return builder;
  }

  /** What was given of these, as words of a command line that do the same again. */
  String asGiven() {
    StringBuilder words = new StringBuilder();
    if (baseUrl != null) {
      words.append(" --base-url ").append(baseUrl);
    }
    if (workspace != null) {
      words.append(" --workspace ").append(workspace);
    }
    if (apiKeyFile != null) {
      words.append(" --api-key-file ").append(apiKeyFile);
    }
    if (!callTimeout.equals(Duration.parse(CALL_TIMEOUT))) {
      words.append(" --call-timeout ").append(callTimeout);
    }
    return insecure ? words.append(" --insecure").toString() : words.toString();
  }

  /** The key that a file holds. */
  static String key(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new Failures.UsageException(
          "The API key file "
              + file
              + " can't be read ("
              + e.getClass().getSimpleName()
              + "): check its name and rights.");
    }
  }
}
