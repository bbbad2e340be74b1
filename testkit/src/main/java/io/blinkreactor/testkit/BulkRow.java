package io.blinkreactor.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One element of a list as bytes, in which only some digits depend on the row. All rows have the
 * same length.
 */
final class BulkRow {

  private static final String ID = "11111111-2222-4333-8444-555555555555";
  private static final String HEX = "0123456789abcdef";

  /** Digits of times in milliseconds and of the number below. */
  private static final int DIGITS = 13;

  private static final long NUMBER = 1_110_000_000_009L;
  private static final long CREATED = 1_110_000_000_001L;
  private static final long STARTED = 1_110_000_000_002L;
  private static final long FINISHED = 1_110_000_000_003L;

  private final byte[] template;
  private final int[] ids;
  private final int[] created;
  private final int[] started;
  private final int[] finished;
  private final int[] numbers;

  private BulkRow(byte[] template) {
    this.template = template;
    String text = new String(template, StandardCharsets.ISO_8859_1);
    this.ids = places(text, ID);
    this.created = places(text, String.valueOf(CREATED));
    this.started = places(text, String.valueOf(STARTED));
    this.finished = places(text, String.valueOf(FINISHED));
    this.numbers = places(text, String.valueOf(NUMBER));
  }

  private static int[] places(String text, String of) {
    List<Integer> places = new ArrayList<>();
    for (int at = text.indexOf(of); at >= 0; at = text.indexOf(of, at + 1)) {
      places.add(at);
    }
    return places.stream().mapToInt(at -> at).toArray();
  }

  /**
   * Rows of one workflow that ended in one way.
   *
   * @param bytes how long each is to be
   * @throws IllegalArgumentException if the members alone are longer
   */
  static BulkRow of(MadeUp madeUp, String workspace, int playbook, String state, int bytes) {
    Row row =
        madeUp
            .draft(ID, workspace, madeUp.playbookId(playbook), playbook, NUMBER, CREATED)
            .with(Map.of(Field.STARTED_AT, STARTED, Field.TOP_EXECUTION_STARTED_AT, STARTED));
    row = row.with(madeUp.ended(row, state, FINISHED, playbook));
    int more = bytes - bytes(row).length;
    if (more < 0) {
      throw new IllegalArgumentException("A row has " + (bytes - more) + " bytes or more.");
    }
    Map<Field, @Nullable Object> longer = new EnumMap<>(Field.class);
    longer.put(Field.PLAYBOOK, row.text(Field.PLAYBOOK) + text(more));
    return new BulkRow(bytes(row.with(longer)));
  }

  private static byte[] bytes(Row row) {
    return Json.bytes(new View(new Settings(Switch.values())).item(row, null), false);
  }

  /** So many bytes of JSON that need no escape. */
  private static String text(int length) {
    String step = "  - id: step, action: http.get, url: https://example.com/path; ";
    return step.repeat(length / step.length() + 1).substring(0, length);
  }

  /** The id of a row. Ids ascend with the rows, also as text. */
  static String id(long row) {
    byte[] id = new byte[ID.length()];
    putId(id, 0, row);
    return new String(id, StandardCharsets.ISO_8859_1);
  }

  int length() {
    return template.length;
  }

  /** Writes a row into a buffer. */
  void put(byte[] into, int at, long row, long createdAt) {
    System.arraycopy(template, 0, into, at, template.length);
    for (int place : ids) {
      putId(into, at + place, row);
    }
    put(into, at, created, createdAt);
    put(into, at, started, createdAt + STARTED - CREATED);
    put(into, at, finished, createdAt + FINISHED - CREATED);
    put(into, at, numbers, 1_000_000_000_000L + row);
  }

  private static void put(byte[] into, int at, int[] places, long number) {
    for (int place : places) {
      long left = number;
      for (int i = DIGITS - 1; i >= 0; i--) {
        into[at + place + i] = (byte) ('0' + left % 10);
        left /= 10;
      }
    }
  }

  /** A UUID of version 4 but for its first 48 bits, which are the row's number. */
  private static void putId(byte[] into, int at, long row) {
    long low = (row + 1) * 0x9e3779b97f4a7c15L;
    low ^= low >>> 29;
    hex(into, at, row >>> 16, 8);
    into[at + 8] = '-';
    hex(into, at + 9, row, 4);
    into[at + 13] = '-';
    hex(into, at + 14, 0x4000L | (low >>> 52), 4);
    into[at + 18] = '-';
    hex(into, at + 19, 0x8000L | (low >>> 40 & 0xfff), 4);
    into[at + 23] = '-';
    hex(into, at + 24, low, 12);
  }

  private static void hex(byte[] into, int at, long value, int digits) {
    long left = value;
    for (int i = digits - 1; i >= 0; i--) {
      into[at + i] = (byte) HEX.charAt((int) (left & 0xf));
      left >>>= 4;
    }
  }
}
