package io.blinkreactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonValueTest {

  record Point(int x, int y) {}

  @Test
  void theTextStaysAsItIs() {
    String text = " { \"a\" : 1.0E5 , \"a2\":[ ] } ";
    assertThat(JsonValue.parse(text).text()).isEqualTo(text);
  }

  @Test
  void valuesInsideAJavaValueAreWrittenUnchanged() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("raw", JsonValue.parse("{\"n\":1.10}"));
    map.put("point", new Point(1, 2));
    assertThat(JsonValue.of(map)).hasToString("{\"raw\":{\"n\":1.10},\"point\":{\"x\":1,\"y\":2}}");
  }

  @Test
  void readsJavaTypes() {
    JsonValue value = JsonValue.parse("{\"x\":1,\"y\":2,\"z\":3}");
    assertThat(value.as(Point.class)).isEqualTo(new Point(1, 2));
    assertThat(value.as(JsonValue.class)).isSameAs(value);
    assertThat(JsonValue.parse("null").as(Point.class)).isNull();
  }

  @Test
  void whatDoesNotFitFailsWithASentence() {
    assertThatIllegalArgumentException().isThrownBy(() -> JsonValue.parse("{"));
    assertThatIllegalArgumentException().isThrownBy(() -> JsonValue.parse("1 2"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JsonValue.parse("[1]").as(Point.class))
        .withMessageContaining("does not fit Point");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JsonValue.of(new Object()))
        .withMessageContaining("can't be written as JSON");
  }
}
