package io.blinkreactor.internal.http;

import io.blinkreactor.internal.json.TooLargeException;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Collects a body and decodes it as one element, or none. */
final class WholeBody<T> implements BodyReader<T> {

  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private final int maxBytes;
  private final Function<byte[], @Nullable T> decode;

  WholeBody(int maxBytes, Function<byte[], @Nullable T> decode) {
    this.maxBytes = maxBytes;
    this.decode = decode;
  }

  @Override
  public List<T> feed(byte[] piece) {
    if (body.size() + (long) piece.length > maxBytes) {
      throw new TooLargeException("The body", maxBytes);
    }
    body.writeBytes(piece);
    return List.of();
  }

  @Override
  public List<T> end() {
    T value = decode.apply(body.toByteArray());
    return value == null ? List.of() : List.of(value);
  }
}
