package io.blinkreactor.internal.stream;

import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.stream.Checkpointed;
import io.blinkreactor.stream.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The streams of one list; each subscription is a reading of its own. Immutable. */
public final class ListStream<T> {

  private static final Logger log = LoggerFactory.getLogger(ListStream.class);

  /** Slices of time for each that is read at once, so that a crowded one holds up less. */
  private static final int SLICES_EACH = 4;

  private final Listing<T> listing;
  private final StreamOptions options;
  private final ServerMemory memory;
  private final StreamMetrics metrics;
  private final TimeSource time;
  private final String fingerprint;
  private final @Nullable Position resume;

  /**
   * Describes the streams.
   *
   * @throws io.blinkreactor.stream.InvalidCheckpointException if the checkpoint to go on from does
   *     not belong to the list
   */
  public ListStream(
      Listing<T> listing,
      StreamOptions options,
      ServerMemory memory,
      StreamMetrics metrics,
      TimeSource time) {
    this.listing = listing;
    this.options = options;
    this.memory = memory;
    this.metrics = metrics;
    this.time = time;
    this.fingerprint = Checkpoints.fingerprint(listing.identity() + "|" + options.direction());
    this.resume = options.resume() == null ? null : Checkpoints.read(options.resume(), fingerprint);
  }

  /** What tells this list from others, its order included: a hash. */
  public String fingerprint() {
    return fingerprint;
  }

  /** The elements. */
  public Flux<T> items() {
    return elements().map(Item::value);
  }

  /** The elements with their checkpoints. */
  public Flux<Checkpointed<T>> checkpointed() {
    return elements().map(this::checkpointed);
  }

  /**
   * The elements of a range of times with their checkpoints, in one piece; from the checkpoint on,
   * if there is one.
   */
  public Flux<Checkpointed<T>> checkpointed(Range range) {
    return reading(
            start -> Pages.read(walk(options, null), start.within(range), options.lookAhead()),
            element -> 1)
        .map(this::checkpointed);
  }

  /**
   * Cuts a range of times into slices of the same length, in the order in which they are read,
   * after a look at the first row and the last one. One slice, if the server does not filter by
   * time, or there is none to cut.
   */
  public Mono<Slices> slices(Range whole, int count) {
    Position start = Position.start(whole);
    Mono<Slices> cut =
        edge(start, options.direction()).flatMap(first -> betweenEdges(start, first, count));
    Mono<Slices> slices =
        whole.from() == null
            ? cut
            // Where the server can't filter, the range may begin far behind the list's start.
            : edge(Position.start(from(Instant.EPOCH)), options.direction())
                .flatMap(any -> filtersByTime(any) ? cut : Mono.just(unsliced(whole, any)));
    return slices.defaultIfEmpty(Slices.one(whole));
  }

  private Mono<Slices> betweenEdges(Position start, Item<Position, Page<T>> first, int count) {
    Range whole = start.range();
    return filtersByTime(first)
        ? edge(start, options.direction().reversed())
            .map(last -> cut(whole, at(first), at(last), count))
            .map(slices -> new Slices(slices, first.value().total()))
        : Mono.just(unsliced(whole, first));
  }

  private Slices unsliced(Range whole, Item<Position, Page<T>> first) {
    return new Slices(List.of(whole), first.value().total());
  }

  /** The pages. */
  public Flux<Page<T>> pages() {
    return reading(
            start -> {
              Walk<T> walk = walk(options, null);
              return Pages.read(new WholePages<>(walk, fingerprint), start, options.lookAhead());
            },
            page -> page.items().size())
        .map(Item::value);
  }

  /**
   * The elements from the checkpoint or a time on, without end.
   *
   * @param since the time, if there is no checkpoint
   * @param pause between two looks
   */
  public Flux<Checkpointed<T>> follow(Instant since, Duration pause) {
    Walk.Follow follow = new Walk.Follow(() -> listing.at(time.now().minus(options.lag())), pause);
    return reading(
            start -> {
              Position from = resume == null ? Position.start(from(since)) : start;
              return Pages.read(walk(options, follow), from, 0);
            },
            element -> 1)
        .map(this::checkpointed);
  }

  /** Zero is what vendors write for a time that has not come. */
  private Range from(Instant since) {
    return new Range(Math.max(1, listing.at(since)), null);
  }

  private Flux<Item<Position, T>> elements() {
    return reading(
        start ->
            options.parallel() > 1
                ? onDemand(sliced(start))
                : Pages.read(walk(options, null), start, options.lookAhead()),
        element -> 1);
  }

  private Checkpointed<T> checkpointed(Item<Position, T> item) {
    return new Checkpointed<>(item.value(), Checkpoints.of(item.after(), fingerprint));
  }

  private Walk<T> walk(StreamOptions how, Walk.@Nullable Follow follow) {
    return new Walk<>(listing, how, follow, memory.of(listing.shape()), metrics, time);
  }

  /** One reading, whose failure tells how far it came. */
  private <E> Flux<Item<Position, E>> reading(
      Function<Position, Flux<Item<Position, E>>> source, Function<E, Integer> count) {
    return Flux.defer(
        () -> {
          Progress progress = new Progress();
          return source
              .apply(start())
              .doOnNext(item -> progress.passed(item.after(), count.apply(item.value())))
              .onErrorMap(progress::failure);
        });
  }

