package io.blinkreactor.internal.export;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;

/** Times as ISO 8601 writes them in UTC with milliseconds: 2025-01-01T00:00:00.000Z. */
final class IsoTime {

  private static final long MIN = Instant.parse("0001-01-01T00:00:00.000Z").toEpochMilli();
  private static final long MAX = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();
  private static final int DAY = 24 * 60 * 60 * 1000;

  private IsoTime() {}

  /** Whether the year has four digits and is one that all tools know. */
  static boolean fits(long millis) {
    return millis >= MIN && millis <= MAX;
  }

  /** The text of a time that fits. Several times as fast as a formatter. */
  static String text(long millis) {
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(millis, DAY));
    int time = Math.floorMod(millis, DAY);
    byte[] text = "0000-00-00T00:00:00.000Z".getBytes(StandardCharsets.US_ASCII);
    digits(text, 4, date.getYear());
    digits(text, 7, date.getMonthValue());
    digits(text, 10, date.getDayOfMonth());
    digits(text, 13, time / (60 * 60 * 1000));
    digits(text, 16, time / (60 * 1000) % 60);
    digits(text, 19, time / 1000 % 60);
    digits(text, 23, time % 1000);
    return new String(text, StandardCharsets.US_ASCII);
  }

  private static void digits(byte[] text, int end, int number) {
    int at = end;
    for (int rest = number; rest > 0; rest /= 10) {
      text[--at] = (byte) ('0' + rest % 10);
    }
  }
}
