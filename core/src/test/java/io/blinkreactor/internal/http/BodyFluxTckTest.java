package io.blinkreactor.internal.http;

import io.blinkreactor.TimeSource;
import java.time.Duration;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.annotations.DataProvider;
import org.testng.annotations.Factory;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The Reactive Streams TCK: a body's elements from pieces of the same thread and of another. */
public class BodyFluxTckTest extends PublisherVerification<String> {

  private final boolean asynchronous;

  /** Made by TestNG, once for each row of {@link #kinds()}. */
  @Factory(dataProvider = "kinds")
  public BodyFluxTckTest(boolean asynchronous) {
    super(new TestEnvironment(10_000, 50, 50));
    this.asynchronous = asynchronous;
  }

  @DataProvider
  public static Object[][] kinds() {
    return new Object[][] {{false}, {true}};
  }

  @Override
  public Publisher<String> createPublisher(long elements) {
    int all = (int) Math.min(elements, 1 << 20);
    Flux<byte[]> pieces =
        Flux.range(0, (all + 2) / 3)
            .map(n -> Letters.bytes(".." + "x".repeat(Math.min(3, all - 3 * n))));
    return body(asynchronous ? pieces.publishOn(Schedulers.parallel(), 4) : pieces);
  }

  @Override
  public Publisher<String> createFailedPublisher() {
    return body(Flux.error(new IllegalStateException("no body")));
  }

  private static Flux<String> body(Flux<byte[]> pieces) {
    return new BodyFlux<>(
        pieces,
        new Letters(""),
        TimeSource.system(),
        Duration.ofMinutes(1),
        () -> new IllegalStateException("stalled"),
        e -> e);
  }

  @Override
  public long maxElementsFromPublisher() {
    return 1 << 20;
  }

  /** Reactor's own operators stand between, which log a wrong request and heed none of it. */
  @Override
  public void required_spec309_requestZeroMustSignalIllegalArgumentException() {
    notVerified("asked by Reactor's operators alone");
  }

  /** As above. */
  @Override
  public void required_spec309_requestNegativeNumberMustSignalIllegalArgumentException() {
    notVerified("asked by Reactor's operators alone");
  }
}
