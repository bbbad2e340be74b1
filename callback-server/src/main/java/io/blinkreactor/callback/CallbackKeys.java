package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a callback server: the first one seals what is given out, each one is good for what
 * comes in. Immutable; holds secrets, and shows none.
 *
 * <p><b>Rotation</b>: put a new key in front, and leave the old one in until the last run that was
 * started under it has ended: 15 days, the longest that a run is awaited by default ({@link
 * io.blinkreactor.completion.StoreOptions#recordLife}). Where several servers take each other's
 * callbacks, give all of them the new key as an older one first. A callback under a key that was
 * dropped too early is refused, and counted as {@code unknown_key}; its run is still found by
 * looking at it.
 *
 * <p>A key is 32 random bytes. What is used for sealing is derived from it (HKDF-SHA256, RFC 5869),
 * and so is the name by which a callback's URL tells which key it is of, which is no secret.
 */
public final class CallbackKeys {

  /** The environment variable that {@link #environment()} reads. */
  public static final String VARIABLE = "BLINK_CALLBACK_KEY";

  static final int KEY_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";
  private static final String MAKE_ONE =
      "make one with \"blinkreactor callback-key\" or \"openssl rand -base64 32\"";
  private static final int ID_BYTES = 6;
  private static final int MOST = 32;
  private static final int LONGEST_FILE = 64 * 1024;
  private static final Set<PosixFilePermission> OWNERS =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  /**
   * What is used of a key.
   *
   * @param id its name in URLs, 8 characters of base64url
   * @param seal makes seals
   */
  record Derived(String id, SecretKeySpec seal) {
    /** Not the key's hash code either, which the record would show. */
    @Override
    public String toString() {
      return id;
    }
  }

  private final List<Derived> derived;

  private CallbackKeys(List<byte[]> keys, String source) {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("There is no callback key in " + source + ".");
    }
    if (keys.size() > MOST) {
      throw new IllegalArgumentException(
          "There are more than " + MOST + " callback keys in " + source + ": drop old ones.");
    }
    List<Derived> all = new ArrayList<>();
    for (byte[] key : keys) {
      int number = all.size() + 1;
      if (key.length != KEY_BYTES) {
        throw bad(
            number, source, "has " + key.length + " bytes, not " + KEY_BYTES + ": " + MAKE_ONE);
      }
      if (Arrays.equals(key, new byte[KEY_BYTES])) {
        throw bad(number, source, "is all zeros: " + MAKE_ONE);
      }
      Derived next =
          new Derived(
              Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hkdf(key, "key id"), ID_BYTES)),
              macKey(hkdf(key, "seal")));
      if (all.stream().anyMatch(before -> before.id().equals(next.id()))) {
        throw bad(number, source, "stands there already: leave it out");
      }
      all.add(next);
    }
    derived = List.copyOf(all);
  }

  /**
   * Takes keys.
   *
   * @param signing the key that seals, 32 random bytes; copied
   * @param older keys that are still good for callbacks that come; copied
   * @return the keys
   * @throws IllegalArgumentException if one has another length or comes twice; never shows it
   */
  public static CallbackKeys of(byte[] signing, byte[]... older) {
    List<byte[]> all = new ArrayList<>();
    all.add(requireNonNull(signing, "signing"));
    for (byte[] key : older) {
      all.add(requireNonNull(key, "older"));
    }
    return new CallbackKeys(all, "of(...)");
  }

  /**
   * Reads keys from a file: one key a line in base64, the newest first; empty lines and what
   * follows a {@code #} are passed over. Blocks for that long.
   *
   * @param file the file, which none but its owner may read, where the file system knows POSIX
   *     rights
   * @return the keys
   * @throws IllegalArgumentException with a sentence that says what to do, if the file can't be
   *     read, others may read or change it, or it holds something else; never shows a key
   */
  public static CallbackKeys file(Path file) {
    String source = "the callback key file " + file;
    try {
      checkRights(file);
      if (Files.size(file) > LONGEST_FILE) {
        throw new IllegalArgumentException("Too large for keys: " + source + ".");
      }
      List<String> lines = new ArrayList<>();
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        int comment = line.indexOf('#');
        // Some editors begin a file with a byte order mark.
        String text =
            (comment < 0 ? line : line.substring(0, comment)).replace("\ufeff", "").strip();
        if (!text.isEmpty()) {
          lines.add(text);
        }
      }
      return new CallbackKeys(decoded(lines, source, "each has a line of its own"), source);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("Not a text in UTF-8: " + source + ".", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Can't read "
              + source
              + " ("
              + e.getClass().getSimpleName()
              + "): check its name and rights.",
          e);
    }
  }

  private static void checkRights(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      // Before its rights, whose mending would lock everybody out of it.
      throw new IllegalArgumentException(
          "The callback key file " + file + " is a directory: name a file in it.");
    }
    Set<PosixFilePermission> rights;
    try {
      rights = Files.getPosixFilePermissions(file);
    } catch (UnsupportedOperationException noSuchRights) {
      return;
    }
    if (!OWNERS.containsAll(rights)) {
      throw new IllegalArgumentException(
          "Others may read or change the callback key file " + file + ": chmod 600 " + file + ".");
    }
  }

  /**
   * Reads keys from the environment variable {@value #VARIABLE}: in base64, with commas between
   * them if there are several, the newest first.
   *
   * @return the keys
   * @throws IllegalArgumentException with a sentence that says what to do, if it is not set or
   *     holds something else; never shows a key
   */
  public static CallbackKeys environment() {
    CallbackKeys keys = environment(System.getenv());
    if (keys == null) {
      throw new IllegalArgumentException(
          VARIABLE + " is not set: set it to 32 random bytes in base64.");
    }
    return keys;
  }

  /** The keys that an environment holds, or null if it says nothing of them. */
  static @Nullable CallbackKeys environment(Map<String, String> environment) {
    String text = environment.get(VARIABLE);
    if (text == null) {
      return null;
    } else if (text.isBlank()) {
      // What was to set it found nothing; a key of the moment's would be taken for the one meant.
      throw new IllegalArgumentException(
          VARIABLE + " is set and blank: set it to 32 random bytes in base64, or unset it.");
    }
    List<String> texts = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    return new CallbackKeys(decoded(texts, VARIABLE, "a comma stands between them"), VARIABLE);
  }

  /**
   * Makes a new key.
   *
   * @return 32 random bytes in base64, as a file or the environment may hold them
   */
  public static String random() {
    return Base64.getEncoder().encodeToString(randomBytes());
  }

  static byte[] randomBytes() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return key;
  }

  private static IllegalArgumentException bad(int number, String source, String how) {
    return new IllegalArgumentException(
        "Callback key number " + number + " in " + source + " " + how + ".");
  }

  private static List<byte[]> decoded(List<String> texts, String source, String separator) {
    List<byte[]> keys = new ArrayList<>();
    for (String text : texts) {
      try {
        keys.add(Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/')));
      } catch (IllegalArgumentException e) {
        // Without the cause, whose message shows a character of the key.
        throw bad(
            keys.size() + 1,
            source,
            "is not base64: a key is 44 characters without quotes; where there are several, "
                + separator);
      }
    }
    return keys;
  }

  /** The key that seals. */
  Derived signing() {
    return derived.get(0);
  }

  /** The key of a name, or null. Names are no secrets. */
  @Nullable Derived find(String id) {
    for (Derived key : derived) {
      if (key.id().equals(id)) {
        return key;
      }
    }
    return null;
  }

  List<Derived> all() {
    return derived;
  }

  /** 32 bytes for one purpose. No salt is needed, as the key is random; one block is enough. */
  private static byte[] hkdf(byte[] key, String purpose) {
    byte[] extracted = hmac(macKey(new byte[KEY_BYTES]), key);
    byte[] info = (CallbackTokens.PURPOSE + purpose).getBytes(StandardCharsets.UTF_8);
    return hmac(macKey(extracted), info, new byte[] {1});
  }

  private static SecretKeySpec macKey(byte[] bytes) {
    return new SecretKeySpec(bytes, ALGORITHM);
  }

  /** HMAC-SHA256 of the parts one after the other. */
  static byte[] hmac(SecretKeySpec key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has HmacSHA256.", e);
    }
  }

  /** {@return the names of the keys as they stand in URLs, which tell nothing of them} */
  @Override
  public String toString() {
    return "CallbackKeys" + derived;
  }
}
