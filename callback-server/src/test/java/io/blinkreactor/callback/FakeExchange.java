package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Asks the handler without a socket, where a hundred thousand connections would take too long. */
final class FakeExchange {

  private FakeExchange() {}

  /** A handler with bounds that no test here comes near. */
  static CallbackHandler handler(
      CallbackTokens tokens, SealPlaces places, TimeSource time, CallbackMetrics metrics) {
    return new CallbackHandler(
        tokens,
        places,
        time,
        ServerLimits.defaults(),
        new Senders(Networks.NONE, Networks.NONE),
        metrics);
  }

  /** The status of the answer to a POST without a body. */
  static int status(CallbackHandler handler, String uri, @Nullable String seal) {
    return status(
        handler, uri, seal == null ? Map.of() : Map.of(SealPlaces.HEADER, seal), new byte[0]);
  }

  /** The status of the answer to a POST; whatever the headers hold. */
  static int status(CallbackHandler handler, String uri, Map<String, String> fields, byte[] body) {
    CallbackRequest request =
        new CallbackRequest() {
          @Override
          public String path() {
            return uri;
          }

          @Override
          public List<String> headers(String name) {
            return fields.entrySet().stream()
                .filter(field -> field.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
          }

          @Override
          public Flux<byte[]> body() {
            return body.length == 0 ? Flux.empty() : Flux.just(body);
          }

          @Override
          public @Nullable InetAddress peer() {
            return null;
          }
        };
    return requireNonNull(handler.answer(request, () -> {}).block()).status();
  }
}
