package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.Execution;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The executions of a directory's {@code part-*.ndjson}, in the order of the files' names. */
final class PartReader implements Iterator<Execution>, AutoCloseable {

  private final Deque<Path> parts;
  private @Nullable Path part;
  private @Nullable BufferedReader reader;
  private @Nullable Execution next;
  private long line;

  private PartReader(List<Path> parts) {
    this.parts = new ArrayDeque<>(parts);
  }

  static PartReader open(Path directory) throws IOException {
    List<Path> parts = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, "part-*.ndjson")) {
      found.forEach(parts::add);
    }
    Collections.sort(parts);
    return new PartReader(parts);
  }

  @Override
  public boolean hasNext() {
    try {
      while (next == null && (reader != null || !parts.isEmpty())) {
        advance();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return next != null;
  }

  private void advance() throws IOException {
    if (reader == null) {
      part = parts.remove();
      reader = Files.newBufferedReader(part);
      line = 0;
    }
    String text = reader.readLine();
    line++;
    if (text == null) {
      close();
    } else if (!text.isBlank()) {
      next = parse(text);
    }
  }

  private Execution parse(String text) {
    try {
      return Execution.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Failures.UsageException(
          "Line " + line + " of " + part + " is not a JSON object: the archive is not whole.");
    }
  }

  @Override
  public Execution next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException();
    }
    Execution run = next;
    next = null;
    return run;
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
