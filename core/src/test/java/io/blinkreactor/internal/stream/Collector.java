package io.blinkreactor.internal.stream;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Collects what comes, and asks only for what it is told to. */
final class Collector<T> extends BaseSubscriber<T> {

  private final List<T> values = new ArrayList<>();
  private boolean completed;
  private @Nullable Throwable error;

  @Override
  protected void hookOnSubscribe(Subscription subscription) {}

  @Override
  protected synchronized void hookOnNext(T value) {
    values.add(value);
  }

  @Override
  protected synchronized void hookOnComplete() {
    completed = true;
  }

  @Override
  protected synchronized void hookOnError(Throwable failure) {
    error = failure;
  }

  synchronized List<T> values() {
    return List.copyOf(values);
  }

  synchronized boolean completed() {
    return completed;
  }

  synchronized @Nullable Throwable error() {
    return error;
  }
}
