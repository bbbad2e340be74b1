package io.blinkreactor.examples.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations as ISO 8601 writes them; {@code 90s} is the short form of {@code PT90S}. */
final class DurationConverter implements ITypeConverter<Duration> {

  private static final Pattern SHORT = Pattern.compile("[0-9.]+[smhSMH]");

  @Override
  public Duration convert(String text) {
    try {
      return Duration.parse(SHORT.matcher(text).matches() ? "PT" + text : text);
    } catch (DateTimeParseException e) {
      throw new TypeConversionException(
          "'" + text + "' is not a duration such as 90s, 10m, PT1H or P1D");
    }
  }
}
