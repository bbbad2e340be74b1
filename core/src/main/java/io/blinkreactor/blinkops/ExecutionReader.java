package io.blinkreactor.blinkops;

import io.blinkreactor.internal.http.BodyReader;
import io.blinkreactor.internal.json.ElementSplitter;
import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads executions from the body of a list while it arrives. */
final class ExecutionReader implements BodyReader<Execution> {

  private final ElementSplitter splitter;
  private @Nullable Long total;

  ExecutionReader(int maxElementBytes) {
    this.splitter = new ElementSplitter(ExecutionPage.RESULTS, maxElementBytes);
  }

  @Override
  public List<Execution> feed(byte[] piece) {
    List<byte[]> rows = splitter.feed(piece);
    // Each is decoded when it is handed on, so that a bad one does not take those before it along.
    return new AbstractList<>() {
      @Override
      public Execution get(int index) {
        return Execution.decode(rows.get(index));
      }

      @Override
      public int size() {
        return rows.size();
      }
    };
  }

  @Override
  public List<Execution> end() {
    total = ExecutionPage.total(splitter.end());
    return List.of();
  }

  @Nullable Long total() {
    return total;
  }
}
