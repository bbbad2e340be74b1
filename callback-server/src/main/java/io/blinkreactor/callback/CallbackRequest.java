package io.blinkreactor.callback;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** One request as some HTTP server has it, for {@link CallbackRoutes#answer}. */
public interface CallbackRequest {

  /** {@return the path as it came, still escaped; a query after it does no harm} */
  String path();

  /**
   * Reads a header.
   *
   * @param name its name, in any case
   * @return its values in the order they came; empty if it did not come
   */
  List<String> headers(String name);

  /**
   * {@return the body in pieces; subscribed to once at most, and only when the sender is proven, or
   * where the {@linkplain SealPlacement#BODY body} may prove him}
   */
  Flux<byte[]> body();

  /** {@return the address of the connection's other end, or null if it is unknown} */
  @Nullable InetAddress peer();
}
