package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LONG;

import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.testkit.InvariantsExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** Connections that keep a server busy with waiting, while callbacks come (T11). */
class SlowConnectionsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int CONNECTIONS = Boolean.getBoolean("blinkreactor.full") ? 2_000 : 200;
  private static final boolean WHOLE = CONNECTIONS >= 2000;
  private static final int PER_SECOND = 200;
  private static final int CALLBACKS = WHOLE ? 1000 : 100;

  /** Each counts as one, so that a hiccup of the machine spoils one of them and not the result. */
  private static final int WINDOWS = WHOLE ? 5 : 2;

  /** How many connections are opened a second at first; slowhttptest is told the same. */
  private static final int OPENED_PER_SECOND = 200;

  private static final long MEGABYTE = 1 << 20;

  @TempDir static Path directory = Path.of("");

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final AtomicInteger taken = new AtomicInteger();
  private final Queue<Object> dropped = new ConcurrentLinkedQueue<>();
  private final List<MeterRegistry> registries = new ArrayList<>();
  private int callbacks;

  @Test
  void t11CallbacksAreServedAmongSlowHeadersBodiesAndHandshakes() throws Exception {
    // A byte that comes just as its body's time runs out is dropped. It is one on the heap alone.
    Hooks.resetOnNextDropped();
    Hooks.onNextDropped(
        value -> {
          if (!(value instanceof byte[])) {
            dropped.add(value);
          }
        });
    Certificates certificates = new Certificates(directory);
    certificates.authority("ca");
    certificates.signed("server", "ca");
    ServerTls certificate = ServerTls.pem(certificates.chain("server"), certificates.key("server"));
    try (CallbackServer plain = open(CallbackServer.builder());
        CallbackServer tls = open(CallbackServer.builder().tls(certificate))) {
      try (Attack attack = new Attack(plain, tls.port())) {
        attack.begin();
        windows(plain, WINDOWS); // warms up
      }
      windows(plain, 1);
      long before = used();
      List<Long> quiet = new ArrayList<>(windows(plain, WINDOWS));
      List<Long> attacked = new ArrayList<>();
      List<Long> heap = new ArrayList<>();
      List<Long> held = new ArrayList<>();
      try (Attack attack = new Attack(plain, tls.port())) {
        attack.begin();
        for (int i = 0; i < WINDOWS; i++) {
          attacked.addAll(windows(plain, 1));
          heap.add(used() - before);
          // A third of them are handshakes, whose time may just have run out for all.
          held.add((long) open());
          assertThat(held).allMatch(count -> count > CONNECTIONS * 0.6);
        }
        System.out.printf(
            "%d slow connections (after each window %s), %d made anew in %.0f s%n",
            CONNECTIONS, held, attack.again.get(), attack.seconds());
      }
      quiet.addAll(windows(plain, WINDOWS));
      long after = used() - before;
      System.out.printf(
          "Median of the windows' p99: %d us, quiet %d us; of each %s, quiet %s%n"
              + "Heap, in bytes more than before: %s, after it %d%n",
          median(attacked), median(quiet), attacked, quiet, heap, after);
      if (WHOLE) {
        assertThat(median(attacked))
            .as("median of the windows' p99, in microseconds")
            .isLessThan(3 * median(quiet));
      }
      assertThat(heap)
          .as("bytes of heap, which do not grow with the connections that were there")
          .allMatch(bytes -> bytes < CONNECTIONS * 16_384L + 4 * MEGABYTE)
          .last(LONG)
          .isLessThan(Collections.max(heap.subList(0, WINDOWS - 1)) + 6 * MEGABYTE);
      assertThat(after).as("bytes of heap once it is over").isLessThan(4 * MEGABYTE);
    }
    assertThat(dropped).isEmpty();
  }

  private static long median(List<Long> times) {
    return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
  }

  /** Callbacks for some windows, all of which must be served at once; the p99 of each in us. */
  private List<Long> windows(CallbackServer server, int count) throws InterruptedException {
    List<Long> times = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      System.gc();
      Pace pace = new Pace(() -> server, server::port, 8).run(PER_SECOND, CALLBACKS);
      callbacks += CALLBACKS;
      assertThat(pace.errors).hasValue(0);
      assertThat(pace.again).hasValue(0);
      assertThat(pace.acknowledged).hasSize(CALLBACKS);
      assertThat(taken).hasValue(callbacks);
      times.add(pace.times.getValueAtPercentile(99));
    }
    return times;
  }

  private CallbackServer open(CallbackServer.Builder options) {
    MeterRegistry registry = new SimpleMeterRegistry();
    registries.add(registry);
    CallbackServer server = requireNonNull(options.meterRegistry(registry).bind().block(PATIENCE));
    Disposable unused =
        server.attach(
            Proven.SCOPE,
            (id, payload) -> {
              taken.incrementAndGet();
              return Mono.just(CallbackReceipt.ACCEPTED);
            });
    return server;
  }

  /** How many connections the servers hold. */
  private double open() {
    return registries.stream()
        .mapToDouble(registry -> registry.get(CallbackMetrics.CONNECTIONS).gauge().value())
        .sum();
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /**
   * One thread that sends a byte a second on each connection, and opens anew what was closed. They
   * take turns, as strangers who know nothing of each other would.
   */
  private static final class Attack implements AutoCloseable {

    private static final byte[] HEADER =
        ("POST /callbacks/v1/x HTTP/1.1\r\nHost: h\r\nX-Slow: " + "x".repeat(5000))
            .getBytes(StandardCharsets.US_ASCII);

    /** The start of a handshake, of which the rest never comes. */
    private static final byte[] HELLO = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

    final AtomicLong again = new AtomicLong();
    private final int plainPort;
    private final int tlsPort;
    private final byte[] body;
    private final List<@Nullable SocketChannel> channels = new ArrayList<>();
    private final int[] sent = new int[CONNECTIONS];
    private volatile boolean over;
    private final long begun = System.nanoTime();
    private final Thread thread = new Thread(this::run, "slow connections");

    Attack(CallbackServer plain, int tlsPort) {
      this.plainPort = plain.port();
      this.tlsPort = tlsPort;
      // A body that is waited for takes a seal: say, of somebody who saw one.
      this.body =
          (Proven.head(plain, "Content-Length: 60000\r\n") + "x".repeat(5000))
              .getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < CONNECTIONS; i++) {
        channels.add(null);
      }
    }

    /** Opens them one after the other, so that their times don't run out all at once. */
    void begin() throws IOException {
      for (int i = 0; i < CONNECTIONS; i++) {
        awaitTurn(begun, i, OPENED_PER_SECOND);
        channels.set(i, connect(i));
      }
      thread.start();
    }

    private static void awaitTurn(long begun, long n, int perSecond) {
      long due = begun + n * 1_000_000_000 / perSecond;
      for (long wait; (wait = due - System.nanoTime()) > 0; ) {
        LockSupport.parkNanos(Math.max(wait, 2_000_000));
      }
    }

    private SocketChannel connect(int i) throws IOException {
      SocketChannel channel =
          SocketChannel.open(
              new InetSocketAddress(
                  InetAddress.getLoopbackAddress(), i % 3 == 2 ? tlsPort : plainPort));
      channel.configureBlocking(false);
      sent[i] = 0;
      return channel;
    }

    private void run() {
      long start = System.nanoTime();
      for (long n = 0; !over; n++) {
        awaitTurn(start, n, CONNECTIONS);
        trickle((int) (n % CONNECTIONS));
      }
    }

    double seconds() {
      return (System.nanoTime() - begun) / 1e9;
    }

    private void trickle(int i) {
      byte[] bytes = i % 3 == 0 ? HEADER : i % 3 == 1 ? body : HELLO;
      try {
        SocketChannel channel = requireNonNull(channels.get(i));
        int from = sent[i];
        int length = bytes == body && from == 0 ? body.length - 4000 : 1;
        if (channel.read(ByteBuffer.allocate(512)) < 0) {
          throw new IOException("closed");
        }
        if (from + length <= bytes.length) {
          channel.write(ByteBuffer.wrap(bytes, from, length));
          sent[i] += length;
        }
      } catch (IOException closed) {
        again.incrementAndGet();
        try {
          requireNonNull(channels.get(i)).close();
          channels.set(i, connect(i));
        } catch (IOException e) {
          over = true; // The server is gone.
        }
      }
    }

    @Override
    public void close() throws IOException, InterruptedException {
      over = true;
      thread.join();
      for (SocketChannel channel : channels) {
        if (channel != null) {
          channel.close();
        }
      }
    }
  }
}
