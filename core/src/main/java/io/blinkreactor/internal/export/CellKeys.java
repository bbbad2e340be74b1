package io.blinkreactor.internal.export;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Finds ids and times in columns, or in the last one if they were not of their kind. */
final class CellKeys {

  private static final byte[] NONE = {};

  private final RowKeys.Reader left;
  private final int id;
  private final int time;
  private final boolean millis;

  CellKeys(List<Column> columns, RowKeys keys) {
    List<String> names = columns.stream().map(Column::name).toList();
    this.left = keys.reader();
    this.id = names.indexOf(keys.id());
    this.time = names.indexOf(keys.time());
    this.millis = keys.form() == RowKeys.Form.EPOCH_MILLIS;
  }

  /**
   * A row of which only id and time are told.
   *
   * @param extra the last column, or null if it holds nothing
   * @param values the other columns' values: texts, or a {@link Long} for a time; null for none
   * @throws IllegalArgumentException if the last column holds no JSON object
   */
  Row row(@Nullable String extra, IntFunction<? extends @Nullable Object> values) {
    Object key = id < 0 ? null : values.apply(id);
    Long at = time < 0 ? null : at(values.apply(time));
    if (extra != null) {
      Row rest = left.row(extra.getBytes(StandardCharsets.UTF_8));
      key = key == null ? rest.id() : key;
      at = at == null ? rest.at() : at;
    }
    return new Row(NONE, key instanceof String text ? text : null, at, true);
  }

  /** Where the vendor writes times as numbers, their columns may be text too, and 0 is none. */
  private @Nullable Long at(@Nullable Object value) {
    Long at =
        value instanceof Long number
            ? number
            : value instanceof String text ? RowKeys.ofText(text) : null;
    return millis && at != null ? RowKeys.ofMillis(at) : at;
  }
}
