package io.blinkreactor.benchmarks;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.internal.completion.CompletionEngine;
import io.blinkreactor.internal.completion.CompletionOptions;
import io.blinkreactor.internal.completion.Look;
import io.blinkreactor.internal.completion.PendingRuns;
import io.blinkreactor.internal.completion.Step;
import io.blinkreactor.internal.completion.Vendor;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * What a pending run with one waiter takes in memory, and the time to register and to resolve it:
 * ours, beside the way to do it by hand. Prints a table.
 *
 * <pre>java -Xmx3g -cp benchmarks.jar io.blinkreactor.benchmarks.WaiterBenchmark [waiters [rounds]]
 * </pre>
 */
public final class WaiterBenchmark {

  private static final Duration TIMEOUT = Duration.ofMinutes(10);
  private static final int PATIENCE_MINUTES = 5;
  private static final String TARGET = "playbook";

  /** One that is waited for by some way. */
  private interface Way extends AutoCloseable {
    void register(int waiter, String executionId, CoreSubscriber<Object> told);

    void resolve(int waiter);

    @Override
    void close();
  }

  private record Result(String way, double bytes, double register, double resolve) {}

  private final int waiters;
  private final String[] executionIds;

  private WaiterBenchmark(int waiters) {
    this.waiters = waiters;
    this.executionIds = new String[waiters];
    for (int i = 0; i < waiters; i++) {
      executionIds[i] = UUID.randomUUID().toString();
    }
  }

  /**
   * Measures.
   *
   * @param args how many waiters, 1,000,000 by default; how many rounds after one to warm up, 3 by
   *     default
   * @throws InterruptedException if it is interrupted
   */
  public static void main(String[] args) throws InterruptedException {
    int waiters = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
    WaiterBenchmark benchmark = new WaiterBenchmark(waiters);
    System.out.printf(
        Locale.ROOT,
        "%,d waiters, JDK %s, heap up to %,d MB, median of %d rounds%n",
        waiters,
        Runtime.version(),
        Runtime.getRuntime().maxMemory() >> 20,
        rounds);
    double id = benchmark.bytesOfAnId();
    System.out.printf(
        Locale.ROOT,
        "The vendor's ids are there before and not counted (%.0f B each); ours are.%n%n",
        benchmark.bytesOfAnExecutionId());
    System.out.printf(
        "%-46s %10s %12s %12s %12s%n", "", "B/waiter", "without id", "register us", "resolve us");
    Map<String, Supplier<Way>> ways =
        Map.of(
            "1 Blinkreactor: run handle with one waiter", () -> new Ours(waiters),
            "2 Sinks.one() in a ConcurrentHashMap", () -> new ByHand(waiters, null),
            "3 the same with Mono.timeout", () -> new ByHand(waiters, TIMEOUT));
    List<String> names = ways.keySet().stream().sorted().toList();
    for (String name : names) {
      List<Result> results = new ArrayList<>();
      for (int round = 0; round <= rounds; round++) {
        Result result = benchmark.measure(name, requireNonNull(ways.get(name)), round == rounds);
        if (round > 0) {
          results.add(result);
        }
      }
      double bytes = median(results, Comparator.comparing(Result::bytes)).bytes();
      System.out.printf(
          Locale.ROOT,
          "%-46s %10.0f %12.0f %12.2f %12.2f%n",
          name.substring(2),
          bytes,
          bytes - id,
          median(results, Comparator.comparing(Result::register)).register(),
          median(results, Comparator.comparing(Result::resolve)).resolve());
    }
    System.exit(0);
  }

  private static Result median(List<Result> results, Comparator<Result> by) {
    return results.stream().sorted(by).toList().get(results.size() / 2);
  }

  private Result measure(String name, Supplier<Way> way, boolean histogram)
      throws InterruptedException {
    Told told = new Told(waiters);
    long before = usedHeap();
    try (Way tried = way.get()) {
      long began = System.nanoTime();
      for (int i = 0; i < waiters; i++) {
        tried.register(i, executionIds[i], told);
      }
      long registered = System.nanoTime();
      long held = usedHeap() - before;
      if (histogram && Boolean.getBoolean("histogram")) {
        System.out.println(histogram());
      }
      long woken = System.nanoTime();
      for (int i = 0; i < waiters; i++) {
        tried.resolve(i);
      }
      if (!told.left.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new IllegalStateException(told.left.getCount() + " were never told.");
      }
      long resolved = System.nanoTime();
      return new Result(
          name,
          (double) held / waiters,
          (registered - began) / 1e3 / waiters,
          (resolved - woken) / 1e3 / waiters);
    }
  }

  /** Of the id that each way gives to each waiter. */
  private double bytesOfAnId() {
    return bytesEach(WaiterBenchmark::newId);
  }

