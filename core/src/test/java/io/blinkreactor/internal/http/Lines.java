package io.blinkreactor.internal.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes an element of each line, and refuses a body that ends within one. */
final class Lines implements BodyReader<String> {

  private String rest = "";

  @Override
  public List<String> feed(byte[] piece) {
    String text = rest + new String(piece, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>();
    int from = 0;
    int end;
    while ((end = text.indexOf('\n', from)) >= 0) {
      lines.add(text.substring(from, end));
      from = end + 1;
    }
    rest = text.substring(from);
    return lines;
  }

  @Override
  public List<String> end() {
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException("The last line has no end.");
    }
    return List.of();
  }
}
