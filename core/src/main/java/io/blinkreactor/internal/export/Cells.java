package io.blinkreactor.internal.export;

import io.blinkreactor.internal.json.Member;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One row after the other, cut into the values of columns and what is left of it. Of a member that
 * comes twice the last one counts, as with all that read JSON into objects. For one thread.
 */
final class Cells {

  private final Column.Kind[] kinds;
  private final @Nullable Object[] values;
  private final Node top = new Node(null, "", -1);
  private byte[] json = {};
  private long row;

  Cells(List<Column> columns) {
    this.kinds = columns.stream().map(Column::kind).toArray(Column.Kind[]::new);
    this.values = new Object[kinds.length];
    for (int i = 0; i < kinds.length; i++) {
      top.add(columns.get(i).name(), i);
    }
  }

  /**
   * Goes to the next row.
   *
   * @throws IllegalArgumentException if the bytes are not a JSON object
   */
  void read(byte[] object) {
    json = object;
    row++;
    Arrays.fill(values, null);
    top.clear();
    Member.each(object, top.visitor);
  }

  /**
   * A column's value: a string, but a {@link Long} for integers and times, and a {@link Boolean};
   * null if it is null, absent, or left for the last column.
   */
  @Nullable Object get(int column) {
    return values[column];
  }

  /**
   * What the last column holds: a JSON object of the row's own bytes, or null if nothing is left.
   */
  @Nullable String extra() {
    StringBuilder extra = new StringBuilder();
    top.addTo(extra);
    return extra.isEmpty() ? null : extra.toString();
  }

  private @Nullable Object value(Column.Kind kind, Member member) {
    return switch (kind) {
      case TEXT -> {
        String text = member.text();
        yield text == null || !isUnicode(text) ? null : text;
      }
      case INTEGER -> member.integer();
      case BOOLEAN -> member.bool();
      case TIME -> {
        Long millis = member.integer();
        yield millis == null || !IsoTime.fits(millis) ? null : millis;
      }
      case JSON -> {
        int from = member.valueFrom();
        yield text(from, member.end());
      }
    };
  }

  /** Half of a surrogate pair can be told by JSON alone. */
  private static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** Without the line breaks, which a JSON string can't hold. */
  private String text(int from, int to) {
    String text = new String(json, from, to - from, StandardCharsets.UTF_8);
    return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
        ? text
        : text.replace("\n", "").replace("\r", "");
  }

  /** A member in the bytes, with its name. */
  private record Left(@Nullable Node node, int from, int to) {}

  /** A name that columns have, or have before a dot. */
  private final class Node {

    private final @Nullable Node above;
    private final String name;
    private final int column;
    private final Map<String, Node> below = new LinkedHashMap<>();
    private final List<Left> left = new ArrayList<>();
    private final Consumer<Member> visitor = this::member;

    /** The row in which it was seen last. */
    private long seen;

    Node(@Nullable Node above, String name, int column) {
      this.above = above;
      this.name = name;
      this.column = column;
    }

    void add(String path, int index) {
      int dot = path.indexOf('.');
      if (dot < 0) {
        below.put(path, new Node(this, path, index));
      } else {
        below
            .computeIfAbsent(path.substring(0, dot), holder -> new Node(this, holder, -1))
            .add(path.substring(dot + 1), index);
      }
    }

    /** Takes a member of this node's object. */
    private void member(Member member) {
      Node node = below.get(member.name());
      int from = member.from();
      if (node == null) {
        left.add(new Left(null, from, member.end()));
      } else if (!node.take(member)) {
        left.add(new Left(node, from, member.end()));
      }
    }

    /** Takes this node's value, unless it is of another kind. */
    private boolean take(Member member) {
      if (seen == row) {
        forget();
      }
      seen = row;
      if (member.isNull()) {
        return true;
      }
      if (column < 0) {
        return member.each(visitor);
      }
      Object value = value(kinds[column], member);
      values[column] = value;
      return value != null;
    }

    /** For a member that comes again. */
    private void forget() {
      clear();
      if (above != null) {
        above.left.removeIf(l -> l.node() == this);
      }
    }

    private void clear() {
      left.clear();
      if (column >= 0) {
        values[column] = null;
      }
      for (Node node : below.values()) {
        node.clear();
      }
    }

    /** Adds the object of what is left, if anything is. */
    private boolean addTo(StringBuilder extra) {
      int start = extra.length();
      for (Left member : left) {
        extra.append(extra.length() == start ? '{' : ',').append(text(member.from(), member.to()));
      }
      for (Node node : below.values()) {
        if (node.column < 0) {
          int before = extra.length();
          extra.append(before == start ? '{' : ',').append('"').append(node.name).append("\":");
          if (!node.addTo(extra)) {
            extra.setLength(before);
          }
        }
      }
      if (extra.length() == start) {
        return false;
      }
      extra.append('}');
      return true;
    }
  }
}
