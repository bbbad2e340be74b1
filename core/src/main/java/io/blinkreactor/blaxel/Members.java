package io.blinkreactor.blaxel;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reading objects that stand within objects, which may be absent. */
final class Members {

  private Members() {}

  static <T> @Nullable T get(@Nullable Document document, Shape.Field<T> field) {
    return document == null ? null : document.get(field);
  }

  /** The elements of a list member; none if it is absent. */
  static <T> List<T> list(
      @Nullable Document document, Shape.Field<List<Document>> field, Function<Document, T> make) {
    List<Document> elements = get(document, field);
    return elements == null ? List.of() : elements.stream().map(make).toList();
  }

  /** Adds the unknown members of an inner object, under its name and theirs. */
  static void addUnknown(Map<String, JsonValue> unknown, String name, @Nullable Document inner) {
    if (inner != null) {
      inner.unknown().forEach((member, value) -> unknown.put(name + "." + member, value));
    }
  }
}
