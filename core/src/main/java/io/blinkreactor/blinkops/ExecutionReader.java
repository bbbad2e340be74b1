package io.blinkreactor.blinkops;

import io.blinkreactor.internal.http.BodyReader;
import io.blinkreactor.internal.json.ElementSplitter;
import java.util.AbstractList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads executions from the body of a list while it arrives. */
final class ExecutionReader<T> implements BodyReader<T> {

  private final ElementSplitter splitter;
  private final Function<byte[], T> decode;
  private @Nullable Long total;

  ExecutionReader(int maxElementBytes, Function<byte[], T> decode) {
    this.splitter = new ElementSplitter(ExecutionPage.RESULTS, maxElementBytes);
    this.decode = decode;
  }

  @Override
  public List<T> feed(byte[] piece) {
    List<byte[]> rows = splitter.feed(piece);
    // Each is decoded when it is handed on, so that a bad one does not take those before it along.
    return new AbstractList<>() {
      @Override
      public T get(int index) {
        return decode.apply(rows.get(index));
      }

      @Override
      public int size() {
        return rows.size();
      }
    };
  }

  @Override
  public List<T> end() {
    total = ExecutionPage.total(splitter.end());
    return List.of();
  }

  @Nullable Long total() {
    return total;
  }
}
