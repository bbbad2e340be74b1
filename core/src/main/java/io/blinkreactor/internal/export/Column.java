package io.blinkreactor.internal.export;

import io.blinkreactor.internal.json.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A column of the tabular formats: a documented member of the vendor's elements.
 *
 * @param name the member, or members of members with a dot between them
 * @param kind what it holds; a value of another kind goes to the column {@link #EXTRA}
 */
public record Column(String name, Kind kind) {

  /** The last column: an object of all that has no column, or not of its kind. */
  static final String EXTRA = "extra";

  /** What a column holds. */
  public enum Kind {
    /** A string. */
    TEXT,
    /** An integer of up to 64 bits. */
    INTEGER,
    /** True or false. */
    BOOLEAN,
    /** A time in epoch milliseconds. */
    TIME,
    /** An object, a list, or whatever else comes, as JSON. */
    JSON
  }

  /**
   * The columns of a shape, in the order of its members.
   *
   * @param first the names of those that come before all others
   */
  public static List<Column> of(Shape shape, String... first) {
    List<Column> rest = new ArrayList<>();
    add(rest, "", shape);
    List<Column> columns = new ArrayList<>();
    for (String name : first) {
      Column column = rest.stream().filter(c -> c.name.equals(name)).findAny().orElseThrow();
      columns.add(column);
      rest.remove(column);
    }
    columns.addAll(rest);
    return List.copyOf(columns);
  }

  private static void add(List<Column> columns, String prefix, Shape shape) {
    for (Shape.Field<?> field : shape.fields()) {
      String name = prefix + field.name();
      Shape inner = field.shape();
      if (inner != null && field.kind() == Shape.Kind.OBJECT) {
        add(columns, name + ".", inner);
      } else {
        columns.add(new Column(name, kind(field.kind())));
      }
    }
  }

  /** Times that come as texts stay texts, so that they are what was sent. */
  private static Kind kind(Shape.Kind kind) {
    return switch (kind) {
      case TEXT, TIME -> Kind.TEXT;
      case INTEGER -> Kind.INTEGER;
      case BOOL -> Kind.BOOLEAN;
      case EPOCH_MILLIS -> Kind.TIME;
      case JSON, TEXTS, INTEGERS, OBJECT, OBJECTS -> Kind.JSON;
    };
  }
}
