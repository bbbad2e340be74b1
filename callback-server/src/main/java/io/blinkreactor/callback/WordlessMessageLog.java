package io.blinkreactor.callback;

import io.netty.handler.codec.DecoderResult;
import reactor.netty.http.logging.HttpMessageArgProvider;
import reactor.netty.http.logging.HttpMessageLogFactory;

/**
 * What Reactor Netty's lines say of a message: nothing that came from outside. Its own would hold
 * the path, where a seal may stand, and the bytes of a line that is none.
 */
final class WordlessMessageLog implements HttpMessageLogFactory {

  @Override
  public String trace(HttpMessageArgProvider message) {
    return text(message);
  }

  @Override
  public String debug(HttpMessageArgProvider message) {
    return text(message);
  }

  @Override
  public String info(HttpMessageArgProvider message) {
    return text(message);
  }

  @Override
  public String warn(HttpMessageArgProvider message) {
    return text(message);
  }

  @Override
  public String error(HttpMessageArgProvider message) {
    return text(message);
  }

  private static String text(HttpMessageArgProvider message) {
    DecoderResult result = message.decoderResult();
    return message.httpMessageType()
        + (result.isFailure() ? " (" + result.cause().getClass().getSimpleName() + ")" : "");
  }
}
