package io.blinkreactor.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * How many pages are fetched for a demand, when it is cancelled, and how many pages in a row are
 * too many: ours beside what else there is.
 */
public final class PeerPages {

  private static final int PAGES = 1000;
  private static final int PAGE_SIZE = 10;
  private static final int MANY_PAGES = 20_000;
  private static final long STACK_BYTES = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private PeerPages() {}

  /**
   * Prints the table.
   *
   * @param args not used
   */
  public static void main(String... args) {
    System.out.println(versions());
    System.out.println();
    System.out.print(table());
  }

  /** {@return what was measured, as a line} */
  static String versions() {
    Properties versions = new Properties();
    try (InputStream in = PeerPages.class.getResourceAsStream("peers.properties")) {
      versions.load(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return "azure-core %s, AWS SDK %s, Spring %s, Reactor BOM %s"
        .formatted(
            versions.get("azure-core"),
            versions.get("aws-sdk"),
            versions.get("spring"),
            versions.get("reactor-bom"));
  }

  /** {@return the table, in Markdown} */
  static String table() {
    Map<String, Peer> peers = new LinkedHashMap<>();
    peers.put("Blinkreactor", Peer.blinkreactor(0));
    peers.put("Blinkreactor, `lookAhead(1)`", Peer.blinkreactor(1));
    peers.put("azure-core `PagedFlux`", Peer::azure);
    peers.put("AWS SDK v2 paginator, `tableNames()`", Peer::aws);
    peers.put("AWS SDK v2 `PaginatedItemsPublisher`", Peer::awsItemsPublisher);
    peers.put("WebClient, `expand` + `flatMapIterable`", Peer::webClientFlatMap);
    peers.put("WebClient, `expand` + `concatMap(…, 0)`", Peer::webClientConcatMap);
    StringBuilder table =
        new StringBuilder(
            """
            | | `request(0)` | `request(1)` | `request(10)` | `request(11)` | `request(max)`, cancelled at the 11th | call in flight when cancelled | 20,000 pages at once |
            |---|---|---|---|---|---|---|---|
            """);
    peers.forEach(
        (name, peer) ->
            table.append(
                "| %s | %d | %d | %d | %d | %d | %s | %s |\n"
                    .formatted(
                        name,
                        pagesFor(peer, 0),
                        pagesFor(peer, 1),
                        pagesFor(peer, 10),
                        pagesFor(peer, 11),
                        pagesWhenCancelled(peer),
                        callInFlight(peer),
                        manyPages(peer))));
    return table.toString();
  }

  /** The consumer asks once, and stalls. */
  private static int pagesFor(Peer peer, long request) {
    CountedPages pages = CountedPages.of(PAGES, PAGE_SIZE);
    peer.read(pages).subscribe(new Consumer(request));
    return pages.fetched();
  }

  /** The consumer asks for all and cancels when it gets the 11th. */
  private static int pagesWhenCancelled(Peer peer) {
    CountedPages pages = CountedPages.of(PAGES, PAGE_SIZE);
    Consumer consumer = new Consumer(Long.MAX_VALUE);
    consumer.cancelAt = PAGE_SIZE + 1;
    peer.read(pages).subscribe(consumer);
    return pages.fetched();
  }

  /** The consumer has the first page and cancels while the second is on its way. */
  private static String callInFlight(Peer peer) {
    CountedPages pages = CountedPages.of(PAGES, PAGE_SIZE).silentFrom(1);
    Consumer consumer = new Consumer(Long.MAX_VALUE);
    peer.read(pages).subscribe(consumer);
    if (consumer.received != PAGE_SIZE || pages.fetched() != 2) {
      throw new IllegalStateException("The second page is not on its way.");
    }
    consumer.cancel();
    return pages.isCancelled() ? "cancelled" : "goes on";
  }

  /** Each page is there at once, so that recursion shows. */
  private static String manyPages(Peer peer) {
    Consumer consumer = new Consumer(Long.MAX_VALUE);
    Publisher<?> publisher = peer.read(CountedPages.of(MANY_PAGES, 1));
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                publisher.subscribe(consumer);
              } catch (StackOverflowError e) {
                consumer.error = e;
              }
            },
            "many pages",
            STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
    try {
      thread.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      return "hangs";
    }
    for (Throwable e = consumer.error; e != null; e = e.getCause()) {
      if (e instanceof StackOverflowError) {
        return "stack overflow";
      }
    }
    if (consumer.error != null) {
      return "fails";
    }
    return consumer.completed && consumer.received == MANY_PAGES ? "ok" : "stops, with no signal";
  }

  /** Asks once, and counts. */
  private static final class Consumer implements Subscriber<Object> {
    private final long request;
    private int cancelAt = Integer.MAX_VALUE;
    private @Nullable Subscription upstream;
    private volatile int received;
    private volatile boolean completed;
    private volatile @Nullable Throwable error;

    Consumer(long request) {
      this.request = request;
    }

    void cancel() {
      Objects.requireNonNull(upstream).cancel();
    }

    @Override
    public void onSubscribe(Subscription s) {
      upstream = s;
      if (request > 0) {
        s.request(request);
      }
    }

    @Override
    public void onNext(Object element) {
      int now = received + 1;
      received = now;
      if (now == cancelAt) {
        cancel();
      }
    }

    @Override
    public void onError(Throwable e) {
      error = e;
    }

    @Override
    public void onComplete() {
      completed = true;
    }
  }
}