  /** Whoever goes on from a checkpoint wants what came after it, too. */
  private Position start() {
    Range whole = wholeRange();
    return resume == null
        ? Position.start(whole)
        : resume.within(new Range(resume.range().from(), whole.to()));
  }

  /**
   * Towards now the end is fixed at the start, or a busy list would never end. Backwards the first
   * row is the bound.
   */
  private Range wholeRange() {
    return options.direction() == Direction.NEWEST_FIRST
        ? Range.ALL
        : new Range(null, listing.at(time.now().minus(options.lag())));
  }

  /** Both ends are looked for before the first slice, so that waits for the first request. */
  private static <E> Flux<E> onDemand(Flux<E> source) {
    return Flux.defer(
        () -> {
          Sinks.Empty<Void> requested = Sinks.empty();
          return source
              .delaySubscription(requested.asMono())
              .doOnRequest(n -> requested.tryEmitEmpty());
        });
  }

  /** Slices of time side by side, handed on in their order; an error comes in its place. */
  private Flux<Item<Position, T>> sliced(Position start) {
    return edge(start, options.direction())
        .flatMapMany(
            first -> {
              if (!filtersByTime(first)) {
                return Pages.read(walk(options, null), start, options.lookAhead());
              }
              return edge(start, options.direction().reversed())
                  .flatMapMany(last -> sideBySide(start, slices(start, at(first), at(last))));
            });
  }

  private boolean filtersByTime(Item<Position, ?> first) {
    Rung rung = first.after().rung();
    boolean filters = rung != null && rung.filtersByTime();
    if (!filters) {
      log.warn(
          "{}: the server does not filter by {}, so the list is read as one slice",
          listing.name(),
          listing.timeName());
    }
    return filters;
  }

  private Flux<Item<Position, T>> sideBySide(Position start, List<Position> slices) {
    return Flux.fromIterable(slices)
        .flatMapSequential(
            slice ->
                Pages.read(walk(options, null), slice, options.lookAhead())
                    .materialize()
                    .filter(signal -> !signal.isOnComplete()),
            options.parallel(),
            options.pageSize())
        .<Item<Position, T>>dematerialize()
        .map(item -> new Item<>(item.value(), item.after().within(start.range())));
  }

  private static long at(Item<Position, ?> first) {
    RowKey key = first.after().last();
    return key == null ? 0 : key.at();
  }

  /** The page of the first row in a direction; empty if there is none. */
  private Mono<Item<Position, Page<T>>> edge(Position start, Direction way) {
    StreamOptions one = options.direction(way).pageSize(1).lookAhead(0);
    Position from = way == options.direction() ? start : Position.start(start.range());
    return Pages.read(new WholePages<>(walk(one, null), fingerprint), from, 0).next();
  }

  private List<Position> slices(Position start, long first, long last) {
    List<Range> ranges = cut(start.range(), first, last, options.parallel() * SLICES_EACH);
    List<Position> slices = new ArrayList<>();
    ranges.forEach(range -> slices.add(Position.start(range)));
    slices.set(0, start.within(ranges.get(0)));
    return slices;
  }

  private List<Range> cut(Range whole, long first, long last, int most) {
    long low = Math.min(first, last);
    long high = Math.max(first, last);
    int count = (int) Math.min(high - low + 1, most);
    List<Range> slices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long from = low + (high - low + 1) / count * i;
      long to = low + (high - low + 1) / count * (i + 1);
      slices.add(
          new Range(
              i == 0 ? whole.from() : Long.valueOf(from),
              i == count - 1 ? whole.to() : Long.valueOf(to)));
    }
    if (options.direction() == Direction.NEWEST_FIRST) {
      Collections.reverse(slices);
    }
    return slices;
  }

  /** How far one reading has come. */
  private final class Progress {

    private @Nullable Position last = resume;
    private long delivered;

    void passed(Position after, int elements) {
      last = after;
      delivered += elements;
    }

    Throwable failure(Throwable error) {
      Exceptions.throwIfFatal(error);
      String checkpoint = last == null ? null : Checkpoints.write(last, fingerprint);
      if (error instanceof WalkException walk) {
        return new StreamException(
            walk.what(),
            walk.advice(),
            walk.hasPlace() ? checkpoint : null,
            delivered,
            walk.getCause());
      }
      String what = listing.name() + " broke off after " + delivered + " elements: ";
      return error instanceof BlinkreactorException known
          ? new StreamException(
              what + sentence(known), known.advice(), checkpoint, delivered, known)
          : new StreamException(
              what + error + (String.valueOf(error.getMessage()).endsWith(".") ? "" : "."),
              "Go on from the checkpoint once the cause is mended.",
              checkpoint,
              delivered,
              error);
    }

    /** The message without the advice at its end. */
    private String sentence(BlinkreactorException error) {
      String message = String.valueOf(error.getMessage());
      return message.endsWith(" " + error.advice())
          ? message.substring(0, message.length() - error.advice().length() - 1)
          : message;
    }
  }
}
