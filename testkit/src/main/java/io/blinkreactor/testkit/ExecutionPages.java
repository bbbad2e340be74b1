package io.blinkreactor.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers list queries. */
final class ExecutionPages {
  private final Executions<Row> executions;
  private final Settings settings;
  private final Seed seed;

  /**
   * A row frozen for one query, so that a run which goes on can't upset the sort.
   *
   * @param keys the values of the fields to sort by, read once and not at each comparison
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  private record Candidate(Slot<Row> slot, Row row, @Nullable Object[] keys) {}

  private record Key(long rows, long settings, String workspace, List<RqlQuery.SortKey> sort) {}

  /** Nobody changes the rows once they are here. */
  private record Sorted(Key key, List<Candidate> rows) {}

  private volatile @Nullable Sorted lastSorted;

  ExecutionPages(Executions<Row> executions, Settings settings, Seed seed) {
    this.executions = executions;
    this.settings = settings;
    this.seed = seed;
  }

  Map<String, @Nullable Object> page(String workspace, String q, long index) throws RqlException {
    RqlQuery query = new RqlParser(settings).parse(q);
    View view = new View(settings);
    Condition filter = settings.on(Switch.RQL_IGNORE_FILTER) ? null : query.filter();
    List<Candidate> all = sorted(workspace, query, view, index);
    List<Object> results = new ArrayList<>();
    int matching = 0;
    for (Candidate candidate : all) {
      if (filter == null || filter.test(view.of(candidate.row()))) {
        if (matching >= query.offset() && results.size() < query.limit()) {
          results.add(view.item(candidate.row(), query.select()));
        }
        matching++;
      }
    }
    return view.withUnknown(envelope(query, results, matching, all.size(), index));
  }

  /**
   * A walk asks for the same order page after page, and sorting a long history each time is slow.
   */
  private List<Candidate> sorted(String workspace, RqlQuery query, View view, long index) {
    boolean repeatable = !settings.is(Switch.LIST_DEFAULT_ORDER, "random");
    Key key = new Key(executions.version(), settings.version(), workspace, query.sort());
    Sorted last = lastSorted;
    if (repeatable && last != null && last.key().equals(key)) {
      return last.rows();
    }
    List<RqlQuery.SortKey> order = settings.on(Switch.RQL_IGNORE_SORT) ? List.of() : query.sort();
    List<Candidate> rows = new ArrayList<>();
    for (Slot<Row> slot : executions.snapshot()) {
      Row row = slot.row();
      if (row.text(Field.WORKSPACE_ID).equals(workspace)) {
        Object[] keys = order.stream().map(by -> view.value(row, by.field())).toArray();
        rows.add(new Candidate(slot, row, keys));
      }
    }
    rows.sort(order(order, index));
    if (repeatable) {
      lastSorted = new Sorted(key, rows);
    }
    return rows;
  }

  private Map<String, @Nullable Object> envelope(
      RqlQuery query, List<Object> results, int matching, int all, long index) {
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put(
        "limit",
        settings.is(Switch.LIST_LIMIT_ECHO, "applied") ? query.limit() : query.requestedLimit());
    page.put("offset", query.offset());
    switch (settings.text(Switch.LIST_TOTAL)) {
      case "filtered" -> page.put("total", matching);
      case "all" -> page.put("total", all);
      case "wrong" -> {
        int error = seed.random("list.total", index).nextInt(1, 8);
        page.put("total", index % 2 == 0 ? matching + error : Math.max(0, matching - error));
      }
      default -> {}
    }
    if (!results.isEmpty() || settings.is(Switch.LIST_EMPTY_RESULTS, "array")) {
      page.put("results", results);
    } else if (settings.is(Switch.LIST_EMPTY_RESULTS, "null")) {
      page.put("results", null);
    }
    return page;
  }

  private Comparator<Candidate> order(List<RqlQuery.SortKey> keys, long index) {
    Comparator<Candidate> ties = defaultOrder(index);
    Comparator<@Nullable Object> ascending = Comparator.nullsLast(RqlParser::compare);
    return (a, b) -> {
      for (int i = 0; i < keys.size(); i++) {
        int order = ascending.compare(a.keys()[i], b.keys()[i]);
        if (order != 0) {
          return keys.get(i).descending() ? -order : order;
        }
      }
      return ties.compare(a, b);
    };
  }

  private Comparator<Candidate> defaultOrder(long index) {
    Comparator<Candidate> oldest =
        Comparator.<Candidate>comparingLong(
                c -> c.row().get(Field.CREATED_AT) instanceof Long at ? at : 0L)
            .thenComparingLong(c -> c.slot().sequence);
    return switch (settings.text(Switch.LIST_DEFAULT_ORDER)) {
      case "oldest" -> oldest;
      case "random" -> {
        String purpose = "list.order." + index;
        yield Comparator.<Candidate>comparingDouble(c -> seed.unit(purpose, c.slot().sequence))
            .thenComparing(oldest);
      }
      default -> oldest.reversed();
    };
  }
}
