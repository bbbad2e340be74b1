package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps the runs in a map. Each change is one compare-and-set on the run's entry. There is no
 * timer: what is too old is passed over when it is met, and dropped in passing.
 */
final class MemoryPendingStore implements PendingStore {

  private static final Logger log = LoggerFactory.getLogger(MemoryPendingStore.class);

  private static final Comparator<PendingRun> OLDEST_FIRST =
      Comparator.comparingLong(PendingRun::registeredMillis)
          .thenComparing(PendingRun::correlationId);

  /** How often old records are searched for; a fraction of the record life. */
  private static final int SWEEPS_PER_LIFE = 30;

  private static final long SWEEP_WHEN_FULL = Duration.ofMinutes(1).toMillis();

  static final int MAX_TOMBSTONES = 100_000;

  /** Of a run that has ended. */
  private record Tombstone(String correlationId, @Nullable String executionId, long at) {}

  private final StoreOptions options;
  private final TimeSource time;
  private final long recordLife;
  private final long tombstoneLife;
  private final int maxTombstones;

  /** {@link PendingRun} or {@link Tombstone}, by correlation id. */
  private final ConcurrentMap<String, Object> entries = new ConcurrentHashMap<>();

  private final ConcurrentMap<String, byte[]> secrets = new ConcurrentHashMap<>();
  private final AtomicInteger pending = new AtomicInteger();

  /** In the order of their ends. */
  private final Queue<Tombstone> tombstones = new ConcurrentLinkedQueue<>();

  private final AtomicInteger tombstoneCount = new AtomicInteger();

  private final AtomicLong lastSweep;

  private volatile boolean closed;

  MemoryPendingStore(StoreOptions options) {
    this.options = requireNonNull(options, "options");
    this.time = options.time();
    this.recordLife = options.recordLife().toMillis();
    this.tombstoneLife = options.tombstoneLife().toMillis();
    this.maxTombstones = Math.min(options.maxPending(), MAX_TOMBSTONES);
    this.lastSweep = new AtomicLong(now());
  }

  @Override
  public Mono<Void> register(PendingRun run) {
    requireNonNull(run, "run");
    return change(
        () -> {
          Stored.checkLife(run, options);
          long now = now();
          sweep(now, recordLife / SWEEPS_PER_LIFE);
          while (true) {
            Object before = entries.get(run.correlationId());
            if (before != null) {
              if (!isOver(before, now)) {
                throw Stored.known(run);
              }
              drop(before);
            }
            reserve(now);
            if (entries.putIfAbsent(run.correlationId(), run) == null) {
              return null;
            }
            pending.decrementAndGet();
          }
        });
  }

  /** Takes one of the places. */
  private void reserve(long now) {
    if (pending.getAndIncrement() < options.maxPending()) {
      return;
    }
    pending.decrementAndGet();
    sweep(now, SWEEP_WHEN_FULL);
    if (pending.getAndIncrement() >= options.maxPending()) {
      pending.decrementAndGet();
      throw Stored.full(options);
    }
  }

  @Override
  public Mono<Boolean> started(String correlationId, String executionId) {
    PendingRunFormat.checkId("An execution id", requireNonNull(executionId, "executionId"));
    return change(
        () -> {
          PendingRun run =
              update(correlationId, r -> r.executionId() == null ? r.started(executionId) : r);
          return run != null && executionId.equals(run.executionId());
        });
  }

  @Override
  public Mono<Boolean> startUnknown(String correlationId) {
    requireNonNull(correlationId, "correlationId");
    return change(
        () -> {
          PendingRun run =
              update(correlationId, r -> r.executionId() == null ? r.startUnknown() : r);
          return run != null && run.executionId() == null;
        });
  }

  @Override
  public Mono<CallbackReceipt> signal(String correlationId, Instant at, @Nullable String hint) {
    requireNonNull(correlationId, "correlationId");
    Stored.millis("at", at);
    if (hint != null) {
      PendingRunFormat.checkId("A hint", hint);
    }
    return change(
        () -> {
          Object entry = live(correlationId);
          while (entry instanceof PendingRun run) {
            if (replaced(run, run.signalled(at, hint))) {
              return CallbackReceipt.ACCEPTED;
            }
            entry = live(correlationId);
          }
          return entry == null ? CallbackReceipt.ORPHAN : CallbackReceipt.DUPLICATE;
        });
  }

  @Override
  public Mono<Boolean> finish(String correlationId, Instant at) {
    requireNonNull(correlationId, "correlationId");
    long millis = Stored.millis("at", at);
    return change(
        () -> {
          while (live(correlationId) instanceof PendingRun run) {
            Tombstone tombstone = new Tombstone(run.correlationId(), run.executionId(), millis);
            if (entries.replace(correlationId, run, tombstone)) {
              pending.decrementAndGet();
              remember(tombstone);
              return true;
            }
          }
          return false;
        });
  }

