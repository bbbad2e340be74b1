package io.blinkreactor.internal.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * How many pages usual operators pull through ours; the table in {@code docs/demand.md} is what
 * this test measures.
 */
class DemandTableTest {

  private static final Path PAGE = Path.of("..", "docs", "demand.md");

  @Test
  void theTableInTheDocsIsWhatIsMeasured() throws IOException {
    Map<String, Integer> measured = new LinkedHashMap<>();
    measured.put("nothing", pages(f -> f));
    measured.put("`take(15)`, all of it", pagesOfAll(f -> f.take(15)));
    measured.put(
        "`map`, `filter` that lets all pass", pages(f -> f.map(n -> n + 1).filter(n -> n > 0)));
    measured.put("`limitRate(5)`", pages(f -> f.limitRate(5)));
    measured.put("`limitRate(100)`", pages(f -> f.limitRate(100)));
    measured.put("`publishOn(scheduler)`", pages(f -> f.publishOn(Schedulers.immediate())));
    measured.put("`publishOn(scheduler, 1)`", pages(f -> f.publishOn(Schedulers.immediate(), 1)));
    measured.put("`buffer(10)`", pages(f -> f.buffer(10)));
    measured.put("`buffer(100)`", pages(f -> f.buffer(100)));
    measured.put("`concatMap(call)`", pages(f -> f.concatMap(n -> Mono.never())));
    measured.put("`flatMap(call, 4)`", pages(f -> f.flatMap(n -> Mono.never(), 4)));
    measured.put("`flatMap(call)`, 256 at once", pages(f -> f.flatMap(n -> Mono.never(), 256)));
    measured.put("`toIterable()`, one element", pagesOfIterator(f -> f.toIterable().iterator()));
    measured.put("`toIterable(1)`, one element", pagesOfIterator(f -> f.toIterable(1).iterator()));

    StringBuilder table = new StringBuilder("| Operator | Pages fetched |\n|---|---|\n");
    measured.forEach(
        (operator, pages) ->
            table.append("| ").append(operator).append(" | ").append(pages).append(" |\n"));
    assertThat(Files.readString(PAGE)).contains(table);
  }

  private static int pages(Function<Flux<Integer>, Publisher<?>> operator) {
    return count(
        flux ->
            Flux.from(operator.apply(flux))
                .subscribe(
                    new BaseSubscriber<Object>() {
                      @Override
                      protected void hookOnSubscribe(Subscription s) {
                        request(1);
                      }
                    }));
  }

  private static int pagesOfAll(Function<Flux<Integer>, Publisher<?>> operator) {
    return count(flux -> Flux.from(operator.apply(flux)).blockLast());
  }

  private static int pagesOfIterator(Function<Flux<Integer>, Iterator<Integer>> operator) {
    return count(flux -> assertThat(operator.apply(flux).next()).isZero());
  }

  private static int count(Consumer<Flux<Integer>> use) {
    NumberedPages source = new NumberedPages(10_000, 10);
    use.accept(source.numbers(0));
    return source.pages.get();
  }
}
