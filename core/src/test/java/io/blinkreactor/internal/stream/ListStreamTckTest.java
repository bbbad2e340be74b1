package io.blinkreactor.internal.stream;

import io.blinkreactor.internal.stream.ListServer.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.DataProvider;
import org.testng.annotations.Factory;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * The Reactive Streams TCK for every stream of a list, as in {@link PagedFluxTckTest}. A list that
 * is followed has no end, so what the kit tests of ends is left out there.
 */
public class ListStreamTckTest extends PublisherVerification<Object> {

  private static final int MOST = 2_000;

  /** Which of the streams. */
  enum Kind {
    ITEMS,
    PAGES,
    CHECKPOINTED,
    SLICES,
    FOLLOW
  }

  private static final Object[][] EACH_BUILD = {
    {Kind.ITEMS, false, 0},
    {Kind.ITEMS, true, 2},
    {Kind.PAGES, true, 2},
    {Kind.CHECKPOINTED, true, 0},
    {Kind.SLICES, true, 0},
    {Kind.FOLLOW, true, 0},
  };

  private static final Object[][] FULL = {
    {Kind.ITEMS, false, 2},
    {Kind.ITEMS, true, 0},
    {Kind.PAGES, false, 0},
    {Kind.PAGES, false, 2},
    {Kind.PAGES, true, 0},
    {Kind.CHECKPOINTED, false, 0},
    {Kind.CHECKPOINTED, false, 2},
    {Kind.CHECKPOINTED, true, 2},
    {Kind.FOLLOW, false, 0},
  };

  private final Kind kind;
  private final boolean asynchronous;
  private final int lookAhead;

  /** Made by TestNG, once for each row of {@link #kinds()}. */
  @Factory(dataProvider = "kinds")
  public ListStreamTckTest(Kind kind, boolean asynchronous, int lookAhead) {
    super(new TestEnvironment(10_000, 20, 20));
    this.kind = kind;
    this.asynchronous = asynchronous;
    this.lookAhead = lookAhead;
  }

  @DataProvider
  public static Object[][] kinds() {
    return Boolean.getBoolean("blinkreactor.full")
        ? Stream.of(EACH_BUILD, FULL).flatMap(Stream::of).toArray(Object[][]::new)
        : EACH_BUILD;
  }

  @Override
  @SuppressWarnings({"unchecked", "rawtypes"})
  public Publisher<Object> createPublisher(long elements) {
    int rows = (int) Math.min(elements, MOST);
    int pageSize = kind == Kind.PAGES ? 2 : 10;
    ListServer server = ListServer.of(kind == Kind.PAGES ? rows * pageSize : rows, 1);
    if (asynchronous) {
      server.delivering(page -> page.publishOn(Schedulers.parallel(), 4));
    }
    StreamOptions options = StreamOptions.DEFAULTS.pageSize(pageSize).lookAhead(lookAhead);
    ListStream<Row> stream = server.stream(options);
    Flux<?> flux =
        switch (kind) {
          case ITEMS -> stream.items();
          case PAGES -> stream.pages();
          case CHECKPOINTED -> stream.checkpointed();
          case SLICES -> server.stream(options.parallel(3)).items();
          case FOLLOW ->
              server.stream(options.direction(Direction.OLDEST_FIRST))
                  .follow(Instant.EPOCH, Duration.ofHours(1));
        };
    return (Publisher) flux;
  }

  /** Wrong arguments fail at once; everything else can only fail once it is asked for. */
  @Override
  public Publisher<Object> createFailedPublisher() {
    return Flux.error(new IllegalArgumentException("wrong argument"));
  }

  @Override
  public long maxElementsFromPublisher() {
    return kind == Kind.FOLLOW ? publisherUnableToSignalOnComplete() : MOST;
  }
}
