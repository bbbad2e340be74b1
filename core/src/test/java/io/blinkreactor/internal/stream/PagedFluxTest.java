package io.blinkreactor.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.InvariantsExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.context.Context;

class PagedFluxTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  @ParameterizedTest
  @CsvSource({
    "0,0,0", "0,1,1", "0,10,1", "0,11,2", "0,20,2", "0,21,3", "1,0,0", "1,1,2", "1,10,2", "1,11,3",
    "3,0,0", "3,1,4", "3,10,4", "3,11,5"
  })
  void demandAloneDecidesHowManyPagesAreFetched(int lookAhead, long request, int pages) {
    NumberedPages source = new NumberedPages(10_000, 10);
    Collector collector = new Collector(request);
    source.numbers(lookAhead).subscribe(collector);
    assertThat(source.pages).hasValue(pages);
    assertThat(collector.values).hasSize((int) request);
    collector.cancel();
  }

  /**
   * The demand ledger: at every quiet point no more pages than the demand explains, and the
   * elements a prefix of the truth.
   */
  @Test
  void atEveryQuietPointTheDemandExplainsThePages() {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 2_000; round++) {
      int total = random.nextInt(200);
      int pageSize = 1 + random.nextInt(20);
      int lookAhead = random.nextInt(4);
      NumberedPages source = new NumberedPages(total, pageSize);
      Collector collector = new Collector(0);
      source.numbers(lookAhead).subscribe(collector);
      long requested = 0;
      while (!collector.completed && requested < 300) {
        long more = 1L + random.nextInt(30);
        requested += more;
        collector.request(more);
        long explained = (requested + pageSize - 1) / pageSize + lookAhead;
        assertThat((long) source.pages.get())
            .as(
                "seed %d round %d: %d asked for, pages of %d, look-ahead %d",
                seed, round, requested, pageSize, lookAhead)
            .isLessThanOrEqualTo(explained);
        assertThat(collector.values)
            .as("seed %d round %d", seed, round)
            .isEqualTo(numbers((int) Math.min(requested, total)));
      }
      assertThat(collector.completed).as("seed %d round %d", seed, round).isTrue();
      assertThat(source.pages.get())
          .as("seed %d round %d", seed, round)
          .isEqualTo(Math.max(1, (total + pageSize - 1) / pageSize));
    }
  }

  @Test
  void theEndComesWithoutFurtherDemand() {
    StepVerifier.create(new NumberedPages(20, 10).numbers(0), 20)
        .expectNextCount(20)
        .expectComplete()
        .verify(PATIENCE);
    StepVerifier.create(new NumberedPages(0, 10).numbers(0), 1).expectComplete().verify(PATIENCE);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void manySynchronousPagesDontRecurse(int lookAhead) {
    StepVerifier.create(new NumberedPages(100_000, 1).numbers(lookAhead).count())
        .expectNext(100_000L)
        .expectComplete()
        .verify(PATIENCE);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void oneHugePageIsOnePage(int lookAhead) {
    StepVerifier.create(new NumberedPages(100_000, 100_000).numbers(lookAhead).count())
        .expectNext(100_000L)
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  void unboundedDemandTwiceIsUnboundedDemand() {
    Collector collector = new Collector(Long.MAX_VALUE);
    new NumberedPages(35, 10)
        .numbers(0)
        .doOnSubscribe(s -> s.request(Long.MAX_VALUE))
        .subscribe(collector);
    assertThat(collector.values).isEqualTo(numbers(35));
    assertThat(collector.completed).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void demandFromWithinOnNextIsServed(int lookAhead) {
    List<Integer> values = new ArrayList<>();
    new NumberedPages(1_000, 7)
        .numbers(lookAhead)
        .subscribe(
            new BaseSubscriber<>() {
              @Override
              protected void hookOnSubscribe(Subscription s) {
                request(1);
              }

              @Override
              protected void hookOnNext(Integer value) {
                values.add(value);
                request(1);
              }
            });
    assertThat(values).isEqualTo(numbers(1_000));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void pagesOnOtherThreadsKeepTheirOrder(int lookAhead) {
    NumberedPages source =
        new NumberedPages(5_000, 13).shaped(page -> page.publishOn(Schedulers.parallel(), 4));
    StepVerifier.create(source.numbers(lookAhead).limitRate(5).collectList())
        .expectNext(numbers(5_000))
        .expectComplete()
        .verify(PATIENCE);
  }

  @Test
  void cancellingReachesThePageOnItsWay() {
    NumberedPages source = new NumberedPages(100, 10).shaped(page -> page.concatWith(Flux.never()));
    Collector collector = new Collector(10);
    source.numbers(0).subscribe(collector);
    assertThat(collector.values).hasSize(10);
    collector.cancel();
    assertThat(source.cancelled).hasValue(1);
    collector.request(10);
    assertThat(source.pages).hasValue(1);
    assertThat(collector.values).hasSize(10);
  }

  @Test
  void takeStopsAtItsElementAndFetchesNoMore() {
    NumberedPages source = new NumberedPages(1_000, 10);
    StepVerifier.create(source.numbers(0).take(15).collectList())
        .expectNext(numbers(15))
        .expectComplete()
        .verify(PATIENCE);
    assertThat(source.pages).hasValue(2);
  }

  @Test
  void whatWasLookedAheadIsDiscardedOnCancel() {
    List<Object> discarded = new ArrayList<>();
    NumberedPages source = new NumberedPages(1_000, 10);
    Collector collector = new Collector(1);
    source.numbers(2).doOnDiscard(Integer.class, discarded::add).subscribe(collector);
    collector.cancel();
    assertThat(source.pages).hasValue(3);
    assertThat(discarded).hasSize(29).startsWith(1).endsWith(29);
  }

  @Test
  void aPageThatFailsBeforeItsFirstElementEndsTheStreamAfterWhatCameBefore() {
    AtomicInteger page = new AtomicInteger();
    NumberedPages source =
        new NumberedPages(100, 10)
            .shaped(
                items ->
                    page.incrementAndGet() == 3
                        ? Flux.error(new IllegalStateException("third"))
                        : items);
    for (int lookAhead : new int[] {0, 5}) {
      page.set(0);
      StepVerifier.create(source.numbers(lookAhead), 0)
          .thenRequest(15)
          .expectNextCount(15)
          .thenRequest(100)
          .expectNextCount(5)
          .expectErrorMessage("third")
          .verify(PATIENCE);
    }
    assertThat(source.resumed).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aPageThatBreaksOffIsAskedForAgainFromItsLastElement(int lookAhead) {
    SplittableRandom random = new SplittableRandom(42);
    NumberedPages source =
        new NumberedPages(500, 10)
            .shaped(
                page ->
                    random.nextInt(3) == 0
                        ? page.take(1 + random.nextInt(9))
                            .concatWith(Flux.error(new IllegalStateException("cut")))
                        : page);
    StepVerifier.create(source.numbers(lookAhead).limitRate(7).collectList())
        .expectNext(numbers(500))
        .expectComplete()
        .verify(PATIENCE);
    assertThat(source.resumed.get()).isPositive();
    assertThat(source.pages.get())
        .as("extra calls are bounded by the faults")
        .isLessThanOrEqualTo(50 + source.resumed.get());
  }

  @Test
  void aFaultThatIsFinalComesAfterTheElementsBeforeIt() {
    NumberedPages source =
        new NumberedPages(100, 10)
            .shaped(page -> page.take(4).concatWith(Flux.error(new NumberedPages.Fatal())));
    StepVerifier.create(source.numbers(1), 2)
        .expectNext(0, 1)
        .thenRequest(10)
        .expectNext(2, 3)
        .expectError(NumberedPages.Fatal.class)
        .verify(PATIENCE);
  }

  @Test
  void cancellingWhileWaitingToGoOnStopsTheWait() {
    Sinks.Empty<Void> never = Sinks.empty();
    AtomicInteger cancelled = new AtomicInteger();
    NumberedPages pages =
        new NumberedPages(100, 10)
            .shaped(page -> page.take(4).concatWith(Flux.error(new IllegalStateException("cut"))));
    PageSource<Integer, Integer> source =
        new PageSource<>() {
          @Override
          public PageCall<Integer, Integer> page(Integer position) {
            return pages.page(position);
          }

          @Override
          public Mono<Void> goOnAfter(Throwable fault) {
            return never.asMono().doOnCancel(cancelled::incrementAndGet);
          }
        };
    Collector collector = new Collector(100);
    new PagedFlux<>(source, 0, 0).map(Item::value).subscribe(collector);
    assertThat(collector.values).hasSize(4);
    collector.cancel();
    assertThat(cancelled).hasValue(1);
  }

  @Test
  void aSourceThatThrowsEndsTheStreamWithItsError() {
    PageSource<Integer, Integer> source =
        new PageSource<>() {
          @Override
          public PageCall<Integer, Integer> page(Integer position) {
            throw new IllegalStateException("no page");
          }

          @Override
          public Mono<Void> goOnAfter(Throwable fault) {
            return Mono.error(fault);
          }
        };
    StepVerifier.create(new PagedFlux<>(source, 0, 0))
        .expectErrorMessage("no page")
        .verify(PATIENCE);
  }

  @Test
  void theSubscribersContextReachesThePage() {
    AtomicReference<String> seen = new AtomicReference<>("");
    NumberedPages source =
        new NumberedPages(3, 3)
            .shaped(
                page ->
                    Flux.deferContextual(
                        context -> {
                          seen.set(context.getOrDefault("who", "nobody"));
                          return page;
                        }));
    source.numbers(0).contextWrite(Context.of("who", "me")).blockLast(PATIENCE);
    assertThat(seen).hasValue("me");
  }

  private static List<Integer> numbers(int n) {
    return IntStream.range(0, n).boxed().toList();
  }

  /** Collects what comes, and asks only for what it is told to. */
  private static final class Collector extends BaseSubscriber<Integer> {
    private final long first;
    private final List<Integer> values = new ArrayList<>();
    private volatile boolean completed;

    Collector(long first) {
      this.first = first;
    }

    @Override
    protected void hookOnSubscribe(Subscription s) {
      if (first > 0) {
        request(first);
      }
    }

    @Override
    protected void hookOnNext(Integer value) {
      values.add(value);
    }

    @Override
    protected void hookOnComplete() {
      completed = true;
    }
  }
}
