package io.blinkreactor.testkit;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The one kind of query that {@link BulkHistoryServer} answers: rows after a place or before it, in
 * their order or backwards.
 *
 * @param from the first time, included
 * @param to the last time, included
 * @param before a time that is left out with all that come after it
 * @param at the time of the place
 * @param id the id of the place
 */
record BulkQuery(
    boolean ascending, long from, long to, long before, long at, String id, int limit) {

  private static final int MOST = 1_000;

  /**
   * Reads a query.
   *
   * @throws RqlException for every other one, with what is the matter
   */
  static BulkQuery parse(String q) throws RqlException {
    Map<?, ?> query = object(read(q), Set.of("filter", "sort", "limit"));
    boolean ascending = List.of("created_at", "id").equals(query.get("sort"));
    if (!ascending && !List.of("-created_at", "-id").equals(query.get("sort"))) {
      throw strange("sort");
    }
    if (!(query.get("limit") instanceof Integer limit) || limit < 1 || limit > MOST) {
      throw new RqlException(
          "limit must be greater than 0 and less than or equal to " + MOST, false);
    }
    Map<?, ?> filter = object(query.get("filter"), Set.of("created_at", "$or"));
    Map<?, ?> times = object(filter.get("created_at"), Set.of("$gte", "$lte", "$lt"));
    if (!(filter.get("$or") instanceof List<?> or) || or.size() != 2) {
      throw strange("$or");
    }
    String beyond = ascending ? "$gt" : "$lt";
    Map<?, ?> other =
        object(object(or.get(0), Set.of("created_at")).get("created_at"), Set.of(beyond));
    Map<?, ?> same = object(or.get(1), Set.of("created_at", "id"));
    long at = number(same, "created_at", null);
    if (number(other, beyond, null) != at
        || !(object(same.get("id"), Set.of(beyond)).get(beyond) instanceof String id)) {
      throw strange("$or");
    }
    return new BulkQuery(
        ascending,
        number(times, "$gte", Long.MIN_VALUE),
        number(times, "$lte", Long.MAX_VALUE),
        number(times, "$lt", Long.MAX_VALUE),
        at,
        id,
        limit);
  }

  private static @Nullable Object read(String q) throws RqlException {
    try {
      return Json.read(q);
    } catch (JacksonException e) {
      throw strange("text");
    }
  }

  private static Map<?, ?> object(@Nullable Object value, Set<String> keys) throws RqlException {
    if (value instanceof Map<?, ?> map && !map.isEmpty() && keys.containsAll(map.keySet())) {
      return map;
    }
    throw strange("filter");
  }

  private static long number(Map<?, ?> in, String key, @Nullable Long without) throws RqlException {
    if (in.get(key) instanceof Number number) {
      return number.longValue();
    }
    if (without == null || in.containsKey(key)) {
      throw strange("filter");
    }
    return without;
  }

  private static RqlException strange(String part) {
    return new RqlException(
        "this server answers walks by created_at and id only, not this " + part, false);
  }
}
