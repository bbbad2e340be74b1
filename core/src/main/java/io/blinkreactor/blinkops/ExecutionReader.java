package io.blinkreactor.blinkops;

import io.blinkreactor.internal.http.BodyReader;
import io.blinkreactor.internal.json.ElementSplitter;
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
    return splitter.feed(piece).stream().map(Execution::decode).toList();
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
