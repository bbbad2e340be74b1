package io.blinkreactor.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A look at members, beside the decoder. */
class GlanceTest {

  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());
  private static final String[] NAMES = {"id", "created_at", "state", "ä\"b", "other", ""};
  private static final Glance GLANCE = new Glance("id", "created_at", "ä\"b");
  private static final Shape TEXTS = new Shape();
  private static final Shape.Field<String> ID_TEXT = TEXTS.text("id");
  private static final Shape.Field<String> AT_TEXT = TEXTS.text("created_at");
  private static final Shape.Field<String> ODD_TEXT = TEXTS.text("ä\"b");
  private static final Shape INTEGERS = new Shape();
  private static final Shape.Field<Long> ID_NUMBER = INTEGERS.integer("id");
  private static final Shape.Field<Long> AT_NUMBER = INTEGERS.integer("created_at");
  private static final Shape.Field<Long> ODD_NUMBER = INTEGERS.integer("ä\"b");

  @Test
  void seesWhatTheDecoderSees() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 20_000; i++) {
      String json = object(random, 0);
      byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
      Document texts = TEXTS.decode(bytes);
      Document integers = INTEGERS.decode(bytes);
      Glance.Seen seen = GLANCE.at(bytes);
      String about = json + " seed " + SEED;
      assertThat(seen.text(0)).as(about).isEqualTo(texts.get(ID_TEXT));
      assertThat(seen.text(1)).as(about).isEqualTo(texts.get(AT_TEXT));
      assertThat(seen.text(2)).as(about).isEqualTo(texts.get(ODD_TEXT));
      assertThat(seen.integer(0)).as(about).isEqualTo(integers.get(ID_NUMBER));
      assertThat(seen.integer(1)).as(about).isEqualTo(integers.get(AT_NUMBER));
      assertThat(seen.integer(2)).as(about).isEqualTo(integers.get(ODD_NUMBER));
    }
  }

  /** Broken in one place, it is refused or read on, but never beyond its end. */
  @Test
  void whatIsBrokenEndsSomehow() {
    SplittableRandom random = new SplittableRandom(SEED);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = object(random, 0).getBytes(StandardCharsets.UTF_8);
      bytes[random.nextInt(bytes.length)] = (byte) "{}[]\":,\\ 7\n".charAt(random.nextInt(11));
      try {
        Glance.Seen seen = GLANCE.at(bytes);
        seen.integer(0);
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed " + SEED).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "7",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":\"\\",
        "{\"a\":1}x",
        "{\"a\":{}",
        "null"
      })
  void whatIsNoObjectIsRefused(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GLANCE.at(json.getBytes(StandardCharsets.UTF_8)));
  }

  /** What writes lines takes line breaks out, which must not change a value. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":\"a?b\"}",
        "{\"i?\":1}",
        "{\"x\":[{\"y\":\"far behind the beginning?\"}]}",
        "{\"x\":\"\\?\"}",
        "{\"x\":\"ü?\"}"
      })
  void aControlCharacterInAStringIsRefused(String json) {
    for (char c = 0; c < ' '; c++) {
      byte[] bytes = json.replace('?', c).getBytes(StandardCharsets.UTF_8);
      assertThatIllegalArgumentException().as("%d", (int) c).isThrownBy(() -> GLANCE.at(bytes));
      assertThat(GLANCE.within(bytes, 0)).as("%d", (int) c).isNull();
    }
  }

  @Test
  void bytesAreFoundWhereverTheyStand() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      for (int j = 0; j < bytes.length; j++) {
        if (random.nextInt(12) == 0) {
          bytes[j] = (byte) "\"\\\n\r\t!".charAt(random.nextInt(6));
        }
      }
      int from = random.nextInt(bytes.length + 1);
      assertThat(Bytes.quoteOrEscape(bytes, from, bytes.length))
          .as("seed " + SEED)
          .isEqualTo(first(bytes, from, b -> b == '"' || b == '\\'));
      assertThat(Bytes.lineBreak(bytes, from, bytes.length))
          .as("seed " + SEED)
          .isEqualTo(first(bytes, from, b -> b == '\n' || b == '\r'));
      assertThat(Bytes.quoteEscapeOrControl(bytes, from))
          .as("seed " + SEED)
          .isEqualTo(first(bytes, from, b -> b == '"' || b == '\\' || (b >= 0 && b < ' ')));
    }
  }

  private static int first(byte[] bytes, int from, IntPredicate wanted) {
    int i = from;
    while (i < bytes.length && !wanted.test(bytes[i])) {
      i++;
    }
    return i;
  }

  private static String object(SplittableRandom random, int depth) {
    StringBuilder json = new StringBuilder(space(random)).append('{').append(space(random));
    int members = random.nextInt(5);
    for (int i = 0; i < members; i++) {
      json.append(i == 0 ? "" : ",")
          .append(space(random))
          .append(string(random, NAMES[random.nextInt(NAMES.length)]))
          .append(space(random))
          .append(':')
          .append(space(random))
          .append(value(random, depth))
          .append(space(random));
    }
    return json.append('}').append(space(random)).toString();
  }

  private static String value(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth > 2 ? 8 : 10)) {
      case 0 -> "null";
      case 1 -> random.nextBoolean() ? "true" : "false";
      case 2 -> Long.toString(random.nextLong());
      case 3 -> Integer.toString(random.nextInt(-20, 20));
      case 4 -> "9223372036854775808";
      case 5 -> random.nextInt(100) + ".5e" + random.nextInt(5);
      case 6 -> "-0";
      case 7 -> string(random, "t\"ex}t\\ ü 🚫\n,:{[".substring(random.nextInt(8)));
      case 8 -> object(random, depth + 1);
      default -> "[" + value(random, depth + 1) + "," + value(random, depth + 1) + "]";
    };
  }

  /** Some characters escaped that need not be. */
  private static String string(SplittableRandom random, String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || random.nextInt(8) == 0) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c == '"' || c == '\\' ? "\\" : "").append(c);
      }
    }
    return json.append('"').toString();
  }

  private static String space(SplittableRandom random) {
    return random.nextInt(3) == 0 ? " \n\t\r".substring(random.nextInt(4)) : "";
  }
}
