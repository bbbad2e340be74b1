package io.blinkreactor.completion;

import io.blinkreactor.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.MonoSink;

/**
 * The one thread that touches the file. All changes that came while it was busy with the last ones
 * are made together, committed and synced once, and only then answered. After the first fault of
 * the file nothing is tried on it any more: what a failed write or sync has left on the disk is not
 * known.
 */
final class RunFileThread {

  private static final Logger log = LoggerFactory.getLogger(RunFileThread.class);

  static final String NAME = "blinkreactor-store";

  /** Bounds how long the first change of a batch waits for the last one. */
  private static final int MAX_BATCH = 4096;

  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path path;
  private final StoreOptions options;
  private final RunFile.Tuning tuning;
  private final Thread thread;
  private final CompletableFuture<@Nullable Void> opened = new CompletableFuture<>();
  private final Queue<Change<?>> queue = new ConcurrentLinkedQueue<>();

  /** Changes in the queue; counted after they are in it. */
  private final AtomicInteger waiting = new AtomicInteger();

  private volatile boolean closing;
  private volatile boolean ended;
  private volatile @Nullable Throwable failure;

  private RunFileThread(Path path, StoreOptions options, RunFile.Tuning tuning) {
    this.path = path;
    this.options = options;
    this.tuning = tuning;
    this.thread =
        new Thread(this::run, NAME) {
          /** An interrupt would close the file in the middle of a write. */
          @Override
          public void interrupt() {}
        };
    thread.setDaemon(true);
  }

  /** Blocks until the file is open. */
  static RunFileThread open(Path path, StoreOptions options, RunFile.Tuning tuning) {
    RunFileThread opened = new RunFileThread(path, options, tuning);
    opened.thread.start();
    try {
      opened.opened.join();
    } catch (CompletionException e) {
      throw Faults.opening(path, e.getCause() == null ? e : e.getCause());
    }
    return opened;
  }

  /** Takes a change; never blocks. */
  <V> void submit(Function<RunFile, @Nullable V> work, MonoSink<V> sink) {
    Change<V> change = new Change<>(work, sink);
    RuntimeException fault = fault();
    if (fault != null) {
      change.failed(fault);
      return;
    }
    queue.add(change);
    if (waiting.getAndIncrement() == 0) {
      LockSupport.unpark(thread);
    }
    if (ended) {
      // The thread may have looked for the last time before the change was there.
      failRest();
    }
  }

  /** Why nothing is taken any more, made anew for each who asks, or null. */
  @Nullable StoreException fault() {
    Throwable fault = failure;
    if (fault != null) {
      return Faults.working(path, fault);
    }
    return closing ? Stored.closed() : null;
  }

  /** Waits until all that was taken is durable and the directory is free. */
  void close() {
    closing = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive() && Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    StoreDirectory directory = null;
    RunFile file;
    try {
      directory = StoreDirectory.open(path);
      file = RunFile.open(directory, options, tuning);
    } catch (Throwable e) {
      ended = true;
      if (directory != null) {
        directory.close();
      }
      opened.completeExceptionally(e);
      return;
    }
    opened.complete(null);
    try {
      serve(file);
    } catch (Throwable e) {
      log.error("The store in {} failed and takes nothing any more", path, e);
      // The directory stays ours, so that nobody takes it over without having seen the failure.
      while (!closing) {
        LockSupport.park(this);
      }
    } finally {
      directory.close();
    }
  }

  private void serve(RunFile file) throws IOException {
    List<Change<?>> batch = new ArrayList<>();
    try {
      while (take(file, batch)) {
        for (Change<?> change : batch) {
          change.perform(file);
        }
        file.dropOld();
        file.commit();
        batch.forEach(RunFileThread::answer);
        batch.clear();
        if (file.isVeryUntidy()) {
          file.tidy();
        }
      }
      file.close();
    } catch (Throwable e) {
      failure = e;
      for (Change<?> change : batch) {
        change.failed(Faults.working(path, e));
      }
      file.abandon();
      throw e;
    } finally {
      ended = true;
      failRest();
    }
  }

  /** Waits for changes and takes them; answers false once closed and all are done. */
  private boolean take(RunFile file, List<Change<?>> batch) throws IOException {
    // Before the count, so that what was there when it was set is counted.
    boolean last = closing;
    int count = waiting.get();
    while (count == 0) {
      if (last) {
        return false;
      }
      if (!file.isUntidy()) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, IDLE_NANOS);
        if (waiting.get() == 0 && !closing) {
          file.tidy();
        }
      }
      last = closing;
      count = waiting.get();
    }
    for (int i = Math.min(count, MAX_BATCH); i > 0; i--) {
      batch.add(queue.remove());
    }
    waiting.addAndGet(-batch.size());
    return true;
  }

  /**
   * One thing to do with the file, and whom to tell once it is durable. Refused changes (an id that
   * is known, a record that can't be read) fail alone; every other exception is a fault of the
   * file.
   */
  private static final class Change<V> {

    private final Function<RunFile, @Nullable V> work;
    private final MonoSink<V> sink;
    private @Nullable V result;
    private @Nullable RuntimeException refusal;
    private volatile boolean cancelled;

    Change(Function<RunFile, @Nullable V> work, MonoSink<V> sink) {
      this.work = work;
      this.sink = sink;
      sink.onCancel(() -> cancelled = true);
    }

    void perform(RunFile file) {
      try {
        result = work.apply(file);
      } catch (RunFile.Refused e) {
        refusal = e.why();
      }
    }

    void done() {
      if (refusal != null) {
        failed(refusal);
      } else if (result == null) {
        sink.success();
      } else {
        sink.success(result);
      }
    }

    void failed(RuntimeException fault) {
      if (!cancelled) {
        sink.error(fault);
      }
    }
  }

  private static void answer(Change<?> change) {
    try {
      change.done();
    } catch (RuntimeException e) {
      log.error("A subscriber of the store failed", e);
    }
  }

  private void failRest() {
    for (Change<?> change = queue.poll(); change != null; change = queue.poll()) {
      RuntimeException fault = fault();
      change.failed(fault == null ? Stored.closed() : fault);
    }
  }
}
