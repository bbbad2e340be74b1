package io.blinkreactor.callback;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes and checks the two halves of a callback target: the ticket, which stands in the URL and
 * names scope, run and expiry, and the seal, an HMAC-SHA256 over them that travels in a header.
 *
 * <pre>
 * ticket = {key id}.{base64url( scope hash (4 B) | correlation id (16 B) | expiry in hours since 1970 (4 B) )}
 * seal   = v1.{base64url( HMAC( key, "blinkreactor-callback|v1|" scope "|" ticket ) )}
 * </pre>
 */
final class CallbackTokens {

  /** Bytes of a key. */
  static final int KEY_BYTES = 32;

  private static final String VERSION = "v1.";
  private static final String PURPOSE = "blinkreactor-callback|v1|";
  private static final int SCOPE_BYTES = 4;
  private static final int ID_BYTES = 16;
  private static final int NAME_BYTES = SCOPE_BYTES + ID_BYTES + 4;
  private static final long HOUR = 3600;
  private static final long MAX_HOURS = 0xffffffffL;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final SecretKeySpec key;
  private final String keyId;

  CallbackTokens(byte[] key) {
    this.key = new SecretKeySpec(key, "HmacSHA256");
    this.keyId = ENCODER.encodeToString(Arrays.copyOf(sha256(key), 6));
  }

  /** What a ticket names; nothing of it is to be believed before {@link #verify} said so. */
  record Ticket(int scopeHash, String correlationId, Instant expiry) {}

  String ticket(String scope, String correlationId, Instant expiry) {
    byte[] id = Base64.getUrlDecoder().decode(correlationId);
    if (id.length != ID_BYTES) {
      throw new IllegalArgumentException("A correlation id has " + ID_BYTES + " bytes.");
    }
    // Rounded up, so that no target expires early; bounded, so that none before 1970 or after the
    // last hour of 32 bits comes round to the other end.
    long hours = Math.floorDiv(expiry.getEpochSecond(), HOUR) + 1;
    int bounded = (int) Math.max(0, Math.min(hours, MAX_HOURS));
    byte[] name =
        ByteBuffer.allocate(NAME_BYTES).putInt(scopeHash(scope)).put(id).putInt(bounded).array();
    return keyId + "." + ENCODER.encodeToString(name);
  }

  String seal(String scope, String ticket) {
    return VERSION + ENCODER.encodeToString(mac(scope, ticket));
  }

  /** Reads a ticket, or answers null if it does not have the form of one of this key's. */
  @Nullable Ticket read(String text) {
    int dot = text.indexOf('.');
    if (dot < 0 || !text.substring(0, dot).equals(keyId)) {
      return null;
    }
    byte[] name = decode(text.substring(dot + 1));
    if (name == null || name.length != NAME_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(name);
    int scopeHash = in.getInt();
    byte[] id = new byte[ID_BYTES];
    in.get(id);
    return new Ticket(
        scopeHash,
        ENCODER.encodeToString(id),
        Instant.ofEpochSecond(Integer.toUnsignedLong(in.getInt()) * HOUR));
  }

  /**
   * Whether the seal fits. Called with whatever came, so that every refusal costs the same one MAC:
   * {@code scope} is empty and {@code ticket} the raw text if they could not be read.
   */
  boolean verify(String scope, String ticket, @Nullable String seal) {
    byte[] expected = mac(scope, ticket);
    byte[] given =
        seal != null && seal.startsWith(VERSION) ? decode(seal.substring(VERSION.length())) : null;
    return MessageDigest.isEqual(expected, given == null ? new byte[0] : given);
  }

  static int scopeHash(String scope) {
    return ByteBuffer.wrap(sha256(scope.getBytes(StandardCharsets.UTF_8))).getInt();
  }

  /** Strict: only the one spelling that we write, so that no two texts mean the same bytes. */
  private static byte @Nullable [] decode(String text) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      return ENCODER.encodeToString(bytes).equals(text) ? bytes : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private byte[] mac(String scope, String ticket) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(PURPOSE.getBytes(StandardCharsets.UTF_8));
      mac.update(scope.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) '|');
      return mac.doFinal(ticket.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has HmacSHA256.", e);
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
