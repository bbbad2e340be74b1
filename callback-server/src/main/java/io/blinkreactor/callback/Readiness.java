package io.blinkreactor.callback;

import io.blinkreactor.callback.CallbackHandler.Phase;
import io.blinkreactor.completion.RunsHealth;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Whether requests should be sent here, and why not.
 *
 * @param phase how the server's end comes
 * @param store what was found out about it
 * @param connections how many are open
 * @param scopes how the runs of each are doing
 */
record Readiness(Phase phase, Store store, int connections, Map<String, RunsHealth> scopes) {

  enum Store {
    NONE,
    OK,
    FAILING
  }

  boolean isReady() {
    return phase == Phase.OPEN && store != Store.FAILING;
  }

  String json() {
    StringJoiner runs = new StringJoiner(",", "[", "]");
    scopes.forEach(
        (scope, health) ->
            runs.add(
                "{\"scope\":"
                    + quoted(scope)
                    + ",\"pending\":"
                    + health.pending()
                    + ",\"callbackShare\":"
                    + health.callbackShare()
                    + ",\"paused\":"
                    + health.paused()
                    + "}"));
    return "{\"status\":\""
        + (isReady() ? "ready" : "not ready")
        + "\",\"draining\":"
        + (phase != Phase.OPEN)
        + ",\"store\":\""
        + store.name().toLowerCase(Locale.ROOT)
        + "\",\"connections\":"
        + connections
        + ",\"runs\":"
        + runs
        + "}";
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c < ' ' || c == '"' || c == '\\' || c > '~') {
                quoted.append(String.format("\\u%04x", c));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append('"').toString();
  }
}
