package io.blinkreactor.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Retry-After|7|7",
        "Retry-After|0|0",
        "Retry-After|Sun, 22 Nov 2026 10:00:30 GMT|30",
        "Retry-After|Sun, 22 Nov 2026 09:00:00 GMT|0",
        "X-RateLimit-Reset|12|12",
        "X-RateLimit-Reset|1795341610|10",
        "X-RateLimit-Reset|1795341610000|10"
      })
  void readsEveryForm(String name, String value, long seconds) {
    assertThat(RetryAfter.of(headers(name, value), NOW)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "-1", "1.5", "99999999999999999999", ""})
  void whatCantBeReadIsNoPause(String value) {
    assertThat(RetryAfter.of(headers("Retry-After", value), NOW)).isNull();
  }

  @Test
  void retryAfterWinsOverReset() {
    HttpHeaders headers = headers("Retry-After", "3").add("X-RateLimit-Reset", "60");
    assertThat(RetryAfter.of(headers, NOW)).isEqualTo(Duration.ofSeconds(3));
  }

  private static HttpHeaders headers(String name, String value) {
    return new DefaultHttpHeaders().add(name, value);
  }
}
