package io.blinkreactor.internal.stream;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A server with one list in memory. It does what it is asked, unless told otherwise: rows come and
 * go after each page, calls fail, features are refused, answers are made wrong.
 */
final class ListServer implements Listing<ListServer.Row> {

  static final String TIME_FILTER = "a filter by time";
  static final String ID_FILTER = "a filter by id";
  static final String OR = "$or";
  static final String TIME_SORT = "sorting by time";
  static final String ID_SORT = "sorting by id";
  static final String CURSOR = Refusal.CURSORS;
  static final String OFFSET = "offset";

  /** When the streams begin; the lag of 2 s ends where the first rows' times do. */
  static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);

  static final long FIRST_LATE = NOW.toEpochMilli() - 2000;

  /** A row; its state says how often it changed. */
  record Row(@Nullable String id, @Nullable Long at, int state) {
    String name() {
      return requireNonNull(id);
    }

    long time() {
      return requireNonNull(at);
    }
  }

  /** What a page is answered by. */
  record Answer(List<Row> rows, PageFetch.End end) {

    static final PageFetch.End NO_END = new PageFetch.End(null, null, null, false);

    static Answer of(List<Row> rows) {
      return new Answer(rows, NO_END);
    }

    Answer rows(List<Row> other) {
      return new Answer(other, end);
    }

    Answer total(@Nullable Long total) {
      return new Answer(
          rows, new PageFetch.End(total, end.nextToken(), end.more(), end.cursorless()));
    }

    Answer next(@Nullable String token, @Nullable Boolean more) {
      return new Answer(rows, new PageFetch.End(end.total(), token, more, false));
    }
  }

  /** The server says no. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Refusal refusal;

    Refused(Refusal refusal) {
      super("refused: " + refusal, null, false, false);
      this.refusal = refusal;
    }
  }

  /** A call broke off. */
  static final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final boolean fatal;

    Fault(boolean fatal) {
      super(fatal ? "fatal" : "cut", null, false, false);
      this.fatal = fatal;
    }
  }

  /** Oldest first, by time and id; those before {@code gone} have expired. */
  private final List<Row> rows = new ArrayList<>();

  private final List<PageAsk> asks = new ArrayList<>();
  private final Set<String> lacks = new LinkedHashSet<>();
  private int gone;
  private int made;
  private int ties = 1;

  private List<Rung> ladder = List.of(Rung.KEYSET, Rung.TIME, Rung.OFFSET, Rung.LOOSE_OFFSET);
  private int largest = Integer.MAX_VALUE;
  private boolean clamps;
  private boolean shuffles;
  private boolean countsRows;
  private int arrivals;
  private int expiries;
  private @Nullable SplittableRandom changes;
  private @Nullable SplittableRandom faults;
  private int faulted;
  private int patience = 1_000;
  private IntPredicate tokenGone = call -> false;
  private BiFunction<PageAsk, Answer, Answer> answers = (ask, honest) -> honest;
  private UnaryOperator<Flux<Row>> delivery = UnaryOperator.identity();
  private IntPredicate fatal = call -> false;
  private String identity = "rows of a workspace";
  private String shape = "no filter";

  private ServerMemory memory = new ServerMemory();
  private TimeSource time = TimeSource.of(Clock.fixed(NOW, ZoneOffset.UTC), Schedulers.parallel());

  /** A server with rows of which some share a time, all of them just old enough to be complete. */
  static ListServer of(int rows, int ties) {
    ListServer server = new ListServer();
    server.ties = ties;
    for (int i = 0; i < rows; i++) {
      server.add(FIRST_LATE - 1 - (rows - 1) / ties + i / ties);
    }
    return server;
  }

  /** Is read by these ways, best first. */
  ListServer only(Rung... rungs) {
    ladder = List.of(rungs);
    return this;
  }

  /** Refuses what needs these. */
  ListServer lacking(String... features) {
    lacks.addAll(List.of(features));
    return this;
  }

  /** Hands out no more rows than that at once: refuses to, or hands out less. */
  ListServer most(int limit, boolean clamped) {
    largest = limit;
    clamps = clamped;
    return this;
  }

  /** Orders the rows that share a time anew in each page, where no order by id was asked. */
  ListServer shufflingTies() {
    shuffles = true;
    return this;
  }

  /** After each page rows are added at the new end, expire at the old one, and change. */
  ListServer churning(int added, int expired, SplittableRandom random) {
    arrivals = added;
    expiries = expired;
    changes = random;
    return this;
  }

  /** The second call and a third of the others fail: before the first row, or after some rows. */
  ListServer faulty(SplittableRandom random) {
    faults = random;
    return this;
  }

  /** Times in a row that a page may break off before that is the end, in place of a clock. */
  ListServer patience(int breaks) {
    patience = breaks;
    return this;
  }

  /** Calls, counted from 1, that break off in the middle and must not be made again. */
  ListServer fatalAt(IntPredicate calls) {
    fatal = calls;
    return this;
  }

  /** Says how many rows match. */
  ListServer counting() {
    countsRows = true;
    return this;
  }

  /** Calls, counted from 1, that don't know their cursor any more. */
  ListServer forgettingCursors(IntPredicate calls) {
    tokenGone = calls;
    return this;
  }

  /** Answers otherwise than it should. */
  ListServer answering(BiFunction<PageAsk, Answer, Answer> change) {
    answers = change;
    return this;
  }

  /** How rows arrive: on another thread. */
  ListServer delivering(UnaryOperator<Flux<Row>> way) {
    delivery = way;
    return this;
  }

  ListServer at(TimeSource source) {
    time = source;
    return this;
  }

  /** Becomes another list with the same rows. */
  ListServer named(String other) {
    identity = other;
    return this;
  }

  /** Is asked another kind of query. */
  ListServer shaped(String other) {
    shape = other;
    return this;
  }

  /** The client's process ends, and what it learnt is lost. */
  void forget() {
    memory = new ServerMemory();
  }

  ListStream<Row> stream(StreamOptions options) {
    return new ListStream<>(this, options, memory, new StreamMetrics(null), time);
  }

  synchronized int calls() {
    return asks.size();
  }

  synchronized int faults() {
    return faulted;
  }

  synchronized List<PageAsk> asks() {
    return List.copyOf(asks);
  }

  /** The ids that there are, in the order of a direction. */
  synchronized List<String> ids(Direction way) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      ids.add(row(way, i).name());
    }
    return ids;
  }

  /** The times of all ids, also of rows that expired. */
  synchronized Map<String, Long> times() {
    Map<String, Long> times = new HashMap<>();
    rows.forEach(row -> times.put(row.name(), row.time()));
    return times;
  }

  /** A new row; its place among the others is found. */
  synchronized Row add(long at) {
    long mixed = (made++ + 1) * 0x9E3779B97F4A7C15L;
    Row row = new Row(HexFormat.of().toHexDigits(mixed), at, 0);
    int place = rows.size();
    while (place > gone && order(Direction.OLDEST_FIRST, rows.get(place - 1), row) > 0) {
      place--;
    }
    rows.add(place, row);
    return row;
  }

  synchronized void expire(int count) {
    for (int i = 0; i < count && gone < rows.size(); i++) {
      gone++;
    }
  }

  @Override
  public String name() {
    return "List rows";
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public String shape() {
    return shape;
  }

  @Override
  public String timeName() {
    return "created_at";
  }

  @Override
  public List<Rung> rungs(Set<String> missing) {
    return ladder.stream().filter(rung -> Collections.disjoint(needs(rung), missing)).toList();
  }

  private static List<String> needs(Rung rung) {
    return switch (rung) {
      case CURSOR -> List.of(CURSOR);
      case KEYSET -> List.of(TIME_FILTER, ID_FILTER, OR, TIME_SORT, ID_SORT);
      case TIME -> List.of(TIME_FILTER, TIME_SORT);
      case OFFSET -> List.of(TIME_SORT);
      case LOOSE_OFFSET -> List.of(OFFSET);
    };
  }

  @Override
  public @Nullable String id(Row row) {
    return row.id();
  }

  @Override
  public @Nullable Long at(Row row) {
    return row.at();
  }

  @Override
  public long at(Instant instant) {
    return instant.toEpochMilli();
  }

  @Override
  public @Nullable Refusal refusal(Throwable error, PageAsk ask) {
    return error instanceof Refused refused ? refused.refusal : null;
  }

  @Override
  public Mono<Void> pauseAfter(Throwable fault, int breaks, Duration standstill) {
    return fault instanceof Fault known && !known.fatal && breaks <= patience
        ? Mono.empty()
        : Mono.error(fault);
  }

  @Override
  public PageFetch<Row> fetch(PageAsk ask) {
    return new PageFetch<>() {
      private @Nullable Answer answer;

      @Override
      public Flux<Row> rows() {
        return Flux.defer(this::attempt);
      }

      /** As the transport does, a call that fails before its first row is made again. */
      private Flux<Row> attempt() {
        synchronized (ListServer.this) {
          while (true) {
            asks.add(ask);
            Answer now = answers.apply(ask, honest(ask));
            answer = now;
            if (fatal.test(asks.size())) {
              churn();
              return cut(now.rows(), now.rows().size() / 2, true);
            }
            SplittableRandom random = faults;
            if (random == null || (asks.size() != 2 && random.nextInt(3) > 0)) {
              churn();
              return delivery.apply(Flux.fromIterable(now.rows()));
            }
            faulted++;
            int place = random.nextInt(3);
            int size = now.rows().size();
            if (place > 0 && size > 0) {
              churn();
              return cut(now.rows(), place == 1 ? 1 + random.nextInt(size) : size, false);
            }
          }
        }
      }

      private Flux<Row> cut(List<Row> arriving, int after, boolean forEver) {
        return delivery.apply(
            Flux.fromIterable(arriving.subList(0, after))
                .concatWith(Flux.error(new Fault(forEver))));
      }

      @Override
      public End end() {
        return requireNonNull(answer).end();
      }
    };
  }

  private Answer honest(PageAsk ask) {
    for (String need : needs(ask.rung())) {
      if (lacks.contains(need)) {
        throw new Refused(new Refusal.Without(need));
      }
    }
    if (ask.limit() > largest && !clamps) {
      throw new Refused(new Refusal.Limit(largest));
    }
    if (ask.token() != null && tokenGone.test(asks.size())) {
      throw new Refused(new Refusal.TokenGone());
    }
    int limit = Math.min(ask.limit(), largest);
    int from = first(ask);
    int to = end(ask);
    int begin = (int) Math.min(to, from + ask.skip());
    int end = Math.min(to, begin + limit);
    boolean byTimeAlone = ask.rung() == Rung.TIME || ask.rung() == Rung.OFFSET;
    List<Row> page = slice(ask.direction(), begin, end, shuffles && byTimeAlone);
    boolean more = ask.rung() == Rung.CURSOR && end < to;
    return new Answer(
        page,
        new PageFetch.End(
            countsRows ? Long.valueOf(to - from) : null,
            more ? token(page.get(page.size() - 1)) : null,
            ask.rung() == Rung.CURSOR ? more : null,
            false));
  }

  private static String token(Row row) {
    return row.time() + "/" + row.name();
  }

  /** Where the rows begin that fit the page's filter. */
  private int first(PageAsk ask) {
    RowKey after = ask.after();
    if (ask.rung() == Rung.CURSOR) {
      String token = ask.token();
      if (token == null) {
        return 0;
      }
      int slash = token.indexOf('/');
      RowKey key =
          new RowKey(Long.parseLong(token.substring(0, slash)), token.substring(slash + 1));
      return search(ask.direction(), row -> order(ask.direction(), row, key) > 0);
    }
    if (!ask.rung().filtersByTime()) {
      return 0;
    }
    Direction way = ask.direction();
    Range range = ask.range();
    Long bound = way == Direction.OLDEST_FIRST ? range.from() : range.to();
    if (after == null) {
      return bound == null ? 0 : search(way, bound);
    }
    return ask.rung() == Rung.KEYSET
        ? search(way, row -> order(way, row, after) > 0)
        : search(way, row -> way.compare(row.time(), after.at()) >= 0);
  }

  /** Where they end. */
  private int end(PageAsk ask) {
    Direction way = ask.direction();
    Long bound = way == Direction.OLDEST_FIRST ? ask.range().to() : ask.range().from();
    if (bound == null || !ask.rung().filtersByTime()) {
      return size();
    }
    return search(way, bound);
  }

  /** Where the rows begin that are at a time or later, or, newest first, before it. */
  private int search(Direction way, long bound) {
    return search(
        way, row -> way == Direction.OLDEST_FIRST ? row.time() >= bound : row.time() < bound);
  }

  /** The first row for which a condition holds that holds for all after it. */
  private int search(Direction way, Predicate<Row> holds) {
    int low = 0;
    int high = size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (holds.test(row(way, middle))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private List<Row> slice(Direction way, int begin, int end, boolean shuffled) {
    int low = begin;
    int high = end;
    while (shuffled && low > 0 && low < end && row(way, low - 1).time() == row(way, low).time()) {
      low--;
    }
    while (shuffled
        && high > begin
        && high < size()
        && row(way, high).time() == row(way, high - 1).time()) {
      high++;
    }
    List<Row> slice = new ArrayList<>();
    for (int i = low; i < high; i++) {
      slice.add(row(way, i));
    }
    if (shuffled) {
      int call = asks.size();
      slice.sort(
          Comparator.<Row, Long>comparing(Row::time, way::compare)
              .thenComparingInt(row -> (row.name().hashCode() ^ call) * 0x9E3779B9));
    }
    return slice.subList(begin - low, end - low);
  }

  private int size() {
    return rows.size() - gone;
  }

  private Row row(Direction way, int index) {
    return rows.get(way == Direction.OLDEST_FIRST ? gone + index : rows.size() - 1 - index);
  }

  private static int order(Direction way, Row row, RowKey key) {
    int byTime = way.compare(row.time(), key.at());
    return byTime != 0 ? byTime : way.compare(row.name(), key.id());
  }

  private static int order(Direction way, Row row, Row other) {
    return order(way, row, new RowKey(other.time(), other.name()));
  }

  private void churn() {
    SplittableRandom random = changes;
    if (random == null) {
      return;
    }
    for (int i = 0; i < arrivals; i++) {
      long newest = rows.isEmpty() ? FIRST_LATE : rows.get(rows.size() - 1).time();
      add(Math.max(FIRST_LATE, newest + (random.nextInt(ties) == 0 ? 1 : 0)));
    }
    expire(expiries);
    for (int i = 0; i < 5 && size() > 0; i++) {
      int place = gone + random.nextInt(size());
      Row row = rows.get(place);
      rows.set(place, new Row(row.id(), row.at(), row.state() + 1));
    }
  }

  /** Every rung in every direction, for parameterized tests. */
  static List<Object[]> everyWay() {
    return Arrays.stream(Rung.values())
        .flatMap(rung -> Arrays.stream(Direction.values()).map(way -> new Object[] {rung, way}))
        .toList();
  }
}
