package io.blinkreactor.callback;

import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Sends callbacks at a fixed pace, whether answers come or not; each one's time is taken from when
 * it should have been sent, so that a server that stalls can't hide it.
 */
final class Pace {

  /** In microseconds. */
  final Histogram times = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(2), 3);

  /** The bodies of those that were answered 2xx, and how often they were sent before. */
  final Map<String, Integer> acknowledged = new ConcurrentHashMap<>();

  /** Answers that were neither 2xx nor 503, and 503s and broken connections. */
  final AtomicLong errors = new AtomicLong();

  final AtomicLong again = new AtomicLong();

  /** Whether a 404 is sent again too: a server that has just begun may not know its scopes yet. */
  volatile boolean begun;

  private final Supplier<? extends CallbackReceiver> server;
  private final IntSupplier port;
  private final int connections;
  private final AtomicLong next = new AtomicLong();

  Pace(Supplier<? extends CallbackReceiver> server, IntSupplier port, int connections) {
    this.server = server;
    this.port = port;
    this.connections = connections;
  }

  /** Sends {@code count} callbacks; ends when all have been answered. */
  Pace run(int perSecond, long count) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(connections);
    long start = System.nanoTime() + 1_000_000;
    for (int i = 0; i < connections; i++) {
      Thread sender =
          new Thread(
              () -> {
                try {
                  send(start, perSecond, count);
                } finally {
                  done.countDown();
                }
              },
              "pace-" + i);
      sender.setDaemon(true);
      sender.start();
    }
    long patience = count / perSecond + 120;
    if (!done.await(patience, TimeUnit.SECONDS)) {
      throw new AssertionError("Not done after " + patience + " s: " + this);
    }
    return this;
  }

  private void send(long start, int perSecond, long count) {
    CallbackTarget target = Proven.target(server.get());
    String head =
        "POST "
            + target.url().getRawPath()
            + " HTTP/1.1\r\nHost: h\r\n"
            + Proven.sealLine(target)
            + "Content-Length: ";
    RawConnection connection = null;
    long n;
    while ((n = next.getAndIncrement()) < count) {
      long due = start + n * 1_000_000_000L / perSecond;
      for (long wait; (wait = due - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(wait);
      }
      String body = "callback-" + n;
      byte[] request =
          (head + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII);
      int attempts = 0;
      while (true) {
        connection = connection == null ? connect() : connection;
        int status = connection == null ? 0 : exchange(connection, request);
        if (status <= 0 || status >= 300) {
          close(connection);
          connection = null;
        }
        status = Math.abs(status);
        if (status / 100 == 2) {
          acknowledged.put(body, attempts);
          break;
        }
        if (status != 0 && status != 503 && !(begun && status == 404)) {
          errors.incrementAndGet();
          break;
        }
        again.incrementAndGet();
        if (++attempts > 3000) {
          errors.incrementAndGet();
          break;
        }
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      }
      times.recordValue((System.nanoTime() - due) / 1000);
    }
    close(connection);
  }

  private @Nullable RawConnection connect() {
    try {
      return new RawConnection(port.getAsInt());
    } catch (IOException e) {
      return null;
    }
  }

  /** The status, negative if the connection ends with it; 0 if there is none. */
  private static int exchange(RawConnection connection, byte[] request) {
    try {
      RawConnection.Answer answer = connection.send(request).read();
      return answer.closes() ? -answer.status() : answer.status();
    } catch (IOException | AssertionError e) {
      return 0;
    }
  }

  private static void close(@Nullable RawConnection connection) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  String table() {
    StringBuilder table = new StringBuilder();
    for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
      table.append(
          "  %5.1f %% in %9.2f ms%n"
              .formatted(percentile, times.getValueAtPercentile(percentile) / 1000.0));
    }
    return table.toString();
  }

  @Override
  public String toString() {
    return acknowledged.size() + " acknowledged, " + errors + " errors, " + again + " sent again";
  }
}
