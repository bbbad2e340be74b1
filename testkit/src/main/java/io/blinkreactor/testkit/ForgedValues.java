package io.blinkreactor.testkit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** What a stranger sends in place of secret values that he can only guess at. */
final class ForgedValues {
  private final SplittableRandom random;
  private final int way;

  ForgedValues(SplittableRandom random) {
    this.random = random;
    this.way = random.nextInt(3);
  }

  Map<String, String> instead(Map<String, String> honest) {
    Map<String, String> forged = new LinkedHashMap<>();
    if (way < 2) {
      honest.forEach(
          (name, value) ->
              forged.put(
                  name,
                  name.equalsIgnoreCase("content-type")
                      ? value
                      : way == 0 ? sameShape(value) : oneOff(value)));
    }
    return forged;
  }

  private String sameShape(String value) {
    StringBuilder shape = new StringBuilder(value);
    for (int i = 0; i < shape.length(); i++) {
      shape.setCharAt(i, like(shape.charAt(i)));
    }
    return shape.toString().equals(value) ? oneOff(value) : shape.toString();
  }

  private char like(char c) {
    if (c >= '0' && c <= '9') {
      return (char) ('0' + random.nextInt(10));
    }
    if (c >= 'a' && c <= 'z') {
      return (char) ('a' + random.nextInt(26));
    }
    return c >= 'A' && c <= 'Z' ? (char) ('A' + random.nextInt(26)) : c;
  }

  /**
   * Changes one character that is not the last: the last one of a base64 text may hold bits that
   * nobody reads, and then the value would still be the honest one.
   */
  private String oneOff(String value) {
    if (value.isEmpty()) {
      return "x";
    }
    int at = value.length() == 1 ? 0 : random.nextInt(value.length() - 1);
    char c = value.charAt(at);
    char flipped = (char) (c ^ 1);
    char other =
        Character.isLetterOrDigit(flipped) && flipped < 128 ? flipped : c == 'x' ? 'y' : 'x';
    return value.substring(0, at) + other + value.substring(at + 1);
  }
}
