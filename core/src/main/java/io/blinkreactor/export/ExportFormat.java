package io.blinkreactor.export;

/** What the parts of an archive hold. */
public enum ExportFormat {
  /**
   * A JSON object a line, each the vendor's own bytes, but for line breaks between tokens. Nothing
   * is lost, and nothing is added.
   */
  NDJSON("ndjson"),
  /**
   * RFC 4180 in UTF-8, with a line of names at the head of each part. The columns are the vendor's
   * documented members, always all of them in the same order; the page {@code export-columns.md}
   * lists them. Needs {@code org.apache.commons:commons-csv}.
   *
   * <ul>
   *   <li>Every value stands in quotes; what is null or absent is empty without quotes, an empty
   *       text is {@code ""}.
   *   <li>Objects and lists are JSON, in the vendor's own bytes. Times in epoch milliseconds are
   *       written as ISO 8601 in UTC with milliseconds, 0 too.
   *   <li>The last column, {@code extra}, holds all members without a column as one JSON object of
   *       the vendor's own bytes, and those whose value is not of its column's kind: a number for a
   *       text, an integer of more than 64 bits, a time after the year 9999.
   *   <li>Of a member that comes twice the last one counts.
   *   <li>No value is altered, so one that a spreadsheet takes for a formula, with {@code =},
   *       {@code +}, {@code -} or {@code @} at its beginning, stays one: import such files as text.
   * </ul>
   */
  CSV("csv"),
  /**
   * Apache Parquet with the columns of {@link #CSV}, typed: texts and JSON are {@code STRING},
   * integers {@code INT64}, times {@code TIMESTAMP} in milliseconds and UTC; compressed within the
   * file. An interrupted part is begun anew. Needs {@code org.apache.parquet:parquet-column} and
   * {@code org.apache.parquet:parquet-format-structures}, and no Hadoop.
   */
  PARQUET("parquet");

  private final String suffix;

  ExportFormat(String suffix) {
    this.suffix = suffix;
  }

  /** {@return the end of a file's name, without the dot and the compression's} */
  public String suffix() {
    return suffix;
  }
}
