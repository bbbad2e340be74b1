package io.blinkreactor.benchmarks;

import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.rest.PagedFlux;
import com.azure.core.http.rest.PagedResponse;
import com.azure.core.http.rest.PagedResponseBase;
import io.blinkreactor.benchmarks.CountedPages.Page;
import io.blinkreactor.internal.stream.Item;
import io.blinkreactor.internal.stream.PageCall;
import io.blinkreactor.internal.stream.PageSource;
import io.blinkreactor.internal.stream.Pages;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.core.pagination.async.AsyncPageFetcher;
import software.amazon.awssdk.core.pagination.async.PaginatedItemsPublisher;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.ListTablesRequest;
import software.amazon.awssdk.services.dynamodb.model.ListTablesResponse;
import software.amazon.awssdk.utils.CompletableFutureUtils;

/** Ways to read all pages of a source, with the libraries' own jars; only the calls are ours. */
@FunctionalInterface
interface Peer {

  /** Made once, as a client has them; making them is slow. */
  ExchangeStrategies CODECS = ExchangeStrategies.withDefaults();

  /** The elements of all pages. */
  Publisher<?> read(CountedPages pages);

  static Peer blinkreactor(int lookAhead) {
    return pages -> Pages.read(new Ours(pages), 0, lookAhead).map(Item::value);
  }

  /** Ours, on the counted pages. */
  record Ours(CountedPages pages) implements PageSource<Integer, Integer> {

    @Override
    public PageCall<Integer, Integer> page(Integer number) {
      return new PageCall<>() {
        private @Nullable Integer next;

        @Override
        public Flux<Item<Integer, Integer>> items() {
          return pages
              .mono(number)
              .doOnNext(page -> next = page.next())
              .flatMapIterable(Page::items)
              .map(value -> new Item<>(value, number));
        }

        @Override
        public @Nullable Integer next() {
          return next;
        }
      };
    }

    @Override
    public Mono<Void> goOnAfter(Throwable fault) {
      return Mono.error(fault);
    }
  }

  static Publisher<?> azure(CountedPages pages) {
    return new PagedFlux<>(
        () -> azurePage(pages, 0), token -> azurePage(pages, Integer.parseInt(token)));
  }

  private static Mono<PagedResponse<Integer>> azurePage(CountedPages pages, int number) {
    HttpRequest request = new HttpRequest(HttpMethod.GET, "http://localhost/" + number);
    return pages
        .mono(number)
        .map(
            page ->
                new PagedResponseBase<Void, Integer>(
                    request, 200, new HttpHeaders(), page.items(), token(page), null));
  }

  private static @Nullable String token(Page page) {
    return page.next() == null ? null : page.next().toString();
  }

  static Publisher<?> aws(CountedPages pages) {
    DynamoDbAsyncClient client =
        new DynamoDbAsyncClient() {
          @Override
          public CompletableFuture<ListTablesResponse> listTables(ListTablesRequest request) {
            String start = request.exclusiveStartTableName();
            CompletableFuture<Page> call =
                pages.future(start == null ? 0 : Integer.parseInt(start));
            return answer(call);
          }

          @Override
          public String serviceName() {
            return "dynamodb";
          }

          @Override
          public void close() {}
        };
    return client.listTablesPaginator().tableNames();
  }

  /** As in the SDK's own calls, a cancelled answer cancels its call. */
  private static CompletableFuture<ListTablesResponse> answer(CompletableFuture<Page> call) {
    CompletableFuture<ListTablesResponse> answer =
        call.thenApply(
            page ->
                ListTablesResponse.builder()
                    .tableNames(page.items().stream().map(String::valueOf).toList())
                    .lastEvaluatedTableName(token(page))
                    .build());
    return CompletableFutureUtils.forwardExceptionTo(answer, call);
  }

  /** The class that the SDK's generated clients used before, and that is still in it. */
  @SuppressWarnings("deprecation")
  static Publisher<?> awsItemsPublisher(CountedPages pages) {
    Function<Page, Iterator<Integer>> items = page -> page.items().iterator();
    return PaginatedItemsPublisher.builder()
        .nextPageFetcher(
            new AsyncPageFetcher<Page>() {
              @Override
              public boolean hasNextPage(Page old) {
                return old.next() != null;
              }

              @Override
              public CompletableFuture<Page> nextPage(@Nullable Page old) {
                Integer next = old == null ? Integer.valueOf(0) : old.next();
                return next == null
                    ? CompletableFuture.failedFuture(new IllegalStateException("No more pages."))
                    : pages.future(next);
              }
            })
        .iteratorFunction(items)
        .isLastPage(false)
        .build();
  }

  /** How it is usually written by hand. */
  static Publisher<?> webClientFlatMap(CountedPages pages) {
    return webClient(pages).flatMapIterable(Page::items);
  }

  /** How it is written by hand with care. */
  static Publisher<?> webClientConcatMap(CountedPages pages) {
    return webClient(pages).concatMap(page -> Flux.fromIterable(page.items()), 0);
  }

  private static Flux<Page> webClient(CountedPages pages) {
    WebClient client =
        WebClient.builder()
            .baseUrl("http://localhost/")
            .exchangeStrategies(CODECS)
            .clientConnector(
                (method, uri, send) -> Mono.error(new IllegalStateException("No network here.")))
            .exchangeFunction(
                request ->
                    pages
                        .mono(Integer.parseInt(request.url().getPath().substring(1)))
                        .map(Peer::response))
            .build();
    return get(client, 0)
        .expand(page -> page.next() == null ? Mono.empty() : get(client, page.next()));
  }

  private static ClientResponse response(Page page) {
    ClientResponse.Builder response = ClientResponse.create(HttpStatus.OK, CODECS);
    if (page.next() != null) {
      response.header("next", page.next().toString());
    }
    return response
        .body(page.items().stream().map(String::valueOf).collect(Collectors.joining(",")))
        .build();
  }

  private static Mono<Page> get(WebClient client, int number) {
    return client
        .get()
        .uri(Integer.toString(number))
        .retrieve()
        .toEntity(String.class)
        .map(
            entity -> {
              String next = entity.getHeaders().getFirst("next");
              String body = entity.getBody();
              List<Integer> items =
                  body == null
                      ? List.of()
                      : Arrays.stream(body.split(",")).map(Integer::valueOf).toList();
              return new Page(items, next == null ? null : Integer.valueOf(next));
            });
  }
}
