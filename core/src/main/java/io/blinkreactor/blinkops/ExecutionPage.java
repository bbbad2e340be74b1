package io.blinkreactor.blinkops;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Json;
import io.blinkreactor.internal.json.Shape;
import java.util.List;
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
  private static final Shape.Field<JsonValue> RESULTS = SHAPE.json("results");

  static ExecutionPage decode(byte[] json) {
    var page = SHAPE.decode(json);
    return new ExecutionPage(
        elements(page.get(RESULTS)).stream().map(Execution::decode).toList(),
        page.get(LIMIT),
        page.get(OFFSET),
        page.get(TOTAL));
  }

  static List<ExecutionStep> decodeSteps(byte[] json) {
    return elements(SHAPE.decode(json).get(RESULTS)).stream().map(ExecutionStep::decode).toList();
  }

  /**
   * The vendor's own clients guard against {@code results} that are null or absent when a list is
   * empty.
   */
  private static List<byte[]> elements(@Nullable JsonValue results) {
    return results == null ? List.of() : Json.elements(results.toBytes());
  }
}
