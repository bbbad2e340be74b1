package io.blinkreactor.blaxel;

import io.blinkreactor.internal.http.ErrorReader.ErrorText;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the vendor's two error bodies: the control plane's, where {@code error} is a text, and the
 * gateway's, where it is an object.
 */
final class BlaxelErrors {

  private static final Shape CONTROL_PLANE = new Shape();
  private static final Shape.Field<String> ERROR = CONTROL_PLANE.text("error");
  private static final Shape.Field<String> MESSAGE = CONTROL_PLANE.text("message");

  private static final Shape GATEWAY_ERROR = new Shape();
  private static final Shape.Field<String> ACTION = GATEWAY_ERROR.text("action");
  private static final Shape.Field<String> CODE = GATEWAY_ERROR.text("code");
  private static final Shape.Field<String> DO_NOT = GATEWAY_ERROR.text("do_not");
  private static final Shape.Field<String> DOCS_URL = GATEWAY_ERROR.text("docs_url");
  private static final Shape.Field<String> GATEWAY_MESSAGE = GATEWAY_ERROR.text("message");
  private static final Shape.Field<Boolean> RETRYABLE = GATEWAY_ERROR.bool("retryable");

  private static final Shape GATEWAY = new Shape();
  private static final Shape.Field<Document> ERROR_OBJECT = GATEWAY.object("error", GATEWAY_ERROR);

  private BlaxelErrors() {}

  /** Any other body is quoted as the message. */
  static ErrorText read(byte[] body) {
    try {
      Document gateway = GATEWAY.decode(body).get(ERROR_OBJECT);
      return gateway == null ? controlPlane(CONTROL_PLANE.decode(body)) : gateway(gateway);
    } catch (IllegalArgumentException e) {
      return new ErrorText(null, new String(body, StandardCharsets.UTF_8), null);
    }
  }

  private static ErrorText gateway(Document error) {
    String details =
        Stream.of(error.get(ACTION), error.get(DO_NOT), error.get(DOCS_URL))
            .filter(Objects::nonNull)
            .filter(text -> !text.isBlank())
            .collect(Collectors.joining(" "));
    return new ErrorText(
        error.get(CODE),
        error.get(GATEWAY_MESSAGE),
        details,
        Boolean.TRUE.equals(error.get(RETRYABLE)));
  }

  /** What {@code error} holds is a word here and a sentence there. */
  private static ErrorText controlPlane(Document body) {
    String error = body.get(ERROR);
    String message = body.get(MESSAGE);
    if (isWord(error)) {
      return new ErrorText(error, message, null);
    }
    return message == null ? new ErrorText(null, error, null) : new ErrorText(null, message, error);
  }

  private static boolean isWord(@Nullable String text) {
    return text != null && !text.isEmpty() && text.indexOf(' ') < 0;
  }
}
