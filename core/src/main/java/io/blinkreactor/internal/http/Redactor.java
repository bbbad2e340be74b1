package io.blinkreactor.internal.http;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes a text from outside fit for exceptions and logs: no secret, no control character, no flood.
 */
public final class Redactor {

  /** Characters kept of one text. */
  static final int LIMIT = 1_000;

  private final Supplier<List<String>> secrets;

  /** A redactor of everything that the supplier answers at the time. */
  public Redactor(Supplier<List<String>> secrets) {
    this.secrets = secrets;
  }

  /** A redactor of the one secret that the supplier answers at the time. */
  public static Redactor of(Supplier<? extends @Nullable String> secret) {
    return new Redactor(
        () -> {
          String hidden = secret.get();
          return hidden == null ? List.of() : List.of(hidden);
        });
  }

  /** Cleans a text of the secrets. */
  public @Nullable String clean(@Nullable String text) {
    return clean(text, List.of());
  }

  /**
   * Cleans a text of the secrets and of further ones; null stays null and an empty text becomes
   * null.
   */
  public @Nullable String clean(@Nullable String text, List<String> furtherSecrets) {
    if (text == null || text.isBlank()) {
      return null;
    }
    String clean = text;
    clean = without(clean, secrets.get());
    clean = without(clean, furtherSecrets);
    StringBuilder out = new StringBuilder(Math.min(clean.length(), LIMIT));
    clean
        .codePoints()
        .limit(LIMIT)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return clean.length() > LIMIT ? out + "..." : out.toString();
  }

  private static String without(String text, List<String> secrets) {
    String clean = text;
    for (String secret : secrets) {
      if (!secret.isEmpty()) {
        clean = clean.replace(secret, "[redacted]");
      }
    }
    return clean;
  }
}
