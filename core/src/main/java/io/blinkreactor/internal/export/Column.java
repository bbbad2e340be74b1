package io.blinkreactor.internal.export;

/**
 * A column of the tabular formats: a documented member of the vendor's elements.
 *
 * @param name the member
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
    /** An object or a list, as JSON. */
    JSON
  }
}
