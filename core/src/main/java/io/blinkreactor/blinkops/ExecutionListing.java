package io.blinkreactor.blinkops;

import io.blinkreactor.ApiException;
import io.blinkreactor.internal.export.Row;
import io.blinkreactor.internal.stream.Direction;
import io.blinkreactor.internal.stream.Listing;
import io.blinkreactor.internal.stream.PageAsk;
import io.blinkreactor.internal.stream.PageFetch;
import io.blinkreactor.internal.stream.Range;
import io.blinkreactor.internal.stream.Refusal;
import io.blinkreactor.internal.stream.RowKey;
import io.blinkreactor.internal.stream.Rung;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The executions of a workspace that fit a query, in the order of a time: writes the RQL of each
 * page, and reads what refusals say about the server. Their texts are those of the Go library that
 * the vendor's RQL follows point by point (a8m/rql); that the vendor uses it is an assumption.
 */
final class ExecutionListing<T> implements Listing<T> {

  private static final Pattern LIMIT =
      Pattern.compile("limit must be greater than 0 and less than or equal to (\\d{1,9})");

  private static final Pattern SORT =
      Pattern.compile("unrecognized key \"(\\w+)\" for sorting|field \"(\\w+)\" is not sortable");

  private static final Pattern FILTER =
      Pattern.compile(
          "unrecognized key \"(\\w+)\" for filtering|field \"(\\w+)\" is not filterable"
              + "|can not apply op \"\\$(?!or)\\w+\" on field \"(\\w+)\""
              + "|invalid datatype (?:or format )?for field \"(\\w+)\"");

  private static final Pattern OR =
      Pattern.compile(
          "can not apply op \"\\$or\"|\"?\\$or\"? (?:must be|is not)|unrecognized key \"\\$or\"");

  private static final String OR_FEATURE = "$or beside other conditions";

  /** Enough for every time until the year 287396, and an integer in every JSON parser. */
  private static final long LATEST = (1L << 53) - 1;

  /** Before and after every id, also where ids are not text but UUIDs. */
  private static final String LOWEST_ID = "00000000-0000-0000-0000-000000000000";

  private static final String HIGHEST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

  /** What the vendor's own client sorts executions by; the only order known to work. */
  private static final String STARTED_AT = "started_at";

  private final BlinkOpsApi api;
  private final Rql query;
  private final boolean ownSort;
  private final String time;
  private final IntFunction<ExecutionReader<T>> reader;
  private final Function<T, @Nullable String> idOf;
  private final Function<T, @Nullable Long> timeOf;

  private ExecutionListing(
      BlinkOpsApi api,
      Rql query,
      boolean ownSort,
      String time,
      IntFunction<ExecutionReader<T>> reader,
      Function<T, @Nullable String> idOf,
      Function<T, @Nullable Long> timeOf) {
    this.api = api;
    this.query = query.selecting("id", time);
    this.ownSort = ownSort;
    this.time = time;
    this.reader = reader;
    this.idOf = idOf;
    this.timeOf = timeOf;
  }

  /** In the order in which the executions were created. */
  static ExecutionListing<Execution> byCreation(BlinkOpsApi api, Rql query) {
    return of(api, query, false, "created_at", Execution::createdAt);
  }

  /** In the order in which the executions finished. */
  static ExecutionListing<Execution> byEnd(BlinkOpsApi api, Rql query) {
    return of(api, query, false, "finished_at", Execution::finishedAt);
  }

  /** In the query's own order. */
  static ExecutionListing<Execution> inOwnOrder(BlinkOpsApi api, Rql query) {
    return of(api, query, true, "created_at", Execution::createdAt);
  }

  /** As rows for an archive, in the order in which they were created. */
  static ExecutionListing<Row> rows(BlinkOpsApi api, Rql query) {
    return new ExecutionListing<>(
        api, query, false, "created_at", ExecutionReader::verbatim, Row::id, Row::at);
  }

  private static ExecutionListing<Execution> of(
      BlinkOpsApi api,
      Rql query,
      boolean ownSort,
      String time,
      Function<Execution, @Nullable Instant> timeOf) {
    return new ExecutionListing<>(
        api,
        query,
        ownSort,
        time,
        ExecutionReader::decoding,
        Execution::id,
        row -> {
          Instant at = timeOf.apply(row);
          return at == null ? null : at.toEpochMilli();
        });
  }

  @Override
  public String name() {
    return BlinkOpsApi.LIST;
  }

  @Override
  public String identity() {
    return String.join(
        "|",
        "blinkops",
        api.workspace(),
        query.filterText(),
        time,
        ownSort ? query.sort().toString() : "");
  }

  @Override
  public String shape() {
    return time + query.filterFields();
  }

  @Override
  public String timeName() {
    return time;
  }

  @Override
  public List<Rung> rungs(Set<String> missing) {
    List<Rung> rungs = new ArrayList<>();
    if (!ownSort && !missing.contains(sorting(time))) {
      Set<String> keys = Set.of(filter(time), filter("id"), sorting("id"), OR_FEATURE);
      if (Collections.disjoint(keys, missing)) {
        rungs.add(Rung.KEYSET);
      }
      boolean nested = query.isNestedByNarrowing() && missing.contains(OR_FEATURE);
      if (!missing.contains(filter(time)) && !nested) {
        rungs.add(Rung.TIME);
      }
      rungs.add(Rung.OFFSET);
    }
    if (ownSort || !missing.contains(sorting(STARTED_AT))) {
      rungs.add(Rung.LOOSE_OFFSET);
    }
    return rungs;
  }

