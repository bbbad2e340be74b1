package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The contract on files. */
class FilePendingStoreTest extends PendingStoreContract {

  private final Path place;
  private @Nullable Path last;
  private int count;

  FilePendingStoreTest(@TempDir Path place) {
    this.place = place;
  }

  @Override
  protected PendingStore open(StoreOptions options) {
    last = place.resolve("store-" + count++);
    return PendingStore.file(last, options);
  }

  /** What a killed process leaves behind is what the files hold at that moment. */
  @Override
  protected PendingStore openAgain(StoreOptions options, boolean crash) {
    Path before = requireNonNull(last);
    if (!crash) {
      return PendingStore.file(before, options);
    }
    Path after = place.resolve("store-" + count++);
    copy(before, after);
    return PendingStore.file(after, options);
  }

  static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.list(from)) {
      Files.createDirectories(to);
      List<Path> all = files.toList();
      for (Path file : all) {
        Files.copy(file, to.resolve(requireNonNull(file.getFileName())));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