  @Override
  public Mono<PendingRun> find(String correlationId) {
    requireNonNull(correlationId, "correlationId");
    return change(() -> live(correlationId) instanceof PendingRun run ? run : null);
  }

  /** Sorted at the subscription, since an order kept all the time would cost every change. */
  @Override
  public Mono<Boolean> hasEnded(String executionId, Instant since) {
    requireNonNull(executionId, "executionId");
    long millis = Stored.millis("since", since);
    return change(
        () -> {
          long now = now();
          return tombstones.stream()
              .anyMatch(
                  tombstone ->
                      executionId.equals(tombstone.executionId())
                          && tombstone.at() >= millis
                          && !isOver(tombstone, now));
        });
  }

  @Override
  public Flux<PendingRun> pending(String scope) {
    requireNonNull(scope, "scope");
    return Flux.defer(
        () -> {
          if (closed) {
            return Flux.error(Stored.closed());
          }
          long now = now();
          return Flux.fromStream(
                  () ->
                      entries.values().stream()
                          .filter(e -> !isOver(e, now))
                          .filter(PendingRun.class::isInstance)
                          .map(PendingRun.class::cast)
                          .filter(run -> run.scope().equals(scope))
                          .sorted(OLDEST_FIRST))
              .concatMap(run -> find(run.correlationId()), 0);
        });
  }

  @Override
  public Mono<byte[]> secret(String name, Supplier<byte[]> generator) {
    Stored.checkSecretName(name);
    requireNonNull(generator, "generator");
    return Mono.defer(
        () -> {
          byte[] known = secrets.get(name);
          return known == null ? generated(name, generator) : change(known::clone);
        });
  }

  private Mono<byte[]> generated(String name, Supplier<byte[]> generator) {
    return change(() -> Stored.generate(name, generator))
        .subscribeOn(time.background())
        .map(
            made -> {
              byte[] before = secrets.putIfAbsent(name, made);
              return (before == null ? made : before).clone();
            });
  }

  @Override
  public Mono<Void> check() {
    return change(() -> null);
  }

  @Override
  public void close() {
    closed = true;
    entries.clear();
    tombstones.clear();
    secrets.clear();
  }

  /** How many entries there are, pending runs and tombstones, for tests. */
  int size() {
    return entries.size();
  }

  private <V> Mono<V> change(Callable<@Nullable V> work) {
    return Mono.fromCallable(
        () -> {
          if (closed) {
            throw Stored.closed();
          }
          return work.call();
        });
  }

  /** The run after the change, or null if it is not pending. */
  private @Nullable PendingRun update(String correlationId, UnaryOperator<PendingRun> change) {
    while (live(correlationId) instanceof PendingRun before) {
      PendingRun after = change.apply(before);
      if (replaced(before, after)) {
        return after;
      }
    }
    return null;
  }

  private boolean replaced(PendingRun before, PendingRun after) {
    return after.equals(before) || entries.replace(before.correlationId(), before, after);
  }

  private @Nullable Object live(String correlationId) {
    Object entry = entries.get(correlationId);
    return entry == null || isOver(entry, now()) ? null : entry;
  }

  private boolean isOver(Object entry, long now) {
    return entry instanceof PendingRun run
        ? now - run.registeredMillis() >= recordLife
        : now - ((Tombstone) entry).at() >= tombstoneLife;
  }

  private long now() {
    return time.now().toEpochMilli();
  }

  private void remember(Tombstone tombstone) {
    tombstones.add(tombstone);
    tombstoneCount.incrementAndGet();
    long now = now();
    Tombstone oldest = tombstones.peek();
    while (oldest != null && (tombstoneCount.get() > maxTombstones || isOver(oldest, now))) {
      if (tombstones.remove(oldest)) {
        tombstoneCount.decrementAndGet();
        entries.remove(oldest.correlationId(), oldest);
      }
      oldest = tombstones.peek();
    }
  }

  private void sweep(long now, long interval) {
    long last = lastSweep.get();
    if (Math.abs(now - last) < interval || !lastSweep.compareAndSet(last, now)) {
      return;
    }
    int dropped = 0;
    for (Object entry : entries.values()) {
      if (isOver(entry, now) && drop(entry) && entry instanceof PendingRun) {
        dropped++;
      }
    }
    Stored.logDropped(log, dropped, options);
  }

  private boolean drop(Object entry) {
    if (entry instanceof PendingRun run) {
      boolean dropped = entries.remove(run.correlationId(), run);
      if (dropped) {
        pending.decrementAndGet();
      }
      return dropped;
    }
    return entries.remove(((Tombstone) entry).correlationId(), entry);
  }
}
