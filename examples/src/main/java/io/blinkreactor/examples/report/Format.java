package io.blinkreactor.examples.report;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers, times and foreign texts as the page shows them. */
final class Format {

  private static final DateTimeFormatter DAY = pattern("d MMM");
  private static final DateTimeFormatter DATE = pattern("d MMM uuuu");
  private static final DateTimeFormatter MONTH = pattern("MMM uuuu");
  private static final DateTimeFormatter HOUR = pattern("d MMM uuuu HH:mm");
  private static final DateTimeFormatter YEAR = pattern("uuuu");

  private Format() {}

  private static DateTimeFormatter pattern(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
  }

  /** Any text as text of HTML, in elements and in quoted attributes. */
  static String text(String foreign) {
    StringBuilder out = new StringBuilder(foreign.length() + 16);
    for (int i = 0; i < foreign.length(); i++) {
      char c = foreign.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        case '\n', '\r', '\t' -> out.append(c);
        default -> {
          if (Character.isISOControl(c) || isLoneSurrogate(foreign, i)) {
            out.append('\uFFFD');
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.toString();
  }

  private static boolean isLoneSurrogate(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }

  static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** Such as "1 run" or "2,000 runs". */
  static String number(long number, String one) {
    return number(number) + " " + (number == 1 ? one : one + "s");
  }

  /** A share as HTML; never rounded to all or nothing. */
  static String percent(long part, long whole) {
    if (whole == 0) {
      return "–";
    } else if (part == 0 || part == whole) {
      return part == 0 ? "0%" : "100%";
    }
    double percent = 100.0 * part / whole;
    if (percent < 0.1) {
      return "&lt;0.1%";
    }
    return percent > 99.9 ? "&gt;99.9%" : String.format(Locale.ROOT, "%.1f%%", percent);
  }

  static String duration(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    } else if (millis < 59_950) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }
    long seconds = (millis + 500) / 1_000;
    if (seconds < 3_570) {
      return pair(seconds, 60, "min", "s");
    }
    long minutes = (seconds + 30) / 60;
    return minutes < 1_440
        ? pair(minutes, 60, "h", "min")
        : pair((minutes + 30) / 60, 24, "d", "h");
  }

  /** In two units, or in the larger one alone from ten on. */
  private static String pair(long small, long each, String unit, String smallUnit) {
    long large = small / each;
    long rest = small % each;
    if (large >= 10) {
      return number((small + each / 2) / each) + " " + unit;
    }
    return large + " " + unit + (rest == 0 ? "" : " " + rest + " " + smallUnit);
  }

  static String minute(Instant time) {
    return HOUR.format(Timeline.utc(time)) + " UTC";
  }

  /** Days from the first to the last. */
  static String period(Instant first, Instant last) {
    LocalDate from = Timeline.utc(first).toLocalDate();
    LocalDate to = Timeline.utc(last).toLocalDate();
    if (from.equals(to)) {
      return DATE.format(from);
    }
    return (from.getYear() == to.getYear() ? DAY : DATE).format(from) + " – " + DATE.format(to);
  }

  /** What a bar of the chart stands for, in full. */
  static String bar(Unit unit, LocalDateTime start) {
    return switch (unit) {
      case HOUR -> HOUR.format(start);
      case DAY -> DATE.format(start);
      case WEEK -> "week of " + DATE.format(start);
      case MONTH -> MONTH.format(start);
      case YEAR -> YEAR.format(start);
    };
  }

  /** The same below the axis, where the place is small. */
  static String tick(Unit unit, LocalDateTime start) {
    return switch (unit) {
      case HOUR ->
          start.getHour() == 0
              ? DAY.format(start)
              : String.format(Locale.ROOT, "%02d:00", start.getHour());
      case DAY -> DAY.format(start);
      case WEEK, MONTH -> MONTH.format(start);
      case YEAR -> YEAR.format(start);
    };
  }
}
