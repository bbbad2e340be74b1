package io.blinkreactor.examples.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** So many a second, with or without the words. */
final class RateConverter implements ITypeConverter<Double> {

  private static final Pattern RATE = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,6})?)(?:/s)?");

  @Override
  public Double convert(String text) {
    Matcher rate = RATE.matcher(text);
    if (!rate.matches()) {
      throw new TypeConversionException("'" + text + "' is not a rate such as 5/s or 0.5/s");
    }
    return Double.valueOf(rate.group(1));
  }
}
