package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Asks the handler without a socket, where a hundred thousand connections would take too long. */
final class FakeExchange {

  private FakeExchange() {}

  /** The status of the answer to a POST without a body. */
  static int status(CallbackHandler handler, String uri, @Nullable String seal) {
    CallbackRequest request =
        new CallbackRequest() {
          @Override
          public String path() {
            return uri;
          }

          @Override
          public List<String> headers(String name) {
            return name.equals(CallbackHandler.SEAL_HEADER) && seal != null
                ? List.of(seal)
                : List.of();
          }

          @Override
          public Flux<byte[]> body() {
            return Flux.empty();
          }

          @Override
          public @Nullable InetAddress peer() {
            return null;
          }
        };
    return requireNonNull(handler.answer(request, () -> {}).block()).status();
  }
}
