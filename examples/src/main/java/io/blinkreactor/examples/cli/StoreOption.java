package io.blinkreactor.examples.cli;

import io.blinkreactor.completion.PendingStore;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Where runs are kept.
 *
 * @param directory of the files; null for memory
 */
record StoreOption(@Nullable Path directory) {

  static final String MEMORY = "memory";
  private static final String FILE = "file:";

  /** Opens it; null for memory, where runs are kept anyway. */
  @Nullable PendingStore open() {
    return directory == null ? null : PendingStore.file(directory);
  }

  @Override
  public String toString() {
    return directory == null ? MEMORY : FILE + directory;
  }

  static final class Converter implements ITypeConverter<StoreOption> {
    @Override
    public StoreOption convert(String text) {
      if (text.equals(MEMORY)) {
        return new StoreOption(null);
      }
      try {
        if (text.startsWith(FILE) && text.length() > FILE.length()) {
          return new StoreOption(Path.of(text.substring(FILE.length())));
        }
      } catch (InvalidPathException e) {
        // Told below.
      }
      throw new TypeConversionException("'" + text + "' is not memory or file:DIR");
    }
  }
}
