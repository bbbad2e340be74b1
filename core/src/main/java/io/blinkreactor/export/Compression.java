package io.blinkreactor.export;

/** How the parts of an archive are compressed. */
public enum Compression {
  /** Not at all. */
  NONE(""),
  /** As {@code gzip} does, in several members. */
  GZIP(".gz"),
  /** As {@code zstd} does, in several frames. Needs {@code com.github.luben:zstd-jni}. */
  ZSTD(".zst");

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /** {@return what a file's name ends with, dot included; Parquet compresses within the file} */
  public String suffix() {
    return suffix;
  }
}
