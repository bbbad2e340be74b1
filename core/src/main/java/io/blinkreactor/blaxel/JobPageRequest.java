package io.blinkreactor.blaxel;

import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Which page of a job's executions is wanted. Immutable.
 *
 * <p>An offset belongs to the legacy contract; a cursor, an order and a search belong to the cursor
 * contract. Where the client's contract lacks one of them the call is refused here, since the
 * vendor would pass over it in silence and answer another page.
 */
public final class JobPageRequest {

  /** The documented bound. */
  static final int MAX_LIMIT = 100;

  private static final int LONGEST_SEARCH = 200;

  private static final JobPageRequest FIRST = new JobPageRequest(MAX_LIMIT, null, null, null, null);

  private final int limit;
  private final @Nullable Long offset;
  private final @Nullable String cursor;
  private final @Nullable JobExecutionOrder order;
  private final @Nullable String search;

  private JobPageRequest(
      int limit,
      @Nullable Long offset,
      @Nullable String cursor,
      @Nullable JobExecutionOrder order,
      @Nullable String search) {
    this.limit = limit;
    this.offset = offset;
    this.cursor = cursor;
    this.order = order;
    this.search = search;
  }

  /** {@return the first page, of 100 executions} */
  public static JobPageRequest first() {
    return FIRST;
  }

  /**
   * The page behind another one of the cursor contract. The limit may differ; order and search must
   * be those of the page before.
   *
   * @param cursor {@link JobExecutionPage#nextCursor()} of the page before; the vendor takes it for
   *     24 hours
   * @return that page, of 100 executions
   */
  public static JobPageRequest after(String cursor) {
    if (cursor.isEmpty()) {
      throw new IllegalArgumentException(
          "The cursor is empty: the page before was the last one, or take first().");
    }
    return new JobPageRequest(MAX_LIMIT, null, cursor, null, null);
  }

  /**
   * A page of the legacy contract.
   *
   * @param offset how many executions come before it, 0 or more
   * @return that page, of 100 executions
   */
  public static JobPageRequest at(long offset) {
    if (offset < 0) {
      throw new IllegalArgumentException("'offset' must be 0 or more, not " + offset + ".");
    }
    return new JobPageRequest(MAX_LIMIT, offset, null, null, null);
  }

  /**
   * Sets how many executions are wanted.
   *
   * @param executions 1 to 100, the documented bounds; 100 by default
   * @return the request with that limit
   */
  public JobPageRequest limit(int executions) {
    return new JobPageRequest(
        within("limit", executions, 1, MAX_LIMIT), offset, cursor, order, search);
  }

  /**
   * Sets the order.
   *
   * @param order the order; {@link JobExecutionOrder#NEWEST_FIRST} at the vendor by default
   * @return the request with that order
   */
  public JobPageRequest order(JobExecutionOrder order) {
    return new JobPageRequest(limit, offset, cursor, requireNonNull(order, "order"), search);
  }

  /**
   * Sets what is searched for.
   *
   * @param text a part of what is wanted, up to 200 characters; the vendor takes one of less than
   *     two for none
   * @return the request with that search
   */
  public JobPageRequest search(String text) {
    within("length of search", text.length(), 0, LONGEST_SEARCH);
    return new JobPageRequest(limit, offset, cursor, order, text);
  }

  int limit() {
    return limit;
  }

  @Nullable Long offset() {
    return offset;
  }

  @Nullable String cursor() {
    return cursor;
  }

  @Nullable JobExecutionOrder order() {
    return order;
  }

  @Nullable String search() {
    return search;
  }

  /** Whether it needs the cursor contract. */
  boolean needsCursors() {
    return cursor != null || order != null || search != null;
  }

  /** {@return limit and offset, and whether there is a cursor} */
  @Override
  public String toString() {
    return "JobPageRequest[limit="
        + limit
        + ", offset="
        + offset
        + ", cursor="
        + (cursor == null ? "none" : "given")
        + "]";
  }
}
