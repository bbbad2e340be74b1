package io.blinkreactor.internal.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Reads the pause a server asks for: {@code Retry-After} in both forms of RFC 9110, else {@code
 * X-RateLimit-Reset}.
 */
final class RetryAfter {

  /** Above this a reset value can only be an epoch time: 2001-09-09 in seconds. */
  private static final long EPOCH_SECONDS = 1_000_000_000L;

  private static final long EPOCH_MILLIS = 1_000_000_000_000L;

  private RetryAfter() {}

  static @Nullable Duration of(HttpHeaders headers, Instant now) {
    Duration pause = retryAfter(headers.get("Retry-After"), now);
    return pause != null ? pause : reset(headers.get("X-RateLimit-Reset"), now);
  }

  private static @Nullable Duration retryAfter(@Nullable String value, Instant now) {
    if (value == null) {
      return null;
    }
    Long seconds = number(value);
    if (seconds != null) {
      return Duration.ofSeconds(seconds);
    }
    try {
      return until(
          ZonedDateTime.parse(value.trim(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant(), now);
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static @Nullable Duration reset(@Nullable String value, Instant now) {
    Long number = value == null ? null : number(value);
    if (number == null) {
      return null;
    }
    if (number >= EPOCH_MILLIS) {
      return until(Instant.ofEpochMilli(number), now);
    }
    return number >= EPOCH_SECONDS
        ? until(Instant.ofEpochSecond(number), now)
        : Duration.ofSeconds(number);
  }

  private static Duration until(Instant then, Instant now) {
    Duration pause = Duration.between(now, then);
    return pause.isNegative() ? Duration.ZERO : pause;
  }

  /** A number of at most 15 digits, so that no sum overflows. */
  private static @Nullable Long number(String value) {
    String digits = value.trim();
    return digits.matches("\\d{1,15}") ? Long.valueOf(digits) : null;
  }
}
