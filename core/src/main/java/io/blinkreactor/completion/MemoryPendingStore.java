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
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
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
      Comparator.comparing(PendingRun::registeredAt).thenComparing(PendingRun::correlationId);

  /** How often old records are searched for; a fraction of the record life. */
  private static final int SWEEPS_PER_LIFE = 30;

  private static final Duration SWEEP_WHEN_FULL = Duration.ofMinutes(1);

  /** Of a run that has ended. */
  private record Tombstone(String correlationId, Instant at) {}

  private final StoreOptions options;
  private final TimeSource time;

  /** {@link PendingRun} or {@link Tombstone}, by correlation id. */
  private final ConcurrentMap<String, Object> entries = new ConcurrentHashMap<>();

  private final ConcurrentMap<String, byte[]> secrets = new ConcurrentHashMap<>();
  private final AtomicInteger pending = new AtomicInteger();

  /** Oldest first; as many as may be pending. */
  private final Queue<Tombstone> tombstones = new ConcurrentLinkedQueue<>();

  private final AtomicInteger tombstoneCount = new AtomicInteger();

  private volatile Instant lastSweep;

  private static final AtomicReferenceFieldUpdater<MemoryPendingStore, Instant> LAST_SWEEP =
      AtomicReferenceFieldUpdater.newUpdater(MemoryPendingStore.class, Instant.class, "lastSweep");

  private volatile boolean closed;

  MemoryPendingStore(StoreOptions options) {
    this.options = requireNonNull(options, "options");
    this.time = options.time();
    this.lastSweep = time.now();
  }

  @Override
  public Mono<Void> register(PendingRun run) {
    requireNonNull(run, "run");
    return change(
        () -> {
          Stored.checkLife(run, options);
          Instant now = time.now();
          sweep(now, options.recordLife().dividedBy(SWEEPS_PER_LIFE));
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
  private void reserve(Instant now) {
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
    Stored.checkExecutionId(executionId);
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
  public Mono<CallbackReceipt> signal(String correlationId, Instant at) {
    requireNonNull(correlationId, "correlationId");
    requireNonNull(at, "at");
    return change(
        () -> {
          if (update(correlationId, r -> r.signalled(at)) != null) {
            return CallbackReceipt.ACCEPTED;
          }
          return live(correlationId) == null ? CallbackReceipt.ORPHAN : CallbackReceipt.DUPLICATE;
        });
  }

  @Override
  public Mono<Boolean> finish(String correlationId, Instant at) {
    requireNonNull(correlationId, "correlationId");
    requireNonNull(at, "at");
    return change(
        () -> {
          Tombstone tombstone = new Tombstone(correlationId, at);
          while (live(correlationId) instanceof PendingRun run) {
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
  public Flux<PendingRun> pending(String scope) {
    requireNonNull(scope, "scope");
    return Flux.defer(
        () -> {
          if (closed) {
            return Flux.error(Stored.closed());
          }
          Instant now = time.now();
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
        .subscribeOn(time.workers())
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
      if (after.equals(before) || entries.replace(correlationId, before, after)) {
        return after;
      }
    }
    return null;
  }

  private @Nullable Object live(String correlationId) {
    Object entry = entries.get(correlationId);
    return entry == null || isOver(entry, time.now()) ? null : entry;
  }

  private boolean isOver(Object entry, Instant now) {
    return entry instanceof PendingRun run
        ? Stored.isOver(run.registeredAt(), options.recordLife(), now)
        : Stored.isOver(((Tombstone) entry).at(), options.tombstoneLife(), now);
  }

  private void remember(Tombstone tombstone) {
    tombstones.add(tombstone);
    tombstoneCount.incrementAndGet();
    Instant now = time.now();
    Tombstone oldest = tombstones.peek();
    while (oldest != null && (tombstoneCount.get() > options.maxPending() || isOver(oldest, now))) {
      if (tombstones.remove(oldest)) {
        tombstoneCount.decrementAndGet();
        entries.remove(oldest.correlationId(), oldest);
      }
      oldest = tombstones.peek();
    }
  }

  private void sweep(Instant now, Duration interval) {
    Instant last = lastSweep;
    if (Duration.between(last, now).compareTo(interval) < 0
        || !LAST_SWEEP.compareAndSet(this, last, now)) {
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
