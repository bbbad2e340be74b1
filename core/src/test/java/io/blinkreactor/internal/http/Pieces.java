package io.blinkreactor.internal.http;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** A body whose pieces arrive when the test says so; counts what is asked of it. */
final class Pieces extends Flux<byte[]> implements Subscription {

  volatile long asked;
  volatile int cancelled;
  private @Nullable CoreSubscriber<? super byte[]> reader;

  @Override
  public void subscribe(CoreSubscriber<? super byte[]> actual) {
    reader = actual;
    actual.onSubscribe(this);
  }

  @Override
  public synchronized void request(long n) {
    asked += n;
  }

  @Override
  public synchronized void cancel() {
    cancelled++;
  }

  void arrive(String piece) {
    reader().onNext(Letters.bytes(piece));
  }

  void end() {
    reader().onComplete();
  }

  void fail(Throwable error) {
    reader().onError(error);
  }

  private CoreSubscriber<? super byte[]> reader() {
    CoreSubscriber<? super byte[]> present = reader;
    if (present == null) {
      throw new IllegalStateException("Nobody has subscribed yet.");
    }
    return present;
  }
}
