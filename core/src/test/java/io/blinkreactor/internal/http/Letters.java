package io.blinkreactor.internal.http;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes an element of each letter, as it is handed on. A dot makes none, {@code !} is unreadable
 * and {@code ?} breaks the reader.
 */
final class Letters implements BodyReader<String> {

  private final String end;

  /** A reader that has more elements once it knows the end. */
  Letters(String end) {
    this.end = end;
  }

  static byte[] bytes(String piece) {
    return piece.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public List<String> feed(byte[] piece) {
    return letters(new String(piece, StandardCharsets.UTF_8).replace(".", ""));
  }

  @Override
  public List<String> end() {
    return letters(end);
  }

  private static List<String> letters(String text) {
    List<String> letters = new ArrayList<>(List.of(text.split("")));
    letters.remove("");
    return new AbstractList<>() {
      @Override
      public String get(int index) {
        String letter = letters.get(index);
        if (letter.equals("!")) {
          throw new IllegalArgumentException("unreadable");
        }
        if (letter.equals("?")) {
          throw new IllegalStateException("broken reader");
        }
        return letter;
      }

      @Override
      public int size() {
        return letters.size();
      }
    };
  }
}
