package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.internal.export.RowKeys.Form;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever reads an archive takes for a time what the export took for one, and nothing else. */
class RowKeysTest {

  @ParameterizedTest
  @CsvSource({
    "EPOCH_MILLIS,1700000000000,1700000000000",
    "EPOCH_MILLIS,5,5",
    "EPOCH_MILLIS,0,",
    "EPOCH_MILLIS,null,",
    "EPOCH_MILLIS,1.7e12,",
    "EPOCH_MILLIS,1700000000000.0,",
    "EPOCH_MILLIS,123456789012345678901234567890,",
    "EPOCH_MILLIS,\"2023-11-14T22:13:20Z\",",
    "EPOCH_MILLIS,\"1700000000000\",",
    "RFC_3339,\"2023-11-14T22:13:20Z\",1700000000000",
    "RFC_3339,\"2023-11-14 23:13:20.000+01:00\",1700000000000",
    "RFC_3339,1700000000000,",
    "RFC_3339,\"yesterday\",",
    "RFC_3339,\"\","
  })
  void onlyTheVendorsFormIsATime(Form form, String json, @Nullable Long expected) {
    RowKeys.Reader keys = new RowKeys("id", "meta.at", form).reader();
    String row = "{\"id\":\"a\",\"meta\":{\"at\":" + json + "}}";
    assertThat(keys.row(row.getBytes(StandardCharsets.UTF_8)).at()).isEqualTo(expected);
  }
}
