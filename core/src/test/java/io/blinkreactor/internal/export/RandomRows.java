package io.blinkreactor.internal.export;

import io.blinkreactor.internal.export.Column.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Rows with all that a vendor could send: values of every kind in every column, absent, null,
 * twice, at the ends of their ranges, with any white space between tokens.
 */
final class RandomRows {

  static final List<Column> COLUMNS =
      List.of(
          new Column("id", Kind.TEXT),
          new Column("at", Kind.TIME),
          new Column("text", Kind.TEXT),
          new Column("number", Kind.INTEGER),
          new Column("flag", Kind.BOOLEAN),
          new Column("free", Kind.JSON),
          new Column("meta.id", Kind.TEXT),
          new Column("meta.size", Kind.INTEGER),
          new Column("meta.at", Kind.TIME),
          new Column("deep.down.text", Kind.TEXT));

  static final RowKeys KEYS = new RowKeys("id", "at", RowKeys.Form.EPOCH_MILLIS);

  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "a",
          "NULL",
          "null",
          "NaN",
          "true",
          "0",
          "a,b;c\td|e",
          "\"",
          "\"\"",
          "\"quoted\", and, \"more\"",
          "'",
          "\\",
          "\\N",
          "\n",
          "\r",
          "two\r\nlines",
          "\u0000",
          "a\u0000b",
          "\u0001\u001f\u007f\u0085\u2028\u2029",
          "=HYPERLINK(\"http://x\")",
          "+1",
          "-1",
          "@SUM(A1)",
          "\u00dcberpr\u00fcfe C:\\Benutzer\tliste",
          "\u5c01\u9396\u53ef\u7591\u7684 IP \ud83d\udeab",
          "</script>",
          "\ufeffbom",
          "{\"a\":1}",
          "2025-01-01T00:00:00Z",
          "  padded  ",
          "# comment",
          "x".repeat(5000),
          "\ud800",
          "\udc00\ud800");

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "1",
          "-1",
          "9007199254740993",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "123456789012345678901234567890",
          "0.1",
          "1.0",
          "1e3",
          "-1.5E-7",
          "1735689600000",
          "1735689600123",
          "-62135596800000",
          "-62135596800001",
          "253402300799999",
          "253402300800000");

  private final SplittableRandom random;
  private final List<String> texts;

  /**
   * Random rows.
   *
   * @param halves whether strings may hold half a surrogate pair
   */
  RandomRows(long seed, boolean halves) {
    this.random = new SplittableRandom(seed);
    this.texts = halves ? TEXTS : TEXTS.subList(0, TEXTS.size() - 2);
  }

  byte[] next() {
    Map<String, List<String>> holders = new LinkedHashMap<>();
    List<String> top = new ArrayList<>();
    for (Column column : COLUMNS) {
      String[] path = column.name().split("\\.");
      int times = random.nextInt(20) == 0 ? 2 : random.nextInt(10) == 0 ? 0 : 1;
      for (int i = 0; i < times; i++) {
        String member = member(path[path.length - 1], value(column.kind()));
        if (path.length == 1) {
          top.add(member);
        } else {
          holders
              .computeIfAbsent(path[0], name -> new ArrayList<>())
              .add(path.length == 2 ? member : member("down", object(List.of(member))));
        }
      }
    }
    holders.forEach(
        (name, members) -> {
          while (random.nextInt(3) == 0) {
            members.add(member(name(), any(2)));
          }
          top.add(member(name, random.nextInt(10) == 0 ? any(1) : object(shuffled(members))));
          if (random.nextInt(20) == 0) {
            top.add(member(name, random.nextBoolean() ? any(1) : object(shuffled(members))));
          }
        });
    while (random.nextInt(2) == 0) {
      top.add(member(name(), any(3)));
    }
    return object(shuffled(top)).getBytes(StandardCharsets.UTF_8);
  }

  private String value(Kind kind) {
    int draw = random.nextInt(10);
    if (draw == 0) {
      return "null";
    }
    if (draw < 3) {
      return any(2);
    }
    return switch (kind) {
      case TEXT -> text();
      case INTEGER -> random.nextBoolean() ? pick(NUMBERS) : Long.toString(random.nextLong());
      case BOOLEAN -> Boolean.toString(random.nextBoolean());
      case TIME ->
          random.nextBoolean() ? pick(NUMBERS) : Long.toString(random.nextLong(4_000_000_000_000L));
      case JSON -> any(3);
    };
  }

  private String any(int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> "null";
      case 1 -> text();
      case 2 -> pick(NUMBERS);
      case 3 -> Boolean.toString(random.nextBoolean());
      case 4 -> {
        List<String> members = new ArrayList<>();
        while (random.nextInt(3) > 0) {
          members.add(member(name(), any(depth - 1)));
        }
        yield object(members);
      }
      default -> {
        List<String> elements = new ArrayList<>();
        while (random.nextInt(3) > 0) {
          elements.add(any(depth - 1));
        }
        yield "[" + space() + String.join(space() + "," + space(), elements) + space() + "]";
      }
    };
  }

  private String member(String name, String value) {
    return quoted(name) + space() + ":" + space() + value;
  }

  private String object(List<String> members) {
    return "{" + space() + String.join(space() + "," + space(), members) + space() + "}";
  }

  private String text() {
    return quoted(random.nextInt(4) > 0 ? pick(texts) : pick(texts) + pick(texts));
  }

  /** Names of columns too, where they are none. */
  private String name() {
    return switch (random.nextInt(6)) {
      case 0 -> pick(COLUMNS).name() + "_";
      case 1 -> "meta.id";
      case 2 -> "extra";
      case 3 -> pick(TEXTS.subList(0, 30));
      default -> "x" + random.nextInt(100);
    };
  }

  /** A JSON string in one of the many ways to write it. */
  private String quoted(String text) {
    int escapes = random.nextInt(3);
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair = Character.isSurrogate(c);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c == '\n') {
        json.append("\\n");
      } else if (c < ' '
          || (pair && !isPair(text, i))
          || (c > '~' && escapes == 1)
          || (escapes == 2 && !pair && random.nextInt(4) == 0)) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  private static boolean isPair(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }

  private String space() {
    return switch (random.nextInt(12)) {
      case 0 -> " ";
      case 1 -> "\n  ";
      case 2 -> "\r\n\t";
      default -> "";
    };
  }

  private List<String> shuffled(List<String> members) {
    List<String> shuffled = new ArrayList<>(members);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      String member = shuffled.get(i);
      shuffled.set(i, shuffled.get(j));
      shuffled.set(j, member);
    }
    return shuffled;
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