  private static String filter(String member) {
    return "a filter by " + member;
  }

  private static String sorting(String member) {
    return "sorting by " + member;
  }

  @Override
  public PageFetch<T> fetch(PageAsk ask) {
    Rql page =
        switch (ask.rung()) {
          case KEYSET -> query.narrowed(after(ask)).sort(order(ask, time), order(ask, "id"));
          case TIME -> query.narrowed(notBefore(ask)).sort(byTime(ask));
          case OFFSET -> query.sort(byTime(ask));
          default -> ownSort ? query : query.sort(order(ask, STARTED_AT));
        };
    page = page.limit(ask.limit());
    return new Fetch(ask.skip() == 0 ? page : page.offset(Math.toIntExact(ask.skip())));
  }

  private String[] byTime(PageAsk ask) {
    return ask.missing().contains(sorting("id"))
        ? new String[] {order(ask, time)}
        : new String[] {order(ask, time), order(ask, "id")};
  }

  private static String order(PageAsk ask, String member) {
    return ask.direction() == Direction.OLDEST_FIRST ? member : "-" + member;
  }

  /** The first page has a key too, before every row, so that a refusal shows at once. */
  private Rql after(PageAsk ask) {
    RowKey key = ask.after();
    Range range = ask.range();
    if (ask.direction() == Direction.OLDEST_FIRST) {
      RowKey low =
          key != null ? key : new RowKey(range.from() == null ? 0 : range.from() - 1, LOWEST_ID);
      // Not from the key on, or rows of the moment before the range would come too.
      boolean atStart = key == null && range.from() != null;
      Rql bounded = Rql.where(time).gte(atStart ? range.from() : low.at());
      bounded = range.to() == null ? bounded : bounded.and(time).lt(range.to());
      return bounded.and(
          Rql.anyOf(
              Rql.where(time).gt(low.at()), Rql.where(time).eq(low.at()).and("id").gt(low.id())));
    }
    RowKey high =
        key != null ? key : new RowKey(range.to() == null ? LATEST : range.to(), HIGHEST_ID);
    Rql bounded = Rql.where(time).lte(high.at());
    bounded = range.from() == null ? bounded : bounded.and(time).gte(range.from());
    bounded = key == null && range.to() != null ? bounded.and(time).lt(range.to()) : bounded;
    return bounded.and(
        Rql.anyOf(
            Rql.where(time).lt(high.at()), Rql.where(time).eq(high.at()).and("id").lt(high.id())));
  }

  private Rql notBefore(PageAsk ask) {
    RowKey key = ask.after();
    Range range = ask.range();
    if (ask.direction() == Direction.OLDEST_FIRST) {
      long from = key != null ? key.at() : range.from() == null ? 0 : range.from();
      Rql bounded = Rql.where(time).gte(from);
      return range.to() == null ? bounded : bounded.and(time).lt(range.to());
    }
    Rql bounded =
        key != null || range.to() == null
            ? Rql.where(time).lte(key != null ? key.at() : LATEST)
            : Rql.where(time).lt(range.to());
    return range.from() == null ? bounded : bounded.and(time).gte(range.from());
  }

  @Override
  public @Nullable String id(T row) {
    return idOf.apply(row);
  }

  @Override
  public @Nullable Long at(T row) {
    return timeOf.apply(row);
  }

  @Override
  public long at(Instant instant) {
    return instant.toEpochMilli();
  }

  @Override
  public @Nullable Refusal refusal(Throwable error, PageAsk ask) {
    String text = error instanceof ApiException api ? api.call().vendorMessage() : null;
    if (text == null) {
      return null;
    }
    Matcher limit = LIMIT.matcher(text);
    if (limit.find()) {
      return new Refusal.Limit(Integer.parseInt(limit.group(1)));
    }
    if (OR.matcher(text).find()) {
      return new Refusal.Without(OR_FEATURE);
    }
    String sorted = member(SORT.matcher(text));
    if (sorted != null) {
      return ownSort ? null : new Refusal.Without(sorting(sorted));
    }
    String filtered = member(FILTER.matcher(text));
    return filtered != null && (filtered.equals(time) || filtered.equals("id"))
        ? new Refusal.Without(filter(filtered))
        : null;
  }

  private static @Nullable String member(Matcher found) {
    if (found.find()) {
      for (int i = 1; i <= found.groupCount(); i++) {
        if (found.group(i) != null) {
          return found.group(i);
        }
      }
    }
    return null;
  }

  @Override
  public Mono<Void> pauseAfter(Throwable fault, int breaks, Duration standstill) {
    return api.transport().pauseAfter(BlinkOpsApi.LIST, fault, breaks, standstill);
  }

  /** One page; if it is tried several times, the last try's reader counts. */
  private final class Fetch implements PageFetch<T> {

    private final Rql page;
    private @Nullable ExecutionReader<T> last;

    Fetch(Rql page) {
      this.page = page;
    }

    @Override
    public Flux<T> rows() {
      return api.list(
          page,
          () -> {
            ExecutionReader<T> fresh = reader.apply(api.transport().maxResponseBytes());
            last = fresh;
            return fresh;
          });
    }

    @Override
    public End end() {
      return new End(last == null ? null : last.total(), null, null, false);
    }
  }
}
