package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackTarget;
import java.time.Instant;

/** Makes requests that a server takes. */
final class Proven {

  static final String SCOPE = "workspace-1";
  static final String ID = "AAECAwQFBgcICQoLDA0ODw";

  private Proven() {}

  static CallbackTarget target(CallbackReceiver receiver) {
    return receiver.target(SCOPE, ID, Instant.now().plusSeconds(86_400));
  }

  static String sealLine(CallbackTarget target) {
    return SealPlaces.HEADER
        + ": "
        + requireNonNull(target.headers().get(SealPlaces.HEADER))
        + "\r\n";
  }

  /** A whole request with further header lines, each with its line break. */
  static String request(CallbackReceiver receiver, String lines, String body) {
    return head(receiver, lines + "Content-Length: " + body.length() + "\r\n") + body;
  }

  /** The head of a request whose body the test tells. */
  static String head(CallbackReceiver receiver, String lines) {
    CallbackTarget target = target(receiver);
    return "POST "
        + target.url().getRawPath()
        + " HTTP/1.1\r\nHost: h\r\n"
        + sealLine(target)
        + lines
        + "\r\n";
  }
}
