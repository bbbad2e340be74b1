package io.blinkreactor.internal.json;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a JSON text that arrives in pieces into the elements of its list, each with its own bytes,
 * as soon as the last byte of one is there. Only brackets and strings are looked at; whether an
 * element is JSON is found out by who decodes it. Not safe for use by many threads.
 *
 * <p>The list is the whole text, or a member at the top of an object; everything else of that
 * object is kept as the envelope.
 */
public final class ElementSplitter {

  /** Where in the text the splitter stands. */
  private enum Place {
    /** Before the first token. */
    START,
    /** In the object around the list, or in one without it. */
    ENVELOPE,
    /** In the list, between elements. */
    LIST,
    /** In an element. */
    ELEMENT,
    /** Behind the last token. */
    END
  }

  private final Set<String> listNames;
  private final int maxElementBytes;
  private final @Nullable Glance glance;
  private final ByteArrayOutputStream envelope = new ByteArrayOutputStream();
  private final ByteArrayOutputStream element = new ByteArrayOutputStream();
  private final ByteArrayOutputStream name = new ByteArrayOutputStream();

  private Place place = Place.START;
  private boolean bare;
  private boolean inString;
  private boolean escaped;

  /** Open brackets of the envelope, or of the element. */
  private int depth;

  /** In the envelope at depth 1: whether the next string is a member's name. */
  private boolean atName;

  private boolean readingName;

  /** A splitter that looks for the list under one of these names, or for a bare list. */
  public ElementSplitter(Set<String> listNames, int maxElementBytes) {
    this(listNames, maxElementBytes, null);
  }

  /** A splitter that looks at each element on the way, so that this costs no second pass. */
  public ElementSplitter(Set<String> listNames, int maxElementBytes, @Nullable Glance glance) {
    this.listNames = listNames;
    this.maxElementBytes = maxElementBytes;
    this.glance = glance;
  }

  /**
   * Takes the next piece and answers the elements that it completes.
   *
   * @throws IllegalArgumentException if the text can't be what is expected
   */
  public List<Element> feed(byte[] piece) {
    List<Element> whole = new ArrayList<>();
    int i = 0;
    while (i < piece.length) {
      i = place == Place.ELEMENT ? element(piece, i, whole) : outside(piece, i);
    }
    return whole;
  }

  /**
   * Called at the end of the text.
   *
   * @return the envelope with an empty list in the place of the elements, or an empty object around
   *     a bare list
   * @throws IllegalArgumentException if the text is cut off
   */
  public byte[] end() {
    if (place != Place.END) {
      throw new IllegalArgumentException("The text is cut off.");
    }
    return bare ? "{}".getBytes(StandardCharsets.UTF_8) : envelope.toByteArray();
  }

  /** Whether the text is the list itself; known once an element or the end is there. */
  public boolean isBare() {
    return bare;
  }

  private int outside(byte[] piece, int i) {
    byte b = piece[i];
    switch (place) {
      case START -> start(b);
      case ENVELOPE -> envelope(b);
      case LIST -> {
        if (b == ']') {
          leaveList();
        } else if (b != ',' && !Bytes.isSpace(b)) {
          place = Place.ELEMENT;
          depth = 0;
          return i;
        }
      }
      default -> {
        if (!Bytes.isSpace(b)) {
          throw new IllegalArgumentException("Something follows the end of the text.");
        }
      }
    }
    return i + 1;
  }

  private void start(byte b) {
    if (b == '[') {
      bare = true;
      place = Place.LIST;
    } else if (b == '{') {
      place = Place.ENVELOPE;
      envelope.write(b);
      depth = 1;
      atName = true;
    } else if (!Bytes.isSpace(b)) {
      throw new IllegalArgumentException("A JSON object or array was expected.");
    }
  }

