package io.blinkreactor.internal.json;

import io.blinkreactor.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A part of a byte array that is known to be one JSON value and does not change. */
final class RawJson implements JsonValue {

  private final byte[] bytes;
  private final int from;
  private final int to;

  RawJson(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  @Override
  public <T> @Nullable T as(Class<T> type) {
    return type == JsonValue.class ? type.cast(this) : Json.read(bytes, from, to, type);
  }

  @Override
  public String text() {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  @Override
  public byte[] toBytes() {
    return Arrays.copyOfRange(bytes, from, to);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RawJson that
        && Arrays.equals(bytes, from, to, that.bytes, that.from, that.to);
  }

  @Override
  public int hashCode() {
    return text().hashCode();
  }

  @Override
  public String toString() {
    return text();
  }
}
