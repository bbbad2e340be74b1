package io.blinkreactor.completion;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * One thing to do with the file, and whom to tell once it is durable. Refused changes (an id that
 * is known, a record that can't be read) fail alone; every other exception is a fault of the file.
 */
final class Change<V> {

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
