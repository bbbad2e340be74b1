package io.blinkreactor.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blinkreactor.JsonValue;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentTest {

  private static final Shape SHAPE = new Shape();
  private static final Shape.Field<String> NAME = SHAPE.text("name");
  private static final Shape.Field<Long> SIZE = SHAPE.integer("size");
  private static final Shape.Field<Boolean> OPEN = SHAPE.bool("open");
  private static final Shape.Field<Instant> AT = SHAPE.epochMillis("at");
  private static final Shape.Field<JsonValue> FREE = SHAPE.json("free");
  private static final Shape.Field<Map<String, String>> TEXTS = SHAPE.texts("texts");
  private static final Shape.Field<Map<String, Long>> COUNTS = SHAPE.integers("counts");

  @Test
  void membersAreReadInAnyOrder() {
    Document document =
        decode(
            "{ \"counts\":{\"a\":1,\"b\":9007199254740993}, \"free\" : [1, {\"x\": null}] ,\"at\":1735689600000,"
                + "\"open\":true,\"size\":-3,\"name\":\"\\u00fcber \\\"x\\\"\",\"texts\":{\"k\":\"v\"}}");
    assertThat(document.get(NAME)).isEqualTo("\u00fcber \"x\"");
    assertThat(document.get(SIZE)).isEqualTo(-3);
    assertThat(document.get(OPEN)).isTrue();
    assertThat(document.get(AT)).isEqualTo(Instant.parse("2025-01-01T00:00:00Z"));
    assertThat(document.get(FREE)).hasToString("[1, {\"x\": null}]");
    assertThat(document.get(TEXTS)).isEqualTo(Map.of("k", "v"));
    assertThat(document.get(COUNTS)).isEqualTo(Map.of("a", 1L, "b", 9007199254740993L));
    assertThat(document.unknown()).isEmpty();
  }

  @Test
  void absentNullAndZeroTimesAreNull() {
    Document document = decode("{\"name\":null,\"at\":0,\"free\":null,\"texts\":null}");
    assertThat(document.get(NAME)).isNull();
    assertThat(document.get(SIZE)).isNull();
    assertThat(document.get(AT)).isNull();
    assertThat(document.get(FREE)).isNull();
    assertThat(document.unknown()).isEmpty();
  }

  @Test
  void unknownMembersAndWrongTypesAreKeptAsTheyCame() {
    String json =
        "{\"name\":7,\"new\":{\"deep\":[1.10,1e5, 12345678901234567890]},\"size\":\"3\",\"open\":0.5,"
            + "\"texts\":{\"a\":1},\"counts\":{\"a\":1.5},\"at\":\"2025\",\"other\":\"\u4f60\\u597d\"}";
    Document document = decode(json);
    assertThat(document.get(NAME)).isNull();
    assertThat(document.get(SIZE)).isNull();
    assertThat(document.get(TEXTS)).isNull();
    assertThat(document.unknown().keySet())
        .containsExactly("name", "new", "size", "open", "texts", "counts", "at", "other");
    assertThat(document.unknown().get("new"))
        .hasToString("{\"deep\":[1.10,1e5, 12345678901234567890]}");
    assertThat(document.unknown().get("other")).hasToString("\"\u4f60\\u597d\"");
    assertThat(document.json()).hasToString(json);
  }

  @Test
  void aNumberBeyondLongIsKeptAndNotCut() {
    Document document = decode("{\"size\":9223372036854775808}");
    assertThat(document.get(SIZE)).isNull();
    assertThat(document.unknown().get("size")).hasToString("9223372036854775808");
  }

  private static final Shape INNER = new Shape();
  private static final Shape.Field<String> LABEL = INNER.text("label");
  private static final Shape.Field<Instant> SINCE = INNER.time("since");
  private static final Shape OUTER = new Shape();
  private static final Shape.Field<Document> ONE = OUTER.object("one", INNER);
  private static final Shape.Field<List<Document>> MANY = OUTER.objects("many", INNER);

  @Test
  void objectsWithinObjectsKeepTheirOwnBytesAndUnknownMembers() {
    Document outer =
        outer(
            " {\"x\": 1, \"one\" : { \"label\":\"a\", \"new\":[1, {}] } ,"
                + "\"many\":[{\"label\":\"b\"} , {\"deep\":{\"label\":\"\u4f60\"},\"label\":\"c\"}]} ");
    Document one = Objects.requireNonNull(outer.get(ONE));
    assertThat(one.get(LABEL)).isEqualTo("a");
    assertThat(one.json()).hasToString("{ \"label\":\"a\", \"new\":[1, {}] }");
    assertThat(one.unknown()).containsOnlyKeys("new");
    assertThat(one.unknown().get("new")).hasToString("[1, {}]");
    List<Document> many = Objects.requireNonNull(outer.get(MANY));
    assertThat(many).extracting(d -> d.get(LABEL)).containsExactly("b", "c");
    assertThat(many.get(1).unknown().get("deep")).hasToString("{\"label\":\"\u4f60\"}");
    assertThat(outer.unknown()).containsOnlyKeys("x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"one\":[],\"many\":{}}",
        "{\"one\":7,\"many\":[{\"label\":\"a\"},7,{\"label\":\"b\"}]}",
        "{\"one\":\"text\",\"many\":[[{}]]}"
      })
  void whatIsNoObjectOrNoListOfThemIsUnknown(String json) {
    Document outer = outer(json);
    assertThat(outer.get(ONE)).isNull();
    assertThat(outer.get(MANY)).isNull();
    assertThat(outer.unknown()).containsOnlyKeys("one", "many");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-05-04T03:02:01Z,2026-05-04T03:02:01Z",
    "2026-05-04t03:02:01.234567891z,2026-05-04T03:02:01.234567891Z",
    "2026-05-04 03:02:01.5+02:00,2026-05-04T01:02:01.5Z"
  })
  void timesAreReadHoweverRfc3339AllowsThem(String text, Instant time) {
    Document one = Objects.requireNonNull(outer("{\"one\":{\"since\":\"" + text + "\"}}").get(ONE));
    assertThat(one.get(SINCE)).isEqualTo(time);
    assertThat(one.unknown()).isEmpty();
  }

  @Test
  void aTextThatIsNoTimeIsKeptAndAnEmptyOneIsNone() {
    Document one = Objects.requireNonNull(outer("{\"one\":{\"since\":\"yesterday\"}}").get(ONE));
    assertThat(one.get(SINCE)).isNull();
    assertThat(one.unknown().get("since")).hasToString("\"yesterday\"");
    Document unset = Objects.requireNonNull(outer("{\"one\":{\"since\":\"\"}}").get(ONE));
    assertThat(unset.get(SINCE)).isNull();
    assertThat(unset.unknown()).isEmpty();
  }

  private static Document outer(String json) {
    return OUTER.decode(json.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "7", "{", "{\"a\":}", "{} {}", "<html>", "null"})
  void whatIsNoObjectIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> decode(text));
  }

  private static Document decode(String json) {
    return SHAPE.decode(json.getBytes(StandardCharsets.UTF_8));
  }
}
