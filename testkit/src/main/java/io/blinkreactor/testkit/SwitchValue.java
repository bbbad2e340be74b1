package io.blinkreactor.testkit;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A kind of switch value: how it is read, and the words that say what it takes. */
final class SwitchValue {
  private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern WORDS = Pattern.compile("[A-Za-z][A-Za-z0-9 _.-]*");
  private static final Pattern IDS = Pattern.compile("[A-Za-z0-9_.-]+");

  /** How long a run takes; a manual one ends when the test says so. */
  record RunDuration(Duration least, Duration most, boolean manual) {
    /** A duration of the range, at a point between 0 and 1. */
    Duration at(double point) {
      return least.plusNanos((long) (most.minus(least).toNanos() * point));
    }
  }

  /** The hint that comes with a 429 or 503. */
  record RetryAfter(String form, long seconds) {}

  final String takes;
  private final Function<String, @Nullable Object> reader;

  private SwitchValue(String takes, Function<String, @Nullable Object> reader) {
    this.takes = takes;
    this.reader = reader;
  }

  /** Reads a value, or throws an IllegalArgumentException with a sentence that names the key. */
  Object read(String key, String text) {
    @Nullable Object value;
    try {
      value = reader.apply(text.strip());
    } catch (IllegalArgumentException | DateTimeParseException | ArithmeticException e) {
      throw refusal(key, text, e);
    }
    if (value == null) {
      throw refusal(key, text, null);
    }
    return value;
  }

  private IllegalArgumentException refusal(String key, String text, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "The switch " + key + " takes " + takes + ", not '" + text + "'.", cause);
  }

  static SwitchValue share() {
    return new SwitchValue(
        "a share between 0 and 1",
        text -> {
          double share = Double.parseDouble(text);
          return share >= 0 && share <= 1 ? share : null;
        });
  }

  static SwitchValue count(long least, long most) {
    return new SwitchValue(
        "a whole number between " + least + " and " + most,
        text -> {
          long count = Long.parseLong(text);
          return count >= least && count <= most ? count : null;
        });
  }

  static SwitchValue duration() {
    return new SwitchValue("a duration such as PT0.5S, 500ms or 2s", SwitchValue::parseDuration);
  }

  static SwitchValue runDuration() {
    return new SwitchValue(
        "a duration such as 200ms, a range such as 50ms..300ms, or manual",
        text -> {
          if (text.equals("manual")) {
            return new RunDuration(Duration.ZERO, Duration.ZERO, true);
          }
          int dots = text.indexOf("..");
          Duration least = parseDuration(dots < 0 ? text : text.substring(0, dots));
          Duration most = dots < 0 ? least : parseDuration(text.substring(dots + 2));
          return least == null || most == null || most.compareTo(least) < 0
              ? null
              : new RunDuration(least, most, false);
        });
  }

  static SwitchValue choice(String... words) {
    List<String> known = List.of(words);
    return new SwitchValue(
        "one of " + String.join(", ", words), text -> known.contains(text) ? text : null);
  }

  static SwitchValue onOff() {
    return new SwitchValue(
        "on or off",
        text ->
            switch (text) {
              case "on" -> true;
              case "off" -> false;
              default -> null;
            });
  }

  static SwitchValue name() {
    return new SwitchValue(
        "a name of letters, digits, spaces, dots, dashes and underscores that begins with a letter",
        text -> WORDS.matcher(text).matches() ? text : null);
  }

  static SwitchValue ids() {
    return new SwitchValue(
        "a comma list of ids, which may be empty",
        text -> text.isEmpty() ? Set.of() : set(text, id -> IDS.matcher(id).matches()));
  }

  /** The empty set stands for all. */
  static SwitchValue allOr(String takes, Predicate<String> known) {
    return new SwitchValue(
        "all or a comma list of " + takes,
        text -> text.equals("all") ? Set.of() : set(text, known));
  }

  static SwitchValue weights() {
    return new SwitchValue(
        "weights such as Completed=90,Failed=10, none negative and not all 0",
        text -> {
          Map<String, Double> weights = new LinkedHashMap<>();
          for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? "" : part.substring(0, equals).strip();
            double weight =
                equals < 0 ? -1 : Double.parseDouble(part.substring(equals + 1).strip());
            if (!WORDS.matcher(name).matches() || !(weight >= 0) || Double.isInfinite(weight)) {
              return null;
            }
            weights.put(name, weight);
          }
          return weights.values().stream().mapToDouble(w -> w).sum() > 0 ? weights : null;
        });
  }

  static SwitchValue retryAfter() {
    return new SwitchValue(
        "none, seconds:N, date:N or reset:N",
        text -> {
          if (text.equals("none")) {
            return new RetryAfter("none", 0);
          }
          int colon = text.indexOf(':');
          String form = colon < 0 ? "" : text.substring(0, colon);
          return List.of("seconds", "date", "reset").contains(form)
              ? new RetryAfter(form, Integer.parseUnsignedInt(text.substring(colon + 1)))
              : null;
        });
  }

  static boolean isName(String text) {
    return WORDS.matcher(text).matches();
  }

  static boolean isListMember(String text) {
    Field field = Field.of(text);
    return field != null && field.inLists();
  }

  static Predicate<String> isOneOf(Enum<?>... constants) {
    return text -> Arrays.stream(constants).anyMatch(constant -> constant.name().equals(text));
  }

  private static @Nullable Set<String> set(String text, Predicate<String> known) {
    Set<String> parts = new LinkedHashSet<>(Arrays.asList(text.split(",", -1)));
    Set<String> stripped = new LinkedHashSet<>();
    parts.forEach(part -> stripped.add(part.strip()));
    return stripped.stream().allMatch(known) ? stripped : null;
  }

  private static @Nullable Duration parseDuration(String text) {
    Matcher shortForm = SHORT_DURATION.matcher(text);
    if (shortForm.matches()) {
      long number = Long.parseLong(shortForm.group(1));
      return switch (shortForm.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "m" -> Duration.ofMinutes(number);
        default -> Duration.ofHours(number);
      };
    }
    if (!text.toUpperCase(Locale.ROOT).startsWith("P")) {
      return null;
    }
    Duration duration = Duration.parse(text);
    return duration.isNegative() ? null : duration;
  }
}
