package io.blinkreactor.callback;

import io.blinkreactor.callback.CallbackKeys.Derived;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Makes and checks the two halves of a callback target: the ticket, which stands in the URL and
 * names key, scope, run and expiry, and the seal, an HMAC-SHA256 over them, which travels where
 * {@link SealPlacement} says.
 *
 * <pre>
 * ticket = {key id}.{base64url( scope hash (4 B) | correlation id (16 B) | expiry in hours since 1970 (4 B) )}
 * seal   = v1.{base64url( HMAC( key, "blinkreactor-callback|v1|" scope "|" ticket ) )}
 * </pre>
 */
class CallbackTokens {

  /** Characters of a seal. */
  static final int SEAL_LENGTH = 46;

  private static final String VERSION = "v1.";

  /** Of what is made with a key, so that nothing else that it makes can pass for it. */
  static final String PURPOSE = "blinkreactor-callback|v1|";

  private static final int SCOPE_BYTES = 4;
  private static final int ID_BYTES = 16;
  private static final int NAME_BYTES = SCOPE_BYTES + ID_BYTES + 4;
  private static final long HOUR = 3600;
  private static final long MAX_HOURS = 0xffffffffL;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private volatile CallbackKeys keys;

  CallbackTokens(CallbackKeys keys) {
    this.keys = keys;
  }

  /** Goes over to other keys; what is being checked may end under the old ones. */
  final void keys(CallbackKeys others) {
    keys = others;
  }

  /** The key that seals now. */
  final Derived signing() {
    return keys.signing();
  }

  /**
   * What a ticket names; nothing of it is to be believed before its seal fits.
   *
   * @param key the key that it names; null if there is none of that name
   */
  record Ticket(@Nullable Derived key, int scopeHash, String correlationId, Instant expiry) {}

  /** The halves of a target. */
  record Token(String ticket, String seal) {
    @Override
    public String toString() {
      return "Token";
    }
  }

  final Token make(String scope, String correlationId, Instant expiry) {
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
    Derived key = signing();
    String ticket = key.id() + "." + ENCODER.encodeToString(name);
    return new Token(ticket, text(mac(key, scope, ticket)));
  }

  /** Reads a ticket, or answers null if it does not have the form of one. */
  final @Nullable Ticket read(String text) {
    int dot = text.indexOf('.');
    byte[] name = dot < 0 ? null : decode(text.substring(dot + 1));
    if (name == null || name.length != NAME_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(name);
    int scopeHash = in.getInt();
    byte[] id = new byte[ID_BYTES];
    in.get(id);
    return new Ticket(
        keys.find(text.substring(0, dot)),
        scopeHash,
        ENCODER.encodeToString(id),
        Instant.ofEpochSecond(Integer.toUnsignedLong(in.getInt()) * HOUR));
  }

  /**
   * The seal that would fit. Asked for whatever came, so that every refusal costs the same one MAC:
   * {@code scope} is empty and {@code text} the raw text if they could not be read, and the key is
   * the first one if that which is named is not known.
   */
  final Expected expected(@Nullable Ticket ticket, String scope, String text) {
    Derived named = ticket == null ? null : ticket.key();
    return new Expected(mac(named == null ? signing() : named, scope, text));
  }

  /** What a body holds in the way of seals. */
  enum Found {
    NONE,
    OTHER,
    FITS
  }

  /** A seal that others are held against, in a time that does not depend on where they differ. */
  static final class Expected {

    private final byte[] mac;

    private Expected(byte[] mac) {
      this.mac = mac;
    }

    boolean fits(@Nullable String seal) {
      byte[] given =
          seal != null && seal.length() == SEAL_LENGTH && seal.startsWith(VERSION)
              ? decode(seal.substring(VERSION.length()))
              : null;
      return MessageDigest.isEqual(mac, given == null ? new byte[0] : given);
    }

    /** Looks for the seal in a body of whatever format, and masks it there. */
    Found takeFrom(byte[] body) {
      byte[] seal = text(mac).getBytes(StandardCharsets.US_ASCII);
      Found found = Found.NONE;
      for (int at = 0; at + SEAL_LENGTH <= body.length; at++) {
        if (isVersion(body, at) && sealCharacters(body, at + VERSION.length())) {
          byte[] given = Arrays.copyOfRange(body, at, at + SEAL_LENGTH);
          if (MessageDigest.isEqual(seal, given)) {
            Arrays.fill(body, at, at + SEAL_LENGTH, (byte) '*');
            found = Found.FITS;
          } else if (found == Found.NONE) {
            found = Found.OTHER;
          }
        }
      }
      return found;
    }

    private static boolean isVersion(byte[] body, int at) {
      return body[at] == 'v' && body[at + 1] == '1' && body[at + 2] == '.';
    }

    /** Whether a seal's 43 characters stand there, and no more of them. */
    private static boolean sealCharacters(byte[] body, int from) {
      int end = from + SEAL_LENGTH - VERSION.length();
      for (int at = from; at < end; at++) {
        if (!isBase64Url(body[at])) {
          return false;
        }
      }
      return end == body.length || !isBase64Url(body[end]);
    }

    private static boolean isBase64Url(byte c) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '-'
          || c == '_';
    }
  }

  static int scopeHash(String scope) {
    try {
      return ByteBuffer.wrap(
              MessageDigest.getInstance("SHA-256").digest(scope.getBytes(StandardCharsets.UTF_8)))
          .getInt();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  private static String text(byte[] mac) {
    return VERSION + ENCODER.encodeToString(mac);
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

  /** The one place where a MAC is made; a test counts them. */
  byte[] mac(Derived key, String scope, String ticket) {
    String sealed = PURPOSE + scope + "|" + ticket;
    return CallbackKeys.hmac(key.seal(), sealed.getBytes(StandardCharsets.UTF_8));
  }
}
