package io.blinkreactor.internal.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks for bytes, eight at a time (SIMD within a register). */
public final class Bytes {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long TOPS = 0x8080808080808080L;
  private static final long QUOTES = '"' * ONES;
  private static final long ESCAPES = '\\' * ONES;
  private static final long LINE_FEEDS = '\n' * ONES;
  private static final long RETURNS = '\r' * ONES;
  private static final long SPACES = ' ' * ONES;

  /** The bytes at which a number or a word ends. */
  private static final boolean[] TOKENS = new boolean[256];

  static {
    for (char token : "\"{}[],: \n\r\t".toCharArray()) {
      TOKENS[token] = true;
    }
  }

  private Bytes() {}

  /** Whether it must be escaped in a JSON string, as a line break must. */
  static boolean isControl(byte b) {
    return b >= 0 && b < ' ';
  }

  static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** The first quotation mark, bracket, comma, colon or white space; the length without one. */
  static int token(byte[] bytes, int from) {
    int i = from;
    while (i < bytes.length && !TOKENS[bytes[i] & 0xff]) {
      i++;
    }
    return i;
  }

  /** The first quotation mark or backslash; {@code to} if there is none. */
  static int quoteOrEscape(byte[] bytes, int from, int to) {
    return first(bytes, from, to, QUOTES, ESCAPES);
  }

  /** The first quotation mark, backslash or control character; the length without one. */
  static int quoteEscapeOrControl(byte[] bytes, int from) {
    int i = from;
    for (; i <= bytes.length - Long.BYTES; i += Long.BYTES) {
      long eight = (long) LONGS.get(bytes, i);
      long found = zeros(eight ^ QUOTES) | zeros(eight ^ ESCAPES) | controls(eight);
      if (found != 0) {
        return i + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    while (i < bytes.length && bytes[i] != '"' && bytes[i] != '\\' && !isControl(bytes[i])) {
      i++;
    }
    return i;
  }

  /** Behind the quotation mark that ends a string, from a place within it; -1 if none does. */
  static int behindString(byte[] bytes, int from) {
    int i = quoteOrEscape(bytes, from, bytes.length);
    while (i < bytes.length && bytes[i] == '\\') {
      i = quoteOrEscape(bytes, i + 2, bytes.length);
    }
    return i < bytes.length ? i + 1 : -1;
  }

  /** The first line feed or carriage return; {@code to} if there is none. */
  public static int lineBreak(byte[] bytes, int from, int to) {
    return first(bytes, from, to, LINE_FEEDS, RETURNS);
  }

  private static int first(byte[] bytes, int from, int to, long a, long b) {
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long eight = (long) LONGS.get(bytes, i);
      long found = zeros(eight ^ a) | zeros(eight ^ b);
      if (found != 0) {
        return i + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    while (i < to && bytes[i] != (byte) a && bytes[i] != (byte) b) {
      i++;
    }
    return i;
  }

  /** A top bit at the first zero byte, and none before it. */
  private static long zeros(long eight) {
    return (eight - ONES) & ~eight & TOPS;
  }

  /** A top bit at the first control character, and none before it. */
  private static long controls(long eight) {
    return (eight - SPACES) & ~eight & TOPS;
  }
}
