package io.blinkreactor.examples.cli;

import io.blinkreactor.export.Archive;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** Which archive is read. */
final class ArchivePlace {

  @Parameters(paramLabel = "DIR", description = "The directory that the archive is in.")
  Path directory = Path.of("");

  Archive archive() {
    if (!Files.isDirectory(directory)) {
      throw new Failures.UsageException(
          directory
              + (Files.exists(directory) ? " is a file" : " is not there")
              + ": name the directory that was exported to.");
    }
    return Archive.in(directory);
  }

  /** Whether that file is one of the archive's own. */
  boolean holds(Path file) {
    String name = String.valueOf(file.getFileName());
    return (name.equals("manifest.json") || name.startsWith("part-"))
        && file.toAbsolutePath().normalize().startsWith(directory.toAbsolutePath().normalize());
  }
}
