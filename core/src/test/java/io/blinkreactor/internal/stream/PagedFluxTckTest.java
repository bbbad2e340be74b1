package io.blinkreactor.internal.stream;

import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.DataProvider;
import org.testng.annotations.Factory;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * The Reactive Streams TCK: synchronous and asynchronous pages, with and without a look-ahead. What
 * it reports as skipped are its own stubs for rules that it says no test can check.
 */
public class PagedFluxTckTest extends PublisherVerification<Integer> {

  private final boolean asynchronous;
  private final int lookAhead;

  /** Made by TestNG, once for each row of {@link #kinds()}. */
  @Factory(dataProvider = "kinds")
  public PagedFluxTckTest(boolean asynchronous, int lookAhead) {
    super(new TestEnvironment(10_000, 50, 50));
    this.asynchronous = asynchronous;
    this.lookAhead = lookAhead;
  }

  @DataProvider
  public static Object[][] kinds() {
    return new Object[][] {{false, 0}, {false, 2}, {true, 0}, {true, 2}};
  }

  @Override
  public Publisher<Integer> createPublisher(long elements) {
    NumberedPages pages = new NumberedPages((int) Math.min(elements, 1 << 20), 10);
    if (asynchronous) {
      pages.shaped(page -> page.publishOn(Schedulers.parallel(), 4));
    }
    return pages.numbers(lookAhead);
  }

  /** Wrong arguments fail at once; everything else can only fail once it is asked for. */
  @Override
  public Publisher<Integer> createFailedPublisher() {
    return Flux.error(new IllegalArgumentException("wrong argument"));
  }

  @Override
  public long maxElementsFromPublisher() {
    return 1 << 20;
  }
}
