package io.blinkreactor.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parsed query.
 *
 * @param limit rows that a page may hold
 * @param requestedLimit the limit as it was asked for, 0 without one
 * @param offset rows to skip
 * @param sort order, empty without one
 * @param select members to show, null for all
 * @param filter null for all rows
 */
record RqlQuery(
    int limit,
    long requestedLimit,
    long offset,
    List<SortKey> sort,
    @Nullable List<Field> select,
    @Nullable Condition filter) {

  record SortKey(Field field, boolean descending) {}
}
