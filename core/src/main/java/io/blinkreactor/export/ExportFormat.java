package io.blinkreactor.export;

/** What the parts of an archive hold. */
public enum ExportFormat {
  /**
   * A JSON object a line, each the vendor's own bytes, but for line breaks between tokens. Nothing
   * is lost, and nothing is added.
   */
  NDJSON("ndjson"),
  /**
   * RFC 4180 with a line of names at the head of each part. The columns are the vendor's documented
   * members, always the same ones in the same order; objects and lists are JSON, times are ISO 8601
   * in UTC, and a last column {@code extra} holds whatever else came as one JSON object. A value
   * that is null or absent is empty without quotes, an empty text is {@code ""}. Needs {@code
   * org.apache.commons:commons-csv}.
   */
  CSV("csv"),
  /**
   * Apache Parquet with the columns of {@link #CSV}, typed. An interrupted part is begun anew.
   * Needs {@code org.apache.parquet:parquet-hadoop}.
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
