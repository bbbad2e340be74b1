package io.blinkreactor.testkit;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers lists of executions and tasks, by both contracts. */
final class BlaxelPages {
  private final Executions<BlaxelRow> executions;
  private final Settings settings;
  private final Seed seed;
  private final Clock clock;

  /** What a list of executions asks for, apart from the page. */
  record Query(String workspace, String job, BlaxelOrder order, String search) {}

  /** Which page is wanted; the index tells requests apart. */
  record Wanted(int limit, @Nullable String cursor, long index) {}

  /** A row frozen for one query, so that an execution which goes on can't upset the sort. */
  private record Candidate(BlaxelCursor.Key key, BlaxelRow row) {}

  private record CacheKey(long rows, String workspace, String job, BlaxelOrder order) {}

  /** Nobody changes the rows once they are here. */
  private record Sorted(CacheKey key, List<Candidate> rows) {}

  /** A cursor that is none, is too old, or belongs to another query. */
  static final class RejectedCursorException extends Exception {
    private static final long serialVersionUID = 1L;

    RejectedCursorException(String message) {
      super(message);
    }
  }

  private volatile @Nullable Sorted lastSorted;

  BlaxelPages(Executions<BlaxelRow> executions, Settings settings, Seed seed, Clock clock) {
    this.executions = executions;
    this.settings = settings;
    this.seed = seed;
    this.clock = clock;
  }

  /** The ids of a job's executions that can be seen, newest first. */
  List<String> ids(String workspace, String job) {
    return rows(new Query(workspace, job, BlaxelOrder.NEWEST, "")).stream()
        .map(candidate -> candidate.row().id())
        .toList();
  }

  /** A page of the legacy contract. */
  List<Object> page(String workspace, String job, int limit, int offset, long index) {
    BlaxelOrder order =
        settings.is(BlaxelSwitch.LEGACY_ORDER, "asc") ? BlaxelOrder.OLDEST : BlaxelOrder.NEWEST;
    List<Candidate> all = rows(new Query(workspace, job, order, ""));
    int from = Math.min(offset, all.size());
    BlaxelView view = new BlaxelView(settings, seed);
    List<Object> page = new ArrayList<>();
    for (Candidate candidate : all.subList(from, from + size(all.size() - from, limit, index))) {
      page.add(view.item(candidate.row()));
    }
    return page;
  }

  /** A page of executions by the cursor contract. */
  Map<String, @Nullable Object> page(Query query, Wanted wanted) throws RejectedCursorException {
    BlaxelView view = new BlaxelView(settings, seed);
    String fingerprint = fingerprint("executions", query.toString());
    List<Candidate> rows = rows(query);
    boolean keyset = settings.is(BlaxelSwitch.CURSOR_POSITION, "keyset");
    return page(
        rows,
        candidate -> view.item(candidate.row()),
        keyset ? Candidate::key : null,
        query.order().comparator,
        fingerprint,
        wanted,
        total(query, rows.size(), wanted.index()),
        view);
  }

  /** A page of tasks, whose cursors hold an offset as the vendor tells. */
  Map<String, @Nullable Object> tasks(
      BlaxelRow row, BlaxelOrder order, String search, Wanted wanted)
      throws RejectedCursorException {
    BlaxelView view = new BlaxelView(settings, seed);
    List<Object> tasks = new ArrayList<>(view.tasks(row));
    int all = tasks.size();
    String word = word(search);
    tasks.removeIf(task -> !name(task).toLowerCase(Locale.ROOT).contains(word));
    switch (order) {
      case NEWEST, OLDEST -> {}
      case NAME -> tasks.sort(Comparator.comparing(BlaxelPages::name));
      case NAME_REVERSED -> tasks.sort(Comparator.comparing(BlaxelPages::name).reversed());
    }
    String fingerprint = fingerprint("tasks", row.workspace() + row.id() + order + word);
    return page(
        tasks,
        task -> task,
        null,
        order.comparator,
        fingerprint,
        wanted,
        settings.is(BlaxelSwitch.LIST_TOTAL, "absent") ? null : (Integer) all,
        view);
  }

  private <T> Map<String, @Nullable Object> page(
      List<T> rows,
      Function<T, Object> form,
      @Nullable Function<T, BlaxelCursor.Key> key,
      Comparator<BlaxelCursor.Key> order,
      String fingerprint,
      Wanted wanted,
      @Nullable Integer total,
      BlaxelView view)
      throws RejectedCursorException {
    BlaxelCursor cursor = read(wanted.cursor(), fingerprint);
    BlaxelCursor.Key after = cursor == null ? null : cursor.after();
    int from =
        after != null && key != null
            ? firstAfter(rows, key, order, after)
            : Math.min(cursor == null ? 0 : cursor.offset(), rows.size());
    boolean empty =
        (cursor == null || !cursor.afterEmpty())
            && chance(BlaxelSwitch.PAGE_EMPTY, wanted.index())
            && from < rows.size();
    int to = from + (empty ? 0 : size(rows.size() - from, wanted.limit(), wanted.index()));
    List<Object> data = new ArrayList<>();
    for (T row : rows.subList(from, to)) {
      data.add(form.apply(row));
    }
    boolean more = to < rows.size();
    String disagree = settings.text(BlaxelSwitch.META_DISAGREE);
    String next = null;
    if (more || (disagree.equals("cursor-on-last") && to > from)) {
      boolean loops = cursor != null && more && chance(BlaxelSwitch.CURSOR_LOOP, wanted.index());
      next =
          loops
              ? wanted.cursor()
              : new BlaxelCursor(
                      fingerprint,
                      clock.millis(),
                      wanted.index(),
                      empty,
                      to,
                      key == null ? null : to > from ? key.apply(rows.get(to - 1)) : after)
                  .text();
    }
    Map<String, @Nullable Object> meta = new LinkedHashMap<>();
    meta.put(
        "hasMore",
        switch (disagree) {
          case "more-without-cursor" -> true;
          case "cursor-without-more" -> false;
          default -> more;
        });
    if (next != null || settings.is(BlaxelSwitch.CURSOR_LAST, "null")) {
      meta.put("nextCursor", next);
    } else if (settings.is(BlaxelSwitch.CURSOR_LAST, "empty")) {
      meta.put("nextCursor", "");
    }
    if (total != null) {
      meta.put("total", total);
    }
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("data", data);
    page.put("meta", view.withUnknown(meta));
    return view.withUnknown(page);
  }

