package io.blinkreactor.internal.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A look at a few members of an object, for whoever passes the object on as it is. Only brackets
 * and strings are looked at, whether names and values take turns, and whether strings are free of
 * line breaks and other control characters; what else the values hold is not checked. Several times
 * as fast as a {@link Shape}, which it agrees with wherever the object is JSON. Used by many
 * threads.
 */
public final class Glance {

  private static final long MOST_TENTH = Long.MAX_VALUE / 10;

  private final byte[][] names;

  /** A look at members of these names at the top of an object. */
  public Glance(String... names) {
    this.names = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      this.names[i] = names[i].getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Looks at an object.
   *
   * @throws IllegalArgumentException if the bytes are not an object
   */
  public Seen at(byte[] json) {
    Seen seen = new Seen(json, 0, names.length);
    if (!seen.isWhole(names) || !seen.isOver()) {
      throw new IllegalArgumentException("A JSON object was expected.");
    }
    return seen;
  }

  /** The object that begins at a place of a longer text; null if none is whole there. */
  @Nullable Seen within(byte[] text, int from) {
    Seen seen = new Seen(text, from, names.length);
    try {
      return seen.isWhole(names) ? seen.cutOut(from) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** What was seen of one object. */
  public static final class Seen {

    private static final int BROKEN = -2;

    private final byte[] json;

    /** Where the values begin, and behind each where it ends; 0 if there is none. */
    private final int[] bounds;

    private int at;

    private Seen(byte[] json, int at, int members) {
      this(json, new int[2 * members], at);
    }

    private Seen(byte[] json, int[] bounds, int at) {
      this.json = json;
      this.bounds = bounds;
      this.at = at;
    }

    private boolean isWhole(byte[][] names) {
      if (!passes('{')) {
        return false;
      }
      if (passes('}')) {
        return true;
      }
      do {
        int member = name(names);
        if (member == BROKEN || !passes(':')) {
          return false;
        }
        space();
        int from = at;
        if (!passesValue()) {
          return false;
        }
        if (member >= 0) {
          bounds[2 * member] = from;
          bounds[2 * member + 1] = at;
        }
      } while (passes(','));
      return passes('}');
    }

    private boolean isOver() {
      space();
      return at == json.length;
    }

    /** The same with no more bytes than the object's own. */
    private Seen cutOut(int from) {
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = Math.max(0, bounds[i] - from);
      }
      return new Seen(Arrays.copyOfRange(json, from, at), bounds, at - from);
    }

    /** The bytes that were looked at, not a copy. */
    byte[] json() {
      return json;
    }

    /** Passes a name, and answers which of the wanted ones it is, or -1. */
    private int name(byte[][] names) {
      if (!passes('"')) {
        return BROKEN;
      }
      int from = at;
      int end = Bytes.quoteEscapeOrControl(json, from);
      if (!passesString(end)) {
        return BROKEN;
      }
      if (at - 1 > end) {
        return escapedName(names, from);
      }
      for (int i = 0; i < names.length; i++) {
        if (names[i].length == end - from
            && Arrays.equals(json, from, end, names[i], 0, end - from)) {
          return i;
        }
      }
      return -1;
    }

    private int escapedName(byte[][] names, int from) {
      byte[] name =
          String.valueOf(Json.read(json, from - 1, at, String.class))
              .getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < names.length; i++) {
        if (Arrays.equals(names[i], name)) {
          return i;
        }
      }
      return -1;
    }

    private boolean passesValue() {
      if (at == json.length) {
        return false;
      }
      byte first = json[at];
      if (first == '"') {
        return passesString(at + 1);
      }
      if (first == '{' || first == '[') {
        return passesNested();
      }
      int from = at;
      at = Bytes.token(json, from);
      return at > from;
    }

    private boolean passesNested() {
      int depth = 0;
      do {
        at = Bytes.token(json, at);
        if (at == json.length) {
          return false;
        }
        byte b = json[at];
        if (b == '"') {
          if (!passesString(at + 1)) {
            return false;
          }
        } else {
          depth += b == '{' || b == '[' ? 1 : b == '}' || b == ']' ? -1 : 0;
          at++;
        }
      } while (depth > 0);
      return true;
    }

    private boolean passesString(int within) {
      int i = Bytes.quoteEscapeOrControl(json, within);
      while (i + 1 < json.length && json[i] == '\\' && !Bytes.isControl(json[i + 1])) {
        i = Bytes.quoteEscapeOrControl(json, i + 2);
      }
      if (i >= json.length || json[i] != '"') {
        return false;
      }
      at = i + 1;
      return true;
    }

    /** Passes white space and a byte, if that is the wanted one. */
    private boolean passes(char wanted) {
      if (at < json.length && json[at] != wanted) {
        space();
      }
      if (at == json.length || json[at] != wanted) {
        return false;
      }
      at++;
      return true;
    }

    private void space() {
      while (at < json.length && json[at] <= ' ' && Bytes.isSpace(json[at])) {
        at++;
      }
    }

    /** The member's text; null if there is none, or it is no text. */
    public @Nullable String text(int member) {
      int from = bounds[2 * member];
      int to = bounds[2 * member + 1];
      if (from == to || json[from] != '"') {
        return null;
      }
      return Bytes.quoteOrEscape(json, from + 1, to - 1) < to - 1
          ? Json.read(json, from, to, String.class)
          : new String(json, from + 1, to - from - 2, StandardCharsets.UTF_8);
    }

    /** The member's integer of 64 bits; null if there is none, or it is none. */
    public @Nullable Long integer(int member) {
      int from = bounds[2 * member];
      int to = bounds[2 * member + 1];
      if (from == to) {
        return null;
      }
      boolean negative = json[from] == '-';
      int digits = negative ? from + 1 : from;
      // The longest are left to who can tell 2^63 from 2^63 - 1.
      long value = 0;
      for (int i = digits; i < to; i++) {
        if (json[i] < '0' || json[i] > '9' || (i > digits && json[digits] == '0')) {
          return null;
        }
        if (value >= MOST_TENTH) {
          return slowly(from, to);
        }
        value = 10 * value + json[i] - '0';
      }
      return digits == to ? null : Long.valueOf(negative ? -value : value);
    }

    private @Nullable Long slowly(int from, int to) {
      try {
        return Long.valueOf(new String(json, from, to - from, StandardCharsets.US_ASCII));
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }
}
