package io.blinkreactor.completion;

import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps the runs that have not been seen to end, so that none is lost with the process. The
 * contract is a test, {@code PendingStoreContract} in the {@code tests} jar of this artifact, which
 * every implementation must pass.
 *
 * <p>A run is {@linkplain #register registered} before the vendor is asked to start it, and is
 * pending until {@link #finish}: when it was seen to have ended, and also when our own patience
 * with it has ended. Who merely stops waiting for it, because a subscriber cancelled or the process
 * stops, does not finish it: it stays pending, and the next process can {@linkplain #pending read
 * it} and go on waiting.
 *
 * <p>Every method is lazy: each subscription is one change. A {@code Mono} completes only when its
 * change, and all it has seen of other changes, is as durable as this store can make it; nothing
 * that was not stored is ever acknowledged. Changes of one run take effect one after the other in
 * some order, also when they are made by many threads.
 *
 * <p><b>Time</b>: a run is kept for {@link StoreOptions#recordLife} after its registration, and
 * that it has ended for {@link StoreOptions#tombstoneLife} after its end, by the times stored with
 * them and the wall clock. After that the store answers as if it had never known it.
 *
 * <p><b>Errors</b>: {@link io.blinkreactor.StoreException}, whose reason says whether the store can
 * go on. A store whose storage failed takes nothing any more, for good: open it anew.
 *
 * <p><b>Cancel</b>: only stops waiting. A change that was subscribed to is made, unless the store
 * fails first.
 *
 * <p><b>Threads</b>: safe for use by many threads; no method blocks but {@link #close}. A store
 * that does I/O signals on the workers of its {@link io.blinkreactor.TimeSource}.
 */
public interface PendingStore extends AutoCloseable {

  /** {@return a store with the default options that lives as long as the process} */
  static PendingStore memory() {
    return memory(StoreOptions.defaults());
  }

  /**
   * Makes a store that lives as long as the process. Of the runs that have ended, it remembers the
   * last 100,000 at most, and never more than may be pending.
   *
   * @param options the options
   * @return the store
   */
  static PendingStore memory(StoreOptions options) {
    return new MemoryPendingStore(options);
  }

  /**
   * Opens a store in a directory, with the default options.
   *
   * @param directory see {@link #file(Path, StoreOptions)}
   * @return the store
   */
  static PendingStore file(Path directory) {
    return file(directory, StoreOptions.defaults());
  }

  /**
   * Opens a store in a directory of its own. What it has acknowledged survives {@code kill -9} and,
   * as far as the disk keeps its word, a power cut. It needs {@code com.h2database:h2-mvstore}.
   *
   * <p>Blocks until the store is open. The directory is made if it is absent; where the file system
   * knows POSIX rights, only the owner may read what the store makes.
   *
   * @param directory the directory, used by one store at a time
   * @param options the options
   * @return the store
   * @throws io.blinkreactor.StoreException if another store has it open, in this process or another
   *     one; if what is in it is damaged, newer than this library or not to be read. Nothing in it
   *     is changed or removed then.
   * @throws IllegalStateException if {@code com.h2database:h2-mvstore} is not on the class path
   */
  static PendingStore file(Path directory, StoreOptions options) {
    return FilePendingStore.open(directory, options);
  }

  /**
   * Takes a run, before the vendor is asked to start it.
   *
   * @param run the run
   * @return completes when it is stored. Fails with {@link IllegalStateException} if its id is
   *     known, pending or ended; with {@link IllegalArgumentException} if its deadline is later
   *     than its record would live; with {@link io.blinkreactor.StoreException.Reason#FULL} if as
   *     many runs are pending as the store may hold
   */
  Mono<Void> register(PendingRun run);

  /**
   * Takes a run's execution id.
   *
   * @param correlationId our id of the run
   * @param executionId the vendor's id of the run, 1 to 256 bytes
   * @return whether the run is pending and has this execution id now; false if it has another one,
   *     has ended, or is not known, and then nothing changes
   */
  Mono<Boolean> started(String correlationId, String executionId);

  /**
   * Notes that the request to start a run broke after bytes had left.
   *
   * @param correlationId our id of the run
   * @return whether the run is pending and has no execution id; false if it has one, has ended, or
   *     is not known, and then nothing changes
   */
  Mono<Boolean> startUnknown(String correlationId);

  /**
   * Notes an authenticated callback that does not say which run it is of.
   *
   * @param correlationId our id of the run
   * @param at when it came; the first time is kept
   * @return as {@link #signal(String, Instant, String)}
   */
  default Mono<CallbackReceipt> signal(String correlationId, Instant at) {
    return signal(correlationId, at, null);
  }

  /**
   * Notes an authenticated callback.
   *
   * @param correlationId our id of the run
   * @param at when it came; the first time is kept
   * @param hint the execution id that it claims to be of, 1 to 256 bytes; not to be believed. The
   *     first one is kept, unless the run has an execution id: after a crash it may be the only way
   *     to find the run
   * @return {@link CallbackReceipt#ACCEPTED} if the run is pending, also at the second callback;
   *     {@link CallbackReceipt#DUPLICATE} if it has ended; {@link CallbackReceipt#ORPHAN} if it is
   *     not known
   */
  Mono<CallbackReceipt> signal(String correlationId, Instant at, @Nullable String hint);

  /**
   * Notes the end of a run, or of our waiting for it when its time is up, and forgets everything
   * else of it.
   *
   * @param correlationId our id of the run
   * @param at when that was
   * @return true for exactly one caller, who ended it; false if it had ended or is not known. If
   *     the process dies between the change and the answer, nobody sees true
   */
  Mono<Boolean> finish(String correlationId, Instant at);

  /**
   * Looks for a run.
   *
   * @param correlationId our id of the run
   * @return the run if it is pending, else empty
   */
  Mono<PendingRun> find(String correlationId);

  /**
   * Tells whether a run that has ended had an execution id, so that its execution is not taken for
   * that of another run.
   *
   * @param executionId the vendor's id of the run
   * @param since ends before that are not looked for
   * @return whether a run with that execution id has ended since then, as long as that is
   *     remembered
   */
  Mono<Boolean> hasEnded(String executionId, Instant since);

  /**
   * Reads the pending runs of a scope, for recovery.
   *
   * <p><b>Demand</b>: read in small pages as they are asked for, in constant memory. A store in
   * memory sorts its runs at the subscription.
   *
   * <p><b>Order</b>: by time of registration, oldest first; runs of the same instant by correlation
   * id. A run that is pending from the subscription to the end comes exactly once; one that is
   * registered or ends meanwhile may come or not.
   *
   * <p><b>Retry</b>: none.
   *
   * <p><b>Errors</b>: records that are damaged or of a newer version don't stop the others: the
   * stream fails after all runs that could be read.
   *
   * <p><b>Cancel</b>: stops reading.
   *
   * @param scope the scope
   * @return the runs
   */
  Flux<PendingRun> pending(String scope);

  /**
   * Answers a secret that lives as long as the store, such as the key of callback tokens: it is
   * made once and then kept with the runs that depend on it.
   *
   * @param name its name, not empty
   * @param generator makes it, not empty; called on a thread that may block, and only if there is
   *     none. If several callers come at once, each may be asked for one, and all get the one that
   *     is kept
   * @return a copy of the secret
   */
  Mono<byte[]> secret(String name, Supplier<byte[]> generator);

  /**
   * Tells whether several processes use the store at once. A receiver of callbacks must then be
   * given its keys, since a callback may come to any of them.
   *
   * @return false by default, as for the stores of this artifact
   */
  default boolean isShared() {
    return false;
  }

  /**
   * Tells whether the store works, for readiness.
   *
   * @return completes while the store takes changes; fails with the reason once it does not any
   *     more. A store that is merely {@linkplain io.blinkreactor.StoreException.Reason#FULL full}
   *     works
   */
  Mono<Void> check();

  /**
   * Stores what was subscribed to before, and lets go of the storage. Blocks for that long. What is
   * subscribed to later fails. May be called again.
   */
  @Override
  void close();
}
