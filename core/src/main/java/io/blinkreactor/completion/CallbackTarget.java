package io.blinkreactor.completion;

import java.net.URI;
import java.util.Map;

/**
 * What the vendor is to call when a run has ended. Holds secrets.
 *
 * @param url where
 * @param method the HTTP method
 * @param headers headers it is to send
 * @param cookies cookies it is to send
 * @param body members of the body it is to send
 */
public record CallbackTarget(
    URI url,
    String method,
    Map<String, String> headers,
    Map<String, String> cookies,
    Map<String, String> body) {

  /** {@return the method and the host alone} */
  @Override
  public String toString() {
    return "CallbackTarget[" + method + " " + url.getHost() + "]";
  }
}
