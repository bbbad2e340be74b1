package io.blinkreactor.internal;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Checks that builders share; each fails with a sentence that names the option. */
public final class OptionChecks {

  private OptionChecks() {}

  /** Ten years: beyond any use, and far from where nanoseconds overflow. */
  private static final Duration LONGEST = Duration.ofDays(3650);

  private static final Instant FAR = Instant.parse("9999-12-31T23:59:59Z");

  /** Answers the duration if it is more than zero, and not beyond any use. */
  public static Duration positive(String option, Duration value) {
    if (requireNonNull(value, option).isZero() || value.isNegative()) {
      throw new IllegalArgumentException(
          "'" + option + "' must be more than zero, not " + value + ".");
    }
    if (value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "'"
              + option
              + "' must be at most "
              + LONGEST.toDays()
              + " days, not "
              + value.toDays()
              + " days.");
    }
    return value;
  }

  /** Answers the time if executions may have it, and epoch milliseconds can hold it. */
  public static Instant executionTime(String option, Instant value) {
    if (requireNonNull(value, option).isBefore(Instant.EPOCH) || value.isAfter(FAR)) {
      throw new IllegalArgumentException(
          "'" + option + "' is no time of an execution: " + value + ".");
    }
    return value;
  }

  /**
   * Answers the duration if it is a millisecond or more, in which Netty counts: it would take less
   * for no limit.
   */
  public static Duration timeout(String option, Duration value) {
    if (positive(option, value).toMillis() == 0) {
      throw new IllegalArgumentException(
          "'" + option + "' must be a millisecond or more, not " + value + ".");
    }
    return value;
  }

  /** Answers the number if it is within the bounds. */
  public static int within(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "'"
              + option
              + "' must be "
              + min
              + (max == Integer.MAX_VALUE ? " or more" : " to " + max)
              + ", not "
              + value
              + ".");
    }
    return value;
  }

  /**
   * Answers the key, token or secret if it can be one; the complaint does not show it.
   *
   * @param name what it is, such as "API key"
   * @param source where it is set, as the end of a sentence
   */
  public static String secret(String name, @Nullable String value, String source) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("The " + name + " is empty: set " + source + ".");
    }
    if (!isPrintable(value)) {
      throw new IllegalArgumentException(
          "The "
              + name
              + " has a space, a line break or another character that no key has: check how it was copied.");
    }
    return value;
  }

  /** Whether a text is ASCII without spaces and control characters, as a header value may be. */
  public static boolean isPrintable(String text) {
    return text.chars().allMatch(c -> c > ' ' && c < 127);
  }

  /** Answers the id if it can stand in a path. */
  public static String id(String id) {
    // An empty or dotted id would be another path: the list, or whatever stands above it.
    if (id.isBlank() || id.equals(".") || id.equals("..")) {
      throw new IllegalArgumentException("The id is empty or a path, not an id: \"" + id + "\".");
    }
    return id;
  }

  /**
   * Answers the URL without a slash at its end, if it is one that secrets may be sent to.
   *
   * @param name what the URL is, such as "base URL"
   * @param plainHttp whether http is allowed beyond this machine
   * @param advice what to set, as the end of a sentence
   */
  public static URI httpUrl(String name, String text, boolean plainHttp, String advice) {
    URI url;
    try {
      url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    } catch (URISyntaxException e) {
      throw badUrl(name, text, "is not a URL", advice);
    }
    String scheme = url.getScheme();
    if (url.getHost() == null || scheme == null || !scheme.matches("(?i)https?")) {
      throw badUrl(name, text, "is not an http or https URL with a host", advice);
    }
    if (url.getPort() > 65_535) {
      throw badUrl(name, text, "has a port beyond 65535", advice);
    }
    if (url.getUserInfo() != null || url.getQuery() != null || url.getFragment() != null) {
      throw badUrl(name, text, "has a user, a query or a fragment", advice);
    }
    if (scheme.equalsIgnoreCase("http") && !plainHttp && !isLoopback(url.getHost())) {
      throw badUrl(
          name,
          text,
          "would carry secrets in the clear; use https, or allow it with allowPlainHttp",
          advice);
    }
    return url;
  }

  /** The complaint about a URL, without a password that may stand in it. */
  public static IllegalArgumentException badUrl(
      String name, String text, String why, String advice) {
    return new IllegalArgumentException(
        "The " + name + " " + text.replaceFirst("//[^/@]*@", "//...@") + " " + why + ": " + advice);
  }

  /** Whether a host of a URL is this machine. */
  public static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.equals("[::1]")
        || host.matches("127(\\.\\d{1,3}){3}");
  }
}
