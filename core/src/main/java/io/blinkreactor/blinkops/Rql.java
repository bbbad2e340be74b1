package io.blinkreactor.blinkops;

import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A query in RQL, the vendor's JSON query language: a filter, an order, a selection, a limit and an
 * offset. Immutable; every method answers a new query.
 *
 * <pre>{@code
 * Rql.where("playbook_id").eq(id)
 *    .and("created_at").gte(since)
 *    .sort("-created_at");
 * }</pre>
 *
 * <p>The documented predicates are {@code $eq $neq $gt $lt $gte $lte $like} and {@code $or}
 * (source: the vendor's RQL page). Which fields the vendor filters and sorts executions by is
 * documented for none; its own client filters by {@code playbook_id} and sorts by {@code
 * started_at}. Times are sent as epoch milliseconds, as the time members of executions are
 * integers. What this builder lacks goes through {@link #filterJson} or {@link #json}.
 */
public final class Rql {

  private static final Rql ALL = new Rql(List.of(), null, List.of(), List.of(), null, null, null);

  /** A part of the filter; parts are ANDed. */
  private sealed interface Term {}

  private record Predicate(String field, String operator, Object value) implements Term {}

  private record AnyOf(List<Rql> branches) implements Term {}

  private final List<Term> terms;
  private final @Nullable JsonValue rawFilter;
  private final List<String> sort;
  private final List<String> select;
  private final @Nullable Integer limit;
  private final @Nullable Integer offset;
  private final @Nullable JsonValue raw;

  private Rql(
      List<Term> terms,
      @Nullable JsonValue rawFilter,
      List<String> sort,
      List<String> select,
      @Nullable Integer limit,
      @Nullable Integer offset,
      @Nullable JsonValue raw) {
    this.terms = terms;
    this.rawFilter = rawFilter;
    this.sort = sort;
    this.select = select;
    this.limit = limit;
    this.offset = offset;
    this.raw = raw;
  }

  /** {@return the query without a filter} */
  public static Rql all() {
    return ALL;
  }

  /**
   * Starts a filter.
   *
   * @param field the name of a member, such as {@code playbook_id}
   * @return what to compare it with
   */
  public static Condition where(String field) {
    return ALL.and(field);
  }

  /**
   * A filter that lets through what any of the given filters does.
   *
   * @param filters at least one, each with at least one condition; only their filters count
   * @return the query
   */
  public static Rql anyOf(Rql... filters) {
    return ALL.and(new AnyOf(branches(List.of(filters))));
  }

  /**
   * Takes a filter as JSON, for what the builder can't say.
   *
   * @param filter the filter object, the value of {@code filter} in RQL
   * @return the query, which takes no further conditions
   * @throws IllegalArgumentException if it is not a JSON object
   */
  public static Rql filterJson(String filter) {
    return new Rql(List.of(), object(filter), List.of(), List.of(), null, null, null);
  }

  /**
   * Takes a whole query as JSON; it is sent as it is.
   *
   * @param query the object with {@code filter}, {@code sort} and so on
   * @return the query, which takes no further parts
   * @throws IllegalArgumentException if it is not a JSON object
   */
  public static Rql json(String query) {
    return new Rql(List.of(), null, List.of(), List.of(), null, null, object(query));
  }

  /**
   * Adds a condition: both it and the filter so far must hold.
   *
   * @param field the name of a member
   * @return what to compare it with
   */
  public Condition and(String field) {
    if (requireNonNull(field, "field").isBlank() || field.startsWith("$")) {
      throw new IllegalArgumentException(
          "'field' must be the name of a member, such as playbook_id, not \"" + field + "\".");
    }
    return new Condition(this, field);
  }

  /**
   * Adds another query's filter: both must hold.
   *
   * @param other the other query, of which only the filter counts
   * @return the query with both filters
   */
  public Rql and(Rql other) {
    checkBuilt("condition");
    other.checkBuilt("condition");
    return with(Stream.concat(terms.stream(), other.terms.stream()).toList());
  }

  private Rql and(Term term) {
    checkBuilt("condition");
    return with(Stream.concat(terms.stream(), Stream.of(term)).toList());
  }

  private Rql with(List<Term> newTerms) {
    return new Rql(newTerms, null, sort, select, limit, offset, null);
  }

  /**
   * Sets the order.
   *
   * @param fields names of members, with a {@code -} before those that go downwards
   * @return the query with that order
   */
  public Rql sort(String... fields) {
    checkWhole("order");
    for (String field : fields) {
      if (field.replaceFirst("^[+-]", "").isBlank()) {
        throw new IllegalArgumentException("'sort' has an item without a field name.");
      }
    }
    return new Rql(terms, rawFilter, List.of(fields), select, limit, offset, null);
  }

  /**
   * Sets the members to be sent. Whether the vendor honours it for executions is not documented.
   *
   * @param fields names of members
   * @return the query with that selection
   */
  public Rql select(String... fields) {
    checkWhole("selection");
    return new Rql(terms, rawFilter, sort, List.of(fields), limit, offset, null);
  }

  /**
   * Sets how many rows to ask for.
   *
   * @param rows 1 to 1000, the documented bound; the vendor's own client speaks of 100 for some
   *     lists
   * @return the query with that limit
   */
  public Rql limit(int rows) {
    checkWhole("limit");
    within("limit", rows, 1, 1000);
    return new Rql(terms, rawFilter, sort, select, rows, offset, null);
  }

  /**
   * Sets how many rows to pass over.
   *
   * @param rows 0 or more
   * @return the query with that offset
   */
  public Rql offset(int rows) {
    checkWhole("offset");
    within("offset", rows, 0, Integer.MAX_VALUE);
    return new Rql(terms, rawFilter, sort, select, limit, rows, null);
  }

  /** {@return the query as JSON, as the vendor gets it in the parameter {@code q}} */
  public String toJson() {
    if (raw != null) {
      return raw.text();
    }
    Map<String, Object> query = new LinkedHashMap<>();
    if (rawFilter != null || !terms.isEmpty()) {
      query.put("filter", filter(List.of()));
    }
    if (!sort.isEmpty()) {
      query.put("sort", sort);
    }
    if (!select.isEmpty()) {
      query.put("select", select);
    }
    if (limit != null) {
      query.put("limit", limit);
    }
    if (offset != null) {
      query.put("offset", offset);
    }
    return JsonValue.of(query).text();
  }

  /** {@return the query as JSON} */
  @Override
  public String toString() {
    return toJson();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Rql that && that.toJson().equals(toJson());
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  boolean isRaw() {
    return raw != null;
  }

  boolean hasLimitOrOffset() {
    return limit != null || offset != null;
  }

  List<String> sort() {
    return sort;
  }

  boolean hasSelection() {
    return !select.isEmpty();
  }

  /** The query with members that must be sent, if it chooses any. */
  Rql selecting(String... members) {
    return select.isEmpty()
        ? this
        : select(
            Stream.concat(select.stream(), Stream.of(members)).distinct().toArray(String[]::new));
  }

  /** The query with another filter beside its own, which may have been given as JSON. */
  Rql narrowed(Rql filter) {
    return rawFilter == null
        ? and(filter)
        : new Rql(
            Stream.concat(filter.terms.stream(), Stream.of((Term) new AnyOf(List.of(this))))
                .toList(),
            null,
            sort,
            select,
            limit,
            offset,
            null);
  }

  /** Whether the filter is given as JSON with an {@code $or}, which narrowing puts into another. */
  boolean isNestedByNarrowing() {
    return rawFilter != null && rawFilter.text().contains("\"$or\"");
  }

  /** The names of the members in the filter; a filter given as JSON stands for itself. */
  Set<String> filterFields() {
    Set<String> names = new TreeSet<>();
    if (rawFilter != null) {
      names.add(rawFilter.text());
    }
    for (Term term : terms) {
      if (term instanceof Predicate p) {
        names.add(p.field);
      } else if (term instanceof AnyOf any) {
        any.branches.forEach(branch -> names.addAll(branch.filterFields()));
      }
    }
    return names;
  }

  /** The filter as JSON. */
  String filterText() {
    return JsonValue.of(filter(List.of())).text();
  }

  private Object filter(List<Term> more) {
    return rawFilter != null && more.isEmpty()
        ? rawFilter
        : object(
            Stream.concat(
                    rawFilter == null ? terms.stream() : Stream.of((Term) new AnyOf(List.of(this))),
                    more.stream())
                .toList());
  }

  /**
   * Writes ANDed terms as one object. A JSON object holds a name once, so a second predicate of the
   * same kind, or a second {@code $or}, goes one level down: into every branch of the first {@code
   * $or}, or into one of a single branch.
   */
  private static Map<String, Object> object(List<Term> terms) {
    Map<String, Map<String, Object>> fields = new LinkedHashMap<>();
    List<Rql> branches = List.of();
    List<Term> rest = new ArrayList<>();
    for (Term term : terms) {
      if (term instanceof Predicate p) {
        Map<String, Object> predicates =
            fields.computeIfAbsent(p.field, f -> new LinkedHashMap<>());
        if (predicates.putIfAbsent(p.operator, p.value) != null) {
          rest.add(term);
        }
      } else if (term instanceof AnyOf any) {
        if (branches.isEmpty()) {
          branches = any.branches;
        } else {
          rest.add(term);
        }
      }
    }
    Map<String, Object> object = new LinkedHashMap<>();
    fields.forEach(
        (field, predicates) ->
            object.put(
                field,
                predicates.keySet().equals(Set.of("$eq")) ? predicates.get("$eq") : predicates));
    if (!branches.isEmpty() || !rest.isEmpty()) {
      List<Rql> under = branches.isEmpty() ? List.of(ALL) : branches;
      object.put("$or", under.stream().map(branch -> branch.filter(rest)).toList());
    }
    return object;
  }

  private static List<Rql> branches(List<Rql> filters) {
    if (filters.isEmpty()) {
      throw new IllegalArgumentException("'anyOf' needs at least one filter.");
    }
    for (Rql filter : filters) {
      filter.checkBuilt("alternative");
      if (filter.terms.isEmpty()) {
        throw new IllegalArgumentException("'anyOf' has a filter without conditions.");
      }
    }
    return filters;
  }

  private static JsonValue object(String json) {
    JsonValue value = JsonValue.parse(json);
    if (!Json.isObject(value)) {
      throw new IllegalArgumentException("A JSON object was expected, not: " + json);
    }
    return value;
  }

  private void checkBuilt(String part) {
    checkWhole(part);
    if (rawFilter != null) {
      throw new IllegalArgumentException(
          "A filter given as JSON takes no " + part + ": put it into the JSON.");
    }
  }

  private void checkWhole(String part) {
    if (raw != null) {
      throw new IllegalArgumentException(
          "A query given as JSON takes no " + part + ": put it into the JSON.");
    }
  }

  /** A field that waits for what it is compared with. */
  public static final class Condition {

    private final Rql query;
    private final String field;

    private Condition(Rql query, String field) {
      this.query = query;
      this.field = field;
    }

    /**
     * Equal.
     *
     * @param value a string, a boolean, a whole number, or an {@link Instant}
     * @return the query with this condition
     */
    public Rql eq(Object value) {
      return add("$eq", scalar(value));
    }

    /**
     * Not equal.
     *
     * @param value a string, a boolean, a whole number, or an {@link Instant}
     * @return the query with this condition
     */
    public Rql neq(Object value) {
      return add("$neq", scalar(value));
    }

    /**
     * Greater.
     *
     * @param value a string, a whole number, or an {@link Instant}
     * @return the query with this condition
     */
    public Rql gt(Object value) {
      return add("$gt", ordered(value));
    }

    /**
     * Less.
     *
     * @param value a string, a whole number, or an {@link Instant}
     * @return the query with this condition
     */
    public Rql lt(Object value) {
      return add("$lt", ordered(value));
    }

    /**
     * Greater or equal.
     *
     * @param value a string, a whole number, or an {@link Instant}
     * @return the query with this condition
     */
    public Rql gte(Object value) {
      return add("$gte", ordered(value));
    }

    /**
     * Less or equal.
     *
     * @param value a string, a whole number, or an {@link Instant}
     * @return the query with this condition
     */
    public Rql lte(Object value) {
      return add("$lte", ordered(value));
    }

    /**
     * Matches a pattern with SQL's wildcards, {@code %} and {@code _}.
     *
     * @param pattern the pattern
     * @return the query with this condition
     */
    public Rql like(String pattern) {
      return add("$like", requireNonNull(pattern, "pattern"));
    }

    private Rql add(String operator, Object value) {
      return query.and(new Predicate(field, operator, value));
    }

    private Object ordered(Object value) {
      if (value instanceof Boolean) {
        throw new IllegalArgumentException(
            "'" + field + "': a boolean can only be compared with eq and neq.");
      }
      return scalar(value);
    }

    private Object scalar(Object value) {
      requireNonNull(value, () -> "the value for '" + field + "'; RQL has no test for null");
      if (value instanceof Instant instant) {
        return instant.toEpochMilli();
      }
      if (value instanceof ExecutionState state) {
        return state.name();
      }
      if (value instanceof String
          || value instanceof Boolean
          || value instanceof Long
          || value instanceof Integer) {
        return value;
      }
      throw new IllegalArgumentException(
          "'"
              + field
              + "' can be compared with a String, Boolean, Integer, Long, Instant or ExecutionState, not with "
              + value.getClass().getSimpleName()
              + ".");
    }
  }
}
