package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CellsTest {

  private final Cells cells = new Cells(RandomRows.COLUMNS);

  @Test
  void valuesGoToTheirColumns() {
    read(
        "{\"number\":-9223372036854775808,\"flag\":false,\"id\":\"\\u00fc\",\"at\":0,\"text\":\"\","
            + "\"meta\":{\"at\":5,\"size\":0,\"id\":\"m\"},\"free\":[1.10, {\"a\" :\n null}]}");
    assertThat(values())
        .containsExactly(
            "\u00fc", 0L, "", Long.MIN_VALUE, false, "[1.10, {\"a\" : null}]", "m", 0L, 5L, null);
    assertThat(cells.extra()).isNull();
  }

  @Test
  void nothingOfARowIsLeftInTheNext() {
    read("{\"id\":\"a\",\"meta\":{\"id\":\"m\",\"x\":1},\"text\":7}");
    assertThat(cells.extra()).isNotNull();
    read("{\"deep\":null,\"meta\":{},\"id\":null}");
    assertThat(values()).containsOnlyNulls();
    assertThat(cells.extra()).isNull();
  }

  @Test
  void theRestIsTheRowsOwnBytes() {
    read(
        "{\"n\\u0065w\" : 1.50e+3,\"text\":[ 1 ],\"id\":\"a\",\n\"number\":9223372036854775808,"
            + "\"null\":null,\"meta\":{\"id\":3,\"size\":1,\"more\" :{\"x\": \"\\/\"}},"
            + "\"meta.id\":\"dot\",\"deep\":{\"down\":{\"other\":\r\n0}}}");
    assertThat(cells.extra())
        .isEqualTo(
            "{\"n\\u0065w\" : 1.50e+3,\"text\":[ 1 ],\"number\":9223372036854775808,\"null\":null,"
                + "\"meta.id\":\"dot\",\"meta\":{\"id\":3,\"more\" :{\"x\": \"\\/\"}},"
                + "\"deep\":{\"down\":{\"other\":0}}}");
    assertThat(values().subList(6, 8)).containsExactly(null, 1L);
  }

  @Test
  void whatIsNotOfItsColumnsKindIsLeft() {
    read(
        "{\"id\":1,\"at\":\"2025-01-01T00:00:00Z\",\"text\":true,\"number\":1.0,\"flag\":0,"
            + "\"meta\":[],\"deep\":{\"down\":3}}");
    assertThat(values()).containsOnlyNulls();
    assertThat(cells.extra())
        .isEqualTo(
            "{\"id\":1,\"at\":\"2025-01-01T00:00:00Z\",\"text\":true,\"number\":1.0,\"flag\":0,"
                + "\"meta\":[],\"deep\":{\"down\":3}}");
  }

  @Test
  void onlyTimesWithAYearOfFourDigitsFit() {
    for (String fits : List.of("-62135596800000", "253402300799999")) {
      read("{\"at\":" + fits + "}");
      assertThat(cells.get(1)).isEqualTo(Long.valueOf(fits));
      assertThat(cells.extra()).isNull();
    }
    for (String leftOver : List.of("-62135596800001", "253402300800000", "1e3")) {
      read("{\"at\":" + leftOver + "}");
      assertThat(cells.get(1)).isNull();
      assertThat(cells.extra()).isEqualTo("{\"at\":" + leftOver + "}");
    }
  }

  @Test
  void halfASurrogatePairIsKeptAsJson() {
    read("{\"text\":\"a\\ud83d\",\"id\":\"\\ud83d\\udeab\",\"meta\":{\"id\":\"\\udeab\\ud83d\"}}");
    assertThat(values()).startsWith("\ud83d\udeab", null, null);
    assertThat(cells.extra())
        .isEqualTo("{\"text\":\"a\\ud83d\",\"meta\":{\"id\":\"\\udeab\\ud83d\"}}");
  }

  @Test
  void ofTwoTheLastCounts() {
    read("{\"id\":\"a\",\"id\":\"b\",\"text\":1,\"text\":\"c\",\"number\":1,\"number\":\"d\"}");
    assertThat(values()).startsWith("b", null, "c", null);
    assertThat(cells.extra()).isEqualTo("{\"number\":\"d\"}");
    read("{\"id\":\"a\",\"id\":null,\"meta\":{\"id\":\"m\",\"x\":1},\"meta\":{\"size\":2}}");
    assertThat(values()).startsWith(null, null, null).contains(2L).doesNotContain("m");
    assertThat(cells.extra()).isNull();
    read("{\"meta\":5,\"meta\":{\"id\":\"m\"},\"deep\":{\"down\":{\"text\":\"t\"}},\"deep\":[]}");
    assertThat(values()).contains("m").doesNotContain("t");
    assertThat(cells.extra()).isEqualTo("{\"deep\":[]}");
    read("{\"new\":1,\"new\":2}");
    assertThat(cells.extra()).isEqualTo("{\"new\":1,\"new\":2}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "1", "{", "{\"id\":\"a\"", "{} {}", "{\"id\":tru}"})
  void whatIsNotAnObjectIsRefused(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> read(json));
    read("{\"id\":\"a\"}");
    assertThat(cells.get(0)).isEqualTo("a");
    assertThat(cells.extra()).isNull();
  }

  private void read(String json) {
    cells.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private List<@Nullable Object> values() {
    @Nullable Object[] values = new Object[RandomRows.COLUMNS.size()];
    Arrays.setAll(values, cells::get);
    return new ArrayList<>(Arrays.asList(values));
  }
}
