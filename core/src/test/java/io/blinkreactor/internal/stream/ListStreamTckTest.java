package io.blinkreactor.internal.stream;

import io.blinkreactor.internal.stream.ListServer.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
    List<Object[]> kinds = new ArrayList<>();
    kinds.add(new Object[] {Kind.ITEMS, false, 0});
    kinds.add(new Object[] {Kind.ITEMS, true, 2});
    kinds.add(new Object[] {Kind.PAGES, true, 2});
    kinds.add(new Object[] {Kind.CHECKPOINTED, true, 0});
    kinds.add(new Object[] {Kind.SLICES, true, 0});
    kinds.add(new Object[] {Kind.FOLLOW, true, 0});
    if (Boolean.getBoolean("blinkreactor.full")) {
      kinds.add(new Object[] {Kind.ITEMS, false, 2});
      kinds.add(new Object[] {Kind.ITEMS, true, 0});
      kinds.add(new Object[] {Kind.PAGES, false, 0});
      kinds.add(new Object[] {Kind.PAGES, false, 2});
      kinds.add(new Object[] {Kind.PAGES, true, 0});
      kinds.add(new Object[] {Kind.CHECKPOINTED, false, 0});
      kinds.add(new Object[] {Kind.CHECKPOINTED, false, 2});
      kinds.add(new Object[] {Kind.CHECKPOINTED, true, 2});
      kinds.add(new Object[] {Kind.FOLLOW, false, 0});
    }
    return kinds.toArray(Object[][]::new);
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
