package io.blinkreactor.internal.export;

import java.util.regex.Pattern;

/** What the files of rows are called. Names sort as their runs, slices and parts do. */
final class PartName {

  private static final String PREFIX = "part-";

  private static final Pattern FORM =
      Pattern.compile(PREFIX + "\\d{4,}-\\d{3,}-\\d{5,}\\.[a-z]+(\\.[a-z]+)?");

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

  /** Whether a part may be called so. */
  static boolean fits(String name) {
    return FORM.matcher(name).matches();
  }
}