  private @Nullable BlaxelCursor read(@Nullable String text, String fingerprint)
      throws RejectedCursorException {
    if (text == null || text.isEmpty()) {
      return null;
    }
    BlaxelCursor cursor = BlaxelCursor.read(text);
    if (cursor == null) {
      throw new RejectedCursorException("The cursor is malformed.");
    }
    Instant issued = Instant.ofEpochMilli(cursor.issuedAt());
    if (!cursor.fingerprint().equals(fingerprint)) {
      throw new RejectedCursorException("The cursor belongs to another query.");
    }
    if (!clock.instant().isBefore(issued.plus(settings.duration(BlaxelSwitch.CURSOR_LIFETIME)))) {
      throw new RejectedCursorException("The cursor has expired.");
    }
    return cursor;
  }

  private String fingerprint(String what, String query) {
    return HexFormat.of().toHexDigits(seed.random(what + ":" + query, 0).nextLong());
  }

  /** Rows are sorted, so the place is found by halving. */
  private static <T> int firstAfter(
      List<T> rows,
      Function<T, BlaxelCursor.Key> key,
      Comparator<BlaxelCursor.Key> order,
      BlaxelCursor.Key after) {
    int low = 0;
    int high = rows.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (order.compare(key.apply(rows.get(middle)), after) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int size(int left, int limit, long index) {
    int size = Math.min(limit, left);
    return size > 1 && size < left && chance(BlaxelSwitch.PAGE_SHORT, index) ? size / 2 : size;
  }

  private boolean chance(BlaxelSwitch which, long index) {
    return seed.chance(settings.share(which), which.key(), index);
  }

  private @Nullable Integer total(Query query, int matching, long index) {
    int job = rows(new Query(query.workspace(), query.job(), query.order(), "")).size();
    return switch (settings.text(BlaxelSwitch.LIST_TOTAL)) {
      case "absent" -> null;
      case "filtered" -> (Integer) matching;
      case "workspace" -> {
        Instant now = clock.instant();
        yield (int)
            executions.snapshot().stream()
                .map(Slot::row)
                .filter(row -> row.workspace().equals(query.workspace()) && isVisible(row, now))
                .count();
      }
      case "wrong" -> {
        int error = seed.random("list.total", index).nextInt(1, 8);
        yield index % 2 == 0 ? job + error : Math.max(0, job - error);
      }
      default -> (Integer) job;
    };
  }

  private List<Candidate> rows(Query query) {
    List<Candidate> rows = sorted(query);
    String word = word(query.search());
    boolean all = settings.is(BlaxelSwitch.LIST_DELETED, "listed");
    if (all && word.isEmpty()) {
      return rows;
    }
    Instant now = clock.instant();
    return rows.stream()
        .filter(
            candidate ->
                isVisible(candidate.row(), now)
                    && candidate.row().id().toLowerCase(Locale.ROOT).contains(word))
        .toList();
  }

  private boolean isVisible(BlaxelRow row, Instant now) {
    return settings.is(BlaxelSwitch.LIST_DELETED, "listed") || !row.isGone(now);
  }

  /** Whether the row has not been hidden for being deleted or expired. */
  boolean isVisible(BlaxelRow row) {
    return isVisible(row, clock.instant());
  }

  private static String word(String search) {
    String word = search.strip().toLowerCase(Locale.ROOT);
    return word.length() < 2 ? "" : word;
  }

  private static String name(Object task) {
    return task instanceof Map<?, ?> members
            && members.get("metadata") instanceof Map<?, ?> metadata
            && metadata.get("name") instanceof String name
        ? name
        : "";
  }

  /**
   * A walk asks for the same order page after page, and sorting a long history each time is slow.
   */
  private List<Candidate> sorted(Query query) {
    CacheKey key =
        new CacheKey(executions.version(), query.workspace(), query.job(), query.order());
    Sorted last = lastSorted;
    if (last != null && last.key().equals(key)) {
      return last.rows();
    }
    List<Candidate> rows = new ArrayList<>();
    for (Slot<BlaxelRow> slot : executions.snapshot()) {
      BlaxelRow row = slot.row();
      if (row.workspace().equals(query.workspace()) && row.job().equals(query.job())) {
        rows.add(
            new Candidate(new BlaxelCursor.Key(row.createdAt(), row.id(), slot.sequence), row));
      }
    }
    rows.sort(Comparator.comparing(Candidate::key, query.order().comparator));
    lastSorted = new Sorted(key, rows);
    return rows;
  }
}
