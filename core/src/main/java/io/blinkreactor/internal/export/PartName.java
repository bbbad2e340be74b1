package io.blinkreactor.internal.export;

/** What the files of rows are called. Names sort as their runs, slices and parts do. */
final class PartName {

  /** What the names of all parts begin with. */
  static final String PREFIX = "part-";

  /** With more, names would not sort any more. */
  static final int MOST_RUNS = 9_999;

  private PartName() {}

  /** The name of a part; runs begin at 1, the others at 0. */
  static String of(int run, int slice, int part, Encoding encoding) {
    return ofRun(run) + "%03d-%05d%s".formatted(slice, part, encoding.suffix());
  }

  /** What the names of a run's parts begin with. */
  static String ofRun(int run) {
    return PREFIX + "%04d-".formatted(run);
  }

  /** Whether it looks like a part, whole or not. */
  static boolean begins(String name) {
    return name.startsWith(PREFIX);
  }

  /** What a part is called, or will be once it is whole. */
  static String whole(String name) {
    return name.endsWith(ArchiveDirectory.TMP)
        ? name.substring(0, name.length() - ArchiveDirectory.TMP.length())
        : name;
  }
}