  private void envelope(byte b) {
    envelope.write(b);
    if (envelope.size() > maxElementBytes) {
      throw new TooLargeException("What stands around the list", maxElementBytes);
    }
    if (inString) {
      inEnvelopeString(b);
      return;
    }
    switch (b) {
      case '"' -> {
        inString = true;
        readingName = depth == 1 && atName;
        if (readingName) {
          name.reset();
        }
      }
      case '{', '[' -> {
        if (b == '[' && depth == 1 && !atName && isListName()) {
          place = Place.LIST;
        } else {
          depth++;
        }
      }
      case '}', ']' -> {
        depth--;
        if (depth == 0) {
          place = Place.END;
        }
      }
      case ':' -> atName &= depth != 1;
      case ',' -> atName |= depth == 1;
      default -> {
        // Numbers, words and white space say nothing about where the list is.
      }
    }
  }

  private void inEnvelopeString(byte b) {
    if (escaped) {
      escaped = false;
    } else if (b == '\\') {
      escaped = true;
    } else if (b == '"') {
      inString = false;
      return;
    }
    if (readingName) {
      name.write(b);
    }
  }

  private boolean isListName() {
    return listNames.contains(name.toString(StandardCharsets.UTF_8));
  }

  private void leaveList() {
    if (bare) {
      place = Place.END;
    } else {
      envelope.write(']');
      place = Place.ENVELOPE;
      depth = 1;
    }
  }

  /** Goes on in an element up to its end or the piece's, and answers where it stopped. */
  private int element(byte[] piece, int from, List<Element> whole) {
    Glance.Seen seen = glance == null || element.size() > 0 ? null : glance.within(piece, from);
    if (seen != null) {
      check(seen.json().length);
      whole.add(new Element(seen.json(), seen));
      place = Place.LIST;
      return from + seen.json().length;
    }
    int i = inString ? string(piece, from) : from;
    int open = depth;
    for (i = Bytes.token(piece, i); i < piece.length; i = Bytes.token(piece, i)) {
      byte b = piece[i];
      if (b == '"') {
        i = string(piece, i + 1);
        continue;
      }
      if (b == '{' || b == '[') {
        open++;
      } else if (open == 0 && (b == ',' || b == ']')) {
        whole.add(whole(piece, from, i));
        return i;
      } else if (b == '}' || b == ']') {
        open--;
        if (open == 0) {
          whole.add(whole(piece, from, i + 1));
          return i + 1;
        }
      }
      i++;
    }
    depth = open;
    check(piece.length - from);
    element.write(piece, from, piece.length - from);
    return piece.length;
  }

  /** Goes on in a string up to its end or the piece's, and answers where it stopped. */
  private int string(byte[] piece, int from) {
    int end = Bytes.behindString(piece, escaped ? from + 1 : from);
    inString = end < 0;
    escaped = inString && endsInEscape(piece, escaped ? from + 1 : from);
    return inString ? piece.length : end;
  }

  /** Whether the byte behind the piece belongs to a backslash. */
  private static boolean endsInEscape(byte[] piece, int from) {
    int i = piece.length;
    while (i > from && piece[i - 1] == '\\') {
      i--;
    }
    return (piece.length - i) % 2 == 1;
  }

  private void check(int more) {
    if (element.size() + (long) more > maxElementBytes) {
      throw new TooLargeException("An element", maxElementBytes);
    }
  }

  /** The element that ends here, without the white space behind it. */
  private Element whole(byte[] piece, int from, int to) {
    check(to - from);
    place = Place.LIST;
    byte[] bytes = piece;
    int begin = from;
    int end = to;
    // Most elements come in one piece, and need not be put together.
    if (element.size() > 0) {
      element.write(piece, from, to - from);
      bytes = element.toByteArray();
      element.reset();
      begin = 0;
      end = bytes.length;
    }
    while (end > begin && Bytes.isSpace(bytes[end - 1])) {
      end--;
    }
    return new Element(Arrays.copyOfRange(bytes, begin, end), null);
  }
}
