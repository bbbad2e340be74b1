package io.blinkreactor.blinkops;

import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Element;
import io.blinkreactor.internal.json.ElementSplitter;
import io.blinkreactor.internal.json.Shape;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param executions the executions, in the vendor's order
 * @param limit the limit that the vendor says it applied or was asked for (which of both is not
 *     documented)
 * @param offset the offset that the vendor says it applied
 * @param total how many there are; whether the filter counts is not documented, and it moves while
 *     runs come and go
 */
public record ExecutionPage(
    List<Execution> executions, @Nullable Long limit, @Nullable Long offset, @Nullable Long total) {

  private static final Shape SHAPE = new Shape();
  private static final Shape.Field<Long> LIMIT = SHAPE.integer("limit");
  private static final Shape.Field<Long> OFFSET = SHAPE.integer("offset");
  private static final Shape.Field<Long> TOTAL = SHAPE.integer("total");

  /**
   * The vendor's own clients guard against {@code results} that are null or absent when a list is
   * empty.
   */
  static final Set<String> RESULTS = Set.of("results");

  static ExecutionPage decode(byte[] json) {
    ElementSplitter splitter = splitter();
    List<Execution> executions =
        splitter.feed(json).stream().map(Element::json).map(Execution::decode).toList();
    Document page = SHAPE.decode(splitter.end());
    return new ExecutionPage(executions, page.get(LIMIT), page.get(OFFSET), page.get(TOTAL));
  }

  /** The total in what stands around the executions. */
  static @Nullable Long total(byte[] envelope) {
    return SHAPE.decode(envelope).get(TOTAL);
  }

  static List<ExecutionStep> decodeSteps(byte[] json) {
    ElementSplitter splitter = splitter();
    List<ExecutionStep> steps =
        splitter.feed(json).stream().map(Element::json).map(ExecutionStep::decode).toList();
    SHAPE.decode(splitter.end());
    return steps;
  }

  /** The transport has bounded the body already, and with it each element. */
  private static ElementSplitter splitter() {
    return new ElementSplitter(RESULTS, Integer.MAX_VALUE);
  }
}
