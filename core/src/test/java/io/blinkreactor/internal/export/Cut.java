package io.blinkreactor.internal.export;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A row as a table should show it, told by way of a tree.
 *
 * @param cells texts, longs, booleans, trees of JSON, and nulls
 * @param extra what is left
 */
record Cut(List<@Nullable Object> cells, @Nullable JsonNode extra) {

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  static JsonNode tree(String json) {
    return MAPPER.readTree(json);
  }

  static Cut of(byte[] json, List<Column> columns) {
    ObjectNode rest = (ObjectNode) MAPPER.readTree(json);
    List<@Nullable Object> cells = new ArrayList<>();
    for (Column column : columns) {
      cells.add(take(rest, column.name(), column.kind()));
    }
    return new Cut(cells, rest.isEmpty() ? null : rest);
  }

  private static @Nullable Object take(ObjectNode object, String path, Column.Kind kind) {
    int dot = path.indexOf('.');
    if (dot >= 0) {
      String holder = path.substring(0, dot);
      JsonNode inner = object.get(holder);
      Object cell = null;
      if (inner instanceof ObjectNode below) {
        cell = take(below, path.substring(dot + 1), kind);
        if (below.isEmpty()) {
          object.remove(holder);
        }
      } else if (inner != null && inner.isNull()) {
        object.remove(holder);
      }
      return cell;
    }
    JsonNode value = object.get(path);
    Object cell = value == null || value.isNull() ? null : cell(value, kind);
    if (cell != null || (value != null && value.isNull())) {
      object.remove(path);
    }
    return cell;
  }

  private static @Nullable Object cell(JsonNode value, Column.Kind kind) {
    return switch (kind) {
      case TEXT -> {
        String text = value.isString() ? value.stringValue() : null;
        yield text == null || text.codePoints().anyMatch(c -> c >= 0xd800 && c < 0xe000)
            ? null
            : text;
      }
      case INTEGER -> value.isIntegralNumber() && value.canConvertToLong() ? value.asLong() : null;
      case BOOLEAN -> value.isBoolean() ? value.booleanValue() : null;
      case TIME ->
          value.isIntegralNumber()
                  && value.canConvertToLong()
                  && value.asLong() >= -62135596800000L
                  && value.asLong() <= 253402300799999L
              ? value.asLong()
              : null;
      case JSON -> value;
    };
  }
}
