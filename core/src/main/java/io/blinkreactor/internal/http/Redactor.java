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

  private final Supplier<? extends @Nullable String> secret;

  /** A redactor of what the supplier answers at the time. */
  public Redactor(Supplier<? extends @Nullable String> secret) {
    this.secret = secret;
  }

  /** Cleans a text of the secret. */
  public @Nullable String clean(@Nullable String text) {
    return clean(text, List.of());
  }

  /**
   * Cleans a text of the secret and of further ones; null stays null and an empty text becomes
   * null.
   */
  public @Nullable String clean(@Nullable String text, List<String> furtherSecrets) {
    if (text == null || text.isBlank()) {
      return null;
    }
    String clean = text;
    String hidden = secret.get();
    if (hidden != null && !hidden.isEmpty()) {
      clean = clean.replace(hidden, "[redacted]");
    }
    for (String further : furtherSecrets) {
      if (!further.isEmpty()) {
        clean = clean.replace(further, "[redacted]");
      }
    }
    StringBuilder out = new StringBuilder(Math.min(clean.length(), LIMIT));
    clean
        .codePoints()
        .limit(LIMIT)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return clean.length() > LIMIT ? out + "..." : out.toString();
  }
}
