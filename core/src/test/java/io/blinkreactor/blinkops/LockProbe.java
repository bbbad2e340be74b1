package io.blinkreactor.blinkops;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Another process that tries to lock a file, which tells what this one still has locked. */
final class LockProbe {

  private static final int FREE = 3;
  private static final int LOCKED = 4;

  private LockProbe() {}

  /** Whether the file is locked, as another process sees it. */
  static boolean isLocked(Path file) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String path = System.getProperty("java.class.path");
    int found =
        new ProcessBuilder(java, "-cp", path, LockProbe.class.getName(), file.toString())
            .inheritIO()
            .start()
            .waitFor();
    if (found != FREE && found != LOCKED) {
      throw new IOException("The probe ended with " + found + ".");
    }
    return found == LOCKED;
  }

  /** Ends with one of the two codes. */
  public static void main(String... args) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
      System.exit(channel.tryLock() == null ? LOCKED : FREE);
    }
  }
}
