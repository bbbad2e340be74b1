package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.completion.RunFile.Page;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps the runs in a file. What is asked of it is done by the {@link RunFileThread}, in the order
 * asked; the answers are handed on by the workers.
 */
final class FilePendingStore implements PendingStore {

  static final String ARTIFACT = "com.h2database:h2-mvstore";

  private final StoreOptions options;
  private final RunFileThread thread;

  private FilePendingStore(StoreOptions options, RunFileThread thread) {
    this.options = options;
    this.thread = thread;
  }

  static FilePendingStore open(Path directory, StoreOptions options) {
    return open(directory, options, RunFile.Tuning.DEFAULT);
  }

  static FilePendingStore open(Path directory, StoreOptions options, RunFile.Tuning tuning) {
    requireNonNull(directory, "directory");
    requireNonNull(options, "options");
    try {
      Class.forName("org.h2.mvstore.MVStore", false, FilePendingStore.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "The file store needs " + ARTIFACT + ", which is not on the class path: add it.", e);
    }
    return new FilePendingStore(options, RunFileThread.open(directory, options, tuning));
  }

  @Override
  public Mono<Void> register(PendingRun run) {
    requireNonNull(run, "run");
    return perform(
        file -> {
          file.register(run);
          return null;
        });
  }

  @Override
  public Mono<Boolean> started(String correlationId, String executionId) {
    requireNonNull(correlationId, "correlationId");
    PendingRunFormat.checkId("An execution id", requireNonNull(executionId, "executionId"));
    return perform(
        file -> {
          PendingRun run =
              file.update(correlationId, r -> r.executionId() == null ? r.started(executionId) : r);
          return run != null && executionId.equals(run.executionId());
        });
  }

  @Override
  public Mono<Boolean> startUnknown(String correlationId) {
    requireNonNull(correlationId, "correlationId");
    return perform(
        file -> {
          PendingRun run =
              file.update(correlationId, r -> r.executionId() == null ? r.startUnknown() : r);
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
    return perform(
        file -> {
          if (file.update(correlationId, r -> r.signalled(at, hint)) != null) {
            return CallbackReceipt.ACCEPTED;
          }
          return file.hasEnded(correlationId) ? CallbackReceipt.DUPLICATE : CallbackReceipt.ORPHAN;
        });
  }

  @Override
  public Mono<Boolean> finish(String correlationId, Instant at) {
    requireNonNull(correlationId, "correlationId");
    long millis = Stored.millis("at", at);
    return perform(file -> file.finish(correlationId, millis));
  }

  @Override
  public Mono<PendingRun> find(String correlationId) {
    requireNonNull(correlationId, "correlationId");
    return perform(file -> file.find(correlationId));
  }

  @Override
  public Mono<Boolean> hasEnded(String executionId, Instant since) {
    requireNonNull(executionId, "executionId");
    long millis = Stored.millis("since", since);
    return perform(file -> file.hasEnded(executionId, millis));
  }

  @Override
  public Flux<PendingRun> pending(String scope) {
    requireNonNull(scope, "scope");
    return Flux.defer(() -> new Reading(scope).runs());
  }

  /** The place of one subscriber between two pages. */
  private final class Reading {

    private final String scope;
    private byte @Nullable [] after;
    private int unreadable;
    private @Nullable RuntimeException firstFault;

    Reading(String scope) {
      this.scope = scope;
    }

    /** Asks for a page when the one before has been handed on and there is demand for more. */
    Flux<PendingRun> runs() {
      return Mono.defer(() -> perform(file -> file.page(scope, after)))
          .doOnNext(this::arrived)
          .repeat()
          .takeUntil(page -> page.next == null)
          .concatMapIterable(page -> page.runs, 1)
          .concatWith(Mono.defer(this::end));
    }

    private void arrived(Page page) {
      after = page.next;
      unreadable += page.unreadable;
      if (firstFault == null) {
        firstFault = page.firstFault;
      }
    }

    private Mono<PendingRun> end() {
      return firstFault == null
          ? Mono.empty()
          : Mono.error(Faults.unreadable(unreadable, firstFault));
    }
  }

  @Override
  public Mono<byte[]> secret(String name, Supplier<byte[]> generator) {
    Stored.checkSecretName(name);
    requireNonNull(generator, "generator");
    return this.<byte[]>perform(file -> file.secret(name))
        .switchIfEmpty(
            Mono.fromCallable(() -> Stored.generate(name, generator))
                .flatMap(made -> perform(file -> file.keepSecret(name, made))));
  }

  @Override
  public Mono<Void> check() {
    // By way of the thread, so that a disk that hangs does not pass for one that works.
    return this.<Void>perform(file -> null);
  }

  @Override
  public void close() {
    thread.close();
  }

  private <V> Mono<V> perform(Function<RunFile, @Nullable V> work) {
    return Mono.<V>create(sink -> thread.submit(work, sink)).publishOn(options.time().background());
  }
}
