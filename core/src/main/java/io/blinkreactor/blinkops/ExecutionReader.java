package io.blinkreactor.blinkops;

import io.blinkreactor.internal.export.Row;
import io.blinkreactor.internal.http.BodyReader;
import io.blinkreactor.internal.json.Element;
import io.blinkreactor.internal.json.ElementSplitter;
import java.util.AbstractList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads executions from the body of a list while it arrives. */
final class ExecutionReader<T> implements BodyReader<T> {

  private final ElementSplitter splitter;
  private final Function<Element, T> decode;
  private @Nullable Long total;

  private ExecutionReader(ElementSplitter splitter, Function<Element, T> decode) {
    this.splitter = splitter;
    this.decode = decode;
  }

  static ExecutionReader<Execution> decoding(int maxElementBytes) {
    return new ExecutionReader<>(
        new ElementSplitter(ExecutionPage.RESULTS, maxElementBytes),
        element -> Execution.decode(element.json()));
  }

  /** Rows for an archive. */
  static ExecutionReader<Row> verbatim(int maxElementBytes) {
    return new ExecutionReader<>(
        new ElementSplitter(ExecutionPage.RESULTS, maxElementBytes, ExecutionRow.GLANCE),
        ExecutionRow::of);
  }

  @Override
  public List<T> feed(byte[] piece) {
    List<Element> rows = splitter.feed(piece);
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
