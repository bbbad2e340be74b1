package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The body of a callback. The sender proved that it knows the run's token, not that the body is
 * true, and the vendor documents no format: nothing of it is ever used to decide how a run ended.
 * Immutable.
 */
public final class UntrustedPayload {

  private final byte[] bytes;
  private final @Nullable String contentType;

  /**
   * Takes a body.
   *
   * @param bytes the body; copied
   * @param contentType what the sender says it is
   */
  public UntrustedPayload(byte[] bytes, @Nullable String contentType) {
    this.bytes = requireNonNull(bytes, "bytes").clone();
    this.contentType = contentType;
  }

  /** {@return a copy of the body} */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** {@return the body read as UTF-8; bytes that are not UTF-8 become replacement characters} */
  public String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** {@return what the sender says the body is, or null} */
  public @Nullable String contentType() {
    return contentType;
  }

  /** {@return the size, without the contents} */
  @Override
  public String toString() {
    return "UntrustedPayload[" + bytes.length + " bytes]";
  }
}
