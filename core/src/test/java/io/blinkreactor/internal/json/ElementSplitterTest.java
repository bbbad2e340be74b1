package io.blinkreactor.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElementSplitterTest {

  private static final Glance GLANCE = new Glance("results", "k");

  private static final String PAGE =
      " { \"limit\" : 2,\"meta\":{\"results\":[9],\"x\":\"]}\"}, \"results\" : [ {\"a\":\"}]\\\"\\\\\",\"b\":[1,{}]} ,\n"
          + "{}, [ ] , 12 ,\"s,]\" , null,true], \"total\":7, \"results2\":[1] } \n";

  private static final List<String> ELEMENTS =
      List.of("{\"a\":\"}]\\\"\\\\\",\"b\":[1,{}]}", "{}", "[ ]", "12", "\"s,]\"", "null", "true");

  @Test
  void elementsComeWithTheirOwnBytesHoweverTheTextIsCut() {
    byte[] text = PAGE.getBytes(StandardCharsets.UTF_8);
    for (int first = 0; first <= text.length; first++) {
      for (int second = first; second <= text.length; second++) {
        ElementSplitter splitter = splitter();
        List<String> elements = new ArrayList<>();
        feed(splitter, Arrays.copyOfRange(text, 0, first), elements);
        feed(splitter, Arrays.copyOfRange(text, first, second), elements);
        feed(splitter, Arrays.copyOfRange(text, second, text.length), elements);
        assertThat(elements).as("cut at %d and %d", first, second).isEqualTo(ELEMENTS);
        assertThat(new String(splitter.end(), StandardCharsets.UTF_8))
            .isEqualTo(
                "{ \"limit\" : 2,\"meta\":{\"results\":[9],\"x\":\"]}\"}, \"results\" : [], \"total\":7, \"results2\":[1] }");
      }
    }
  }

  @Test
  void anElementComesWithItsLastByte() {
    ElementSplitter splitter = splitter();
    List<String> elements = new ArrayList<>();
    feed(splitter, "{\"results\":[{\"a\":1".getBytes(StandardCharsets.UTF_8), elements);
    assertThat(elements).isEmpty();
    feed(splitter, "}".getBytes(StandardCharsets.UTF_8), elements);
    assertThat(elements).containsExactly("{\"a\":1}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[]||{}",
        " [1, 2 ] |1;2|{}",
        "{}||{}",
        "{\"results\":[]}||{\"results\":[]}",
        "{\"results\":null,\"total\":0}||{\"results\":null,\"total\":0}",
        "{\"total\":\"[1]\"}||{\"total\":\"[1]\"}"
      })
  void bareAndEmptyLists(String text, String elements, String envelope) {
    ElementSplitter splitter = splitter();
    List<String> found = new ArrayList<>();
    feed(splitter, text.getBytes(StandardCharsets.UTF_8), found);
    assertThat(String.join(";", found)).isEqualTo(elements == null ? "" : elements);
    assertThat(new String(splitter.end(), StandardCharsets.UTF_8)).isEqualTo(envelope);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"results\":[",
        "{\"results\":[{}",
        "{\"results\":[{}]",
        "[1",
        "{\"results\":[\"",
        "<html>",
        "7",
        "{} x",
        "[] []"
      })
  void whatIsCutOffOrNoListIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> {
              ElementSplitter splitter = splitter();
              splitter.feed(text.getBytes(StandardCharsets.UTF_8));
              splitter.end();
            });
  }

  @Test
  void memoryIsBoundedByOneElement() {
    ElementSplitter splitter = new ElementSplitter(Set.of("results"), 100);
    byte[] row = ("{\"a\":\"" + "x".repeat(80) + "\"},").getBytes(StandardCharsets.UTF_8);
    splitter.feed("{\"results\":[".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 1000; i++) {
      assertThat(splitter.feed(row)).hasSize(1);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> splitter.feed(("{\"a\":\"" + "x".repeat(100)).getBytes(StandardCharsets.UTF_8)))
        .withMessageContaining("larger than 100 bytes");
  }

  /** Random texts, made from known elements and cut at random. */
  @Test
  void noElementIsTornOrJoined() {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 3_000; round++) {
      List<String> values = new ArrayList<>();
      for (int n = random.nextInt(5); n > 0; n--) {
        values.add(value(random, 3));
      }
      String list = values.stream().collect(Collectors.joining(" ,", "[", "]"));
      byte[] text =
          ("{\"a\":" + value(random, 2) + ",\"results\":" + list + "}")
              .getBytes(StandardCharsets.UTF_8);
      int most = round % 2 == 0 ? 8 : text.length;
      String told = "seed %d round %d".formatted(seed, round);
      ElementSplitter plain = splitter();
      ElementSplitter looking = new ElementSplitter(Set.of("results"), 10_000, GLANCE);
      List<String> elements = new ArrayList<>();
      List<String> looked = new ArrayList<>();
      for (int at = 0; at < text.length; ) {
        int to = Math.min(text.length, at + 1 + random.nextInt(most));
        byte[] piece = Arrays.copyOfRange(text, at, to);
        feed(plain, piece, elements);
        for (Element element : looking.feed(piece)) {
          looked.add(new String(element.json(), StandardCharsets.UTF_8));
          checkSeen(element, told);
        }
        at = to;
      }
      assertThat(plain.end()).isEqualTo(looking.end());
      assertThat(elements).as(told).isEqualTo(values);
      assertThat(looked).as(told).isEqualTo(values);
    }
  }

  /** What was seen on the way is what is seen of the element alone. */
  private static void checkSeen(Element element, String told) {
    if (element.json()[0] == '{') {
      Glance.Seen alone = GLANCE.at(element.json());
      assertThat(element.seen(GLANCE).text(0)).as(told).isEqualTo(alone.text(0));
      assertThat(element.seen(GLANCE).integer(1)).as(told).isEqualTo(alone.integer(1));
    } else {
      assertThatIllegalArgumentException().as(told).isThrownBy(() -> element.seen(GLANCE));
    }
  }

  private static String value(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> "\"" + "x,]}\\\"\\\\\u00fc[{:".substring(0, 4 + 4 * random.nextInt(2)) + "\"";
      case 1 -> Integer.toString(random.nextInt());
      case 2 -> "null";
      case 3 -> "\"\\u005d\"";
      case 4 -> "1.5e3";
      case 5 -> "[" + value(random, depth - 1) + " , " + value(random, depth - 1) + "]";
      default ->
          "{\"results\":"
              + value(random, depth - 1)
              + ", \"k\" : "
              + value(random, depth - 1)
              + "}";
    };
  }

  private static ElementSplitter splitter() {
    return new ElementSplitter(Set.of("results", "data"), 10_000);
  }

  private static void feed(ElementSplitter splitter, byte[] piece, List<String> into) {
    splitter.feed(piece).forEach(e -> into.add(new String(e.json(), StandardCharsets.UTF_8)));
  }
}
