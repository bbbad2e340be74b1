package io.blinkreactor.testkit;

/** A refused query; the message is the parser's own text. */
final class RqlException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean malformedSql;

  RqlException(String message, boolean malformedSql) {
    super(message);
    this.malformedSql = malformedSql;
  }

  /** Whether the parser let it pass and the data base choked on it. */
  boolean malformedSql() {
    return malformedSql;
  }
}
