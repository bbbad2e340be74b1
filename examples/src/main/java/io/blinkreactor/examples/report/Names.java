package io.blinkreactor.examples.report;

/** Texts from the data that are kept while counting. */
final class Names {

  private Names() {}

  /** A text of at most so many characters, so that no row makes the report large. */
  static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
    return text.substring(0, end) + "…";
  }
}
