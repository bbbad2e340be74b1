package io.blinkreactor.callback;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a request is answered; never with a body.
 *
 * @param status the HTTP status
 * @param headers the headers, among them a content length of 0 and, where the connection is to be
 *     closed, {@code connection: close}
 */
public record CallbackAnswer(int status, Map<String, String> headers) {

  /**
   * Makes an answer.
   *
   * @param status the HTTP status
   * @param headers the headers, in their order
   */
  public CallbackAnswer {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }
}