  private double bytesOfAnExecutionId() {
    return bytesEach(() -> UUID.randomUUID().toString());
  }

  private double bytesEach(Supplier<String> text) {
    String[] texts = new String[waiters];
    long before = usedHeap();
    for (int i = 0; i < waiters; i++) {
      texts[i] = text.get();
    }
    long held = usedHeap() - before;
    return texts.length == 0 ? 0 : (double) held / texts.length;
  }

  /** As long as an id of ours: 22 letters. */
  private static String newId() {
    return UUID.randomUUID().toString().substring(0, 22);
  }

  /** After collections, until it falls no further. */
  private static long usedHeap() {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      used = Math.min(used, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return used;
  }

  private static String histogram() {
    try {
      Object text =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      return String.valueOf(text).lines().limit(20).reduce("", (all, line) -> all + line + "\n");
    } catch (JMException e) {
      throw new IllegalStateException("This JVM counts no objects.", e);
    }
  }

  /** One for all waiters, so that what a user's subscriber takes is not counted. */
  private static final class Told implements CoreSubscriber<Object> {

    private final CountDownLatch left;

    Told(int waiters) {
      left = new CountDownLatch(waiters);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Object end) {
      left.countDown();
    }

    @Override
    public void onError(Throwable error) {
      throw new IllegalStateException("A wait failed.", error);
    }

    @Override
    public void onComplete() {}
  }

  /** A run handle, woken as by a callback; one look at a vendor that answers at once. */
  private static final class Ours implements Way {

    private static final CallbackTarget CALLBACK =
        new CallbackTarget(URI.create("http://127.0.0.1/"), "POST", Map.of(), Map.of(), Map.of());
    private static final UntrustedPayload PAYLOAD = new UntrustedPayload(new byte[0], null);

    private final Receiver receiver = new Receiver();
    private final CompletionEngine<String> engine;
    private final RunHandle<?>[] handles;

    Ours(int waiters) {
      handles = new RunHandle<?>[waiters];
      engine =
          new CompletionEngine<>(
              TimeSource.system(),
              new CompletionOptions(Duration.ofDays(15), TIMEOUT),
              "workspace",
              new AtOnce(),
              receiver,
              null,
              new PendingRuns("vendor", null),
              null,
              Step.Observer.NONE);
    }

    @Override
    public void register(int waiter, String executionId, CoreSubscriber<Object> told) {
      RunHandle<String> handle =
          requireNonNull(engine.start(TARGET, callback -> Mono.just(executionId)).block());
      handles[waiter] = handle;
      handle.completion().subscribe(told);
    }

    @Override
    public void resolve(int waiter) {
      requireNonNull(receiver.sink)
          .accept(requireNonNull(handles[waiter]).correlationId(), PAYLOAD)
          .subscribe();
    }

    @Override
    public void close() {
      engine.close();
    }

    private static final class Receiver implements CallbackReceiver {
      private @Nullable CallbackSink sink;

      @Override
      public CallbackTarget target(String scope, String correlationId, Instant expiry) {
        return CALLBACK;
      }

      @Override
      public Disposable attach(String scope, CallbackSink attached) {
        sink = attached;
        return () -> {};
      }
    }

    private static final class AtOnce implements Vendor<String> {
      @Override
      public String describe(String target) {
        return "a run";
      }

      @Override
      public Mono<Look<String>> look(String target, String executionId) {
        return Mono.just(
            new Look<>(
                executionId, target, "Completed", "completed", true, true, Instant.EPOCH, null));
      }

      @Override
      public Mono<Void> cancel(String target, String executionId) {
        return Mono.empty();
      }
    }
  }

  /** What one would write without this library; it looks at nothing and survives nothing. */
  private static final class ByHand implements Way {

    private final ConcurrentMap<String, Sinks.One<Object>> sinks = new ConcurrentHashMap<>();
    private final String[] ids;
    private final @Nullable Duration timeout;

    ByHand(int waiters, @Nullable Duration timeout) {
      ids = new String[waiters];
      this.timeout = timeout;
    }

    @Override
    public void register(int waiter, String executionId, CoreSubscriber<Object> told) {
      String id = newId();
      ids[waiter] = id;
      Sinks.One<Object> sink = Sinks.one();
      sinks.put(id, sink);
      Mono<Object> end = sink.asMono();
      if (timeout != null) {
        end = end.timeout(timeout);
      }
      end.doFinally(signal -> sinks.remove(id)).subscribe(told);
    }

    @Override
    public void resolve(int waiter) {
      String id = requireNonNull(ids[waiter]);
      requireNonNull(sinks.get(id)).tryEmitValue(id).orThrow();
    }

    @Override
    public void close() {
      sinks.clear();
    }
  }
}
